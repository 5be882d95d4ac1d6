import type { ClientSocket } from './socket.ts'

/** A page cannot set headers, so its key travels in `protocols`. */
export const openBrowserSocket = (
  url: string,
  { protocols = [] }: { protocols?: string[] } = {},
): ClientSocket => new WebSocket(url, protocols)
