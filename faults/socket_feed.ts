/** A WebSocket whose messages are handed on as they come: unlike a question and its answer, a feed also shows what is too much. */
import { WebSocket, type ClientOptions } from 'ws'
import type { Message } from '../testing/wire_client.ts'

export interface SocketFeed {
  send(message: Message): void
  /** Ends the connection; resolves when it is closed. */
  close(): Promise<void>
}

/** Connects; rejects when that is refused. `onMessage` is called for each message, in order. */
export async function openFeed(
  url: string,
  options: ClientOptions,
  onMessage: (message: Message) => void,
): Promise<SocketFeed> {
  const socket = new WebSocket(url, options)
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve()
    })
  })
  socket.on('message', (data: Buffer) => {
    onMessage(JSON.parse(data.toString('utf8')) as Message)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  // A control plane that is killed resets its connections; `close` follows.
  socket.on('error', () => undefined)
  return {
    send: (message) => {
      socket.send(JSON.stringify(message))
    },
    close: async () => {
      socket.close()
      await closed
    },
  }
}
