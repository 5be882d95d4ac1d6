/** WebSockets with an unanswered request, which are never closed to make room; see connections.ts. */
import type { WebSocket } from 'ws'

const busy = new WeakSet<WebSocket>()

export function markBusy(client: WebSocket, isBusy: boolean): void {
  if (isBusy) busy.add(client)
  else busy.delete(client)
}

export const isBusy = (client: WebSocket): boolean => busy.has(client)
