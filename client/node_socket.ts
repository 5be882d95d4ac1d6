/** Only this file imports `ws`, so that the panel's bundle excludes it. */
import { WebSocket, type ClientOptions } from 'ws'
import type { ClientSocket } from './socket.ts'

export interface NodeSocketOptions extends ClientOptions {
  protocols?: string[]
}

const CLOSE_WAIT = { closeTimeout: 2000 }

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
      // With a response listener, ws leaves closing to it. `error` and `close` follow.
      this.terminate()
    })
    // Without a listener, `error` would end the process; clients act on the `close` that follows.
    this.on('error', () => undefined)
  }
}
