/** For tests: a plain connection that sends messages verbatim, including invalid ones. */
import { openNodeSocket, type NodeSocketOptions } from '../client/node_socket.ts'
import type { Frame } from '../client/request_frame.ts'

const ANSWER_MS_MAX = 30_000

export type Message = Record<string, unknown>

export interface WireClient {
  /** Text as text, bytes as binary, an object as JSON text. */
  send(message: string | Buffer | Message): void
  /** The next unread message. */
  next(): Promise<Message>
  /** Sends, and returns the next message. */
  ask(message: string | Buffer | Message): Promise<Message>
  readonly closed: Promise<{ code: number; reason: string }>
  close(): Promise<void>
}

/** Rejects with the HTTP status if the upgrade is rejected. */
export async function connect(url: string, options: NodeSocketOptions = {}): Promise<WireClient> {
  const socket = openNodeSocket(url, options)
  const arrived: Message[] = []
  const waiting: ((message: Message) => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    const take = waiting.shift()
    if (take === undefined) arrived.push(message)
    else take(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => {
      resolve({ code, reason })
    })
  })
  await new Promise<void>((resolve, reject) => {
    let failure = ''
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', (event) => {
      if ('message' in event) failure = event.message as string
    })
    socket.addEventListener('close', () => {
      reject(new Error(`no WebSocket at ${url}: ${socket.rejectedStatus ?? failure}`))
    })
  })
  const client: WireClient = {
    closed,
    send: (message) => {
      const isRaw = typeof message === 'string' || Buffer.isBuffer(message)
      socket.send(isRaw ? (message as Frame) : JSON.stringify(message))
    },
    next: () => {
      const message = arrived.shift()
      if (message !== undefined) return Promise.resolve(message)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error('no message came'))
        }, ANSWER_MS_MAX)
        waiting.push((one) => {
          clearTimeout(timer)
          resolve(one)
        })
      })
    },
    ask: (message) => {
      client.send(message)
      return client.next()
    },
    close: async () => {
      socket.close()
      await closed
    },
  }
  return client
}

/** An inference request for one image. */
export const inferenceRequest = (requestId: string, image: Buffer): Message => ({
  type: 'inference_request',
  request_id: requestId,
  data: { image: image.toString('base64'), timestamp: 1_234_567_890.123 },
})
