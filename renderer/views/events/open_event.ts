/** Opens what is known of the crashes of a backend, from wherever one is told. */
import type { Story } from '../../state/stories.ts'
import { showLogsAt, showView, useUi } from '../../state/ui_store.ts'
import { isNarrow } from '../../state/pane_width.ts'
import type { EventGoal } from './event_goal.ts'

/** Selects the backend and opens its Crash tab; the newest card is on top. */
export function showCrashesOf(backend: string): void {
  useUi.setState({
    selectedBackend: backend,
    paneTab: 'crash',
    ...(isNarrow() ? { drawerOpen: true } : { paneOpen: true }),
  })
  showView('backends')
}

export function openGoal({ backend, events: [first] }: Story, goal: EventGoal): void {
  if (goal === 'crash card' && backend !== null) showCrashesOf(backend)
  else if (goal === 'logs') showLogsAt({ backend, time: first.time })
}
