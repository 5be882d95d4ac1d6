/** Tells the control plane whether anybody can see this page: a hidden one is sent nothing, and costs nothing. */
import type { ControlClient } from '../../client/control_client.ts'
import { isConnected, usePanel } from './panel_store.ts'

/** `page` is the document. Returns the function that ends it. */
export function followVisibility(
  client: Pick<ControlClient, 'call' | 'onStatus'>,
  page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>,
): () => void {
  const tell = () => {
    const isVisible = !page.hidden
    usePanel.setState({ isVisible })
    // A connection that is lost takes its session with it; the next one begins visible.
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
