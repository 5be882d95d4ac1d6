/** Ends connections that we opened with a closing handshake: servers log a connection that is cut as an error. */
import { WebSocket } from 'ws'

/** For the options of the socket: a peer that does not answer the closing handshake in this time is cut off. */
export const CLOSE_WAIT = { closeTimeout: 2000 } as const

/** RFC 6455, 7.4.1: "going away". */
const GOING_AWAY = 1001

/** The socket has CLOSE_WAIT among its options and is not paused. One that is still connecting gets the same time to open. */
export function closeGracefully(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.CONNECTING) {
    socket.close(GOING_AWAY)
    return
  }
  const timer = setTimeout(() => {
    socket.terminate()
  }, CLOSE_WAIT.closeTimeout)
  socket.once('open', () => {
    socket.close(GOING_AWAY)
  })
  socket.once('close', () => {
    clearTimeout(timer)
  })
}
