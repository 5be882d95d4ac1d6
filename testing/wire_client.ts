/** For tests: a plain WebSocket client that speaks the wire protocol and nothing more. */
import { WebSocket, type ClientOptions } from 'ws'

const ANSWER_MS_MAX = 30_000

export type Message = Record<string, unknown>

export interface WireClient {
  /** Sends as given: text as text, bytes as binary, an object as JSON text. */
  send(message: string | Buffer | Message): void
  /** The next message that was not taken yet. */
  next(): Promise<Message>
  /** Sends and takes the next message. */
  ask(message: string | Buffer | Message): Promise<Message>
  readonly closed: Promise<{ code: number; reason: string }>
  close(): Promise<void>
}

/** Connects; rejects when the upgrade is refused, naming the HTTP status. */
export async function connect(
  url: string,
  { protocols = [], ...options }: ClientOptions & { protocols?: string[] } = {},
): Promise<WireClient> {
  const socket = new WebSocket(url, protocols, options)
  const arrived: Message[] = []
  const waiting: ((message: Message) => void)[] = []
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Message
    const take = waiting.shift()
    if (take === undefined) arrived.push(message)
    else take(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString('utf8') })
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  const client: WireClient = {
    closed,
    send: (message) => {
      const isRaw = typeof message === 'string' || Buffer.isBuffer(message)
      socket.send(isRaw ? message : JSON.stringify(message))
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
