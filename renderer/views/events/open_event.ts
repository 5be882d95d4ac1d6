/** Opens what is known of the crashes of a backend, from wherever one is told. */
import { showView, useUi } from '../../state/ui_store.ts'
import { isNarrow } from '../backends/pane_width.ts'

/** Selects the backend and opens its Crash tab; the newest card is on top. */
export function showCrashesOf(backend: string): void {
  useUi.setState({
    selectedBackend: backend,
    paneTab: 'crash',
    ...(isNarrow() ? { drawerOpen: true } : { paneOpen: true }),
  })
  showView('backends')
}
