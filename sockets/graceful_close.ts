/** Ends connections that we opened with a closing handshake: servers log a connection that is cut as an error. */
import { WebSocket } from 'ws'

/** For the options of the socket: a peer that does not answer the closing handshake in this time is cut off. */
export const CLOSE_WAIT = { closeTimeout: 2000 } as const

/** RFC 6455, 7.4.1: "going away". */
const GOING_AWAY = 1001

/** A socket that is still connecting closes when it is open; its `handshakeTimeout` bounds that wait. */
export function closeGracefully(socket: WebSocket): void {
  // The answer to the handshake is not read from a paused socket.
  socket.resume()
  if (socket.readyState === WebSocket.CONNECTING) {
    socket.once('open', () => {
      socket.close(GOING_AWAY)
    })
  } else socket.close(GOING_AWAY)
}
