/** Reports whether the page is visible: nothing is pushed to hidden pages. */
import type { ControlClient } from '../../client/control_client.ts'
import { isConnected, usePanel } from './panel_store.ts'

export function followVisibility(
  client: Pick<ControlClient, 'call' | 'onStatus'>,
  page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>,
): () => void {
  const tell = () => {
    const isVisible = !page.hidden
    usePanel.setState({ isVisible })
    // The session ends with its connection; the next one starts visible.
    if (!isConnected(usePanel.getState())) return
    client.call(isVisible ? 'session.resume' : 'session.pause', {}).catch(() => undefined)
  }
  usePanel.setState({ isVisible: !page.hidden })
  page.addEventListener('visibilitychange', tell)
  client.onStatus(({ phase }) => {
    if (phase === 'open' && page.hidden) tell()
  })
  return () => page.removeEventListener('visibilitychange', tell)
}
