/** For tests and the bench: a third-party backend that only answers health checks. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type RawData } from 'ws'

export interface ExternalBackend {
  readonly port: number
  close(): void
}

/** Called for each health check. */
export async function startExternalBackend(pong: () => object): Promise<ExternalBackend> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('message', (data: RawData, isBinary) => {
      if (!isBinary && /health_check/.test(textOf(data))) socket.send(JSON.stringify(pong()))
    })
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const client of server.clients) client.terminate()
    },
  }
}

/** `ws` returns single-frame messages as one Buffer by default. */
const textOf = (data: RawData) => (Buffer.isBuffer(data) ? data.toString('utf8') : '')
