/** The only file of this folder that imports `ws`, so that a page never bundles it. */
import { WebSocket, type ClientOptions } from 'ws'
import type { ClientSocket } from './socket.ts'

export interface NodeSocketOptions extends ClientOptions {
  protocols?: string[]
}

/** A peer that does not answer the closing handshake in this time is cut off. */
const CLOSE_WAIT = { closeTimeout: 2000 }

/** Opens a connection from Node. */
export function openNodeSocket(
  url: string,
  { protocols = [], ...options }: NodeSocketOptions = {},
): ClientSocket {
  return new NodeSocket(url, protocols, {
    ...CLOSE_WAIT,
    perMessageDeflate: false,
    ...options,
  })
}

class NodeSocket extends WebSocket {
  rejectedStatus: number | undefined

  constructor(url: string, protocols: string[], options: ClientOptions) {
    super(url, protocols, options)
    this.on('unexpected-response', (_request, { statusCode }) => {
      this.rejectedStatus = statusCode
      // With a listener for the response, ws leaves closing to it. `error` and `close` follow.
      this.terminate()
    })
    // Without a listener, `error` would end the process; `close` follows and is what clients act on.
    this.on('error', () => undefined)
  }
}
