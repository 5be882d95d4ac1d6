/** Closes outgoing connections with a closing handshake: servers log a dropped connection as an error. */
import { WebSocket } from 'ws'

/** Socket options: a peer that does not answer the closing handshake in this time is disconnected. */
export const CLOSE_WAIT = { closeTimeout: 2000 } as const

/** RFC 6455, 7.4.1: "going away". */
const GOING_AWAY = 1001

/** Requires CLOSE_WAIT and a socket that is not paused. A connecting socket gets the same time to open. */
export function closeGracefully(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.CONNECTING) {
    socket.close(GOING_AWAY)
    return
  }
  const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT.closeTimeout)
  socket.once('open', () => socket.close(GOING_AWAY))
  socket.once('close', () => clearTimeout(timer))
}
