/** One connection of the load generator: messages made ready beforehand, replies matched to their requests. */
import { WebSocket } from 'ws'
import { joinBinary } from '../../protocol/binary.ts'
import type { Target } from '../harness/load_plan.ts'

export interface Answer {
  /** Which of the target's pictures it is about. */
  picture: number
  client: number
  latencyMs: number
  /** Monotonic ms of its arrival. */
  atMs: number
  /** The reply; null for an echo, of which only the length was checked. */
  message: Record<string, unknown> | null
  isWhole: boolean
}

interface Template {
  buffer: Buffer
  /** Where the eight characters of the request id stand. */
  idAt: number
}

const ID_LENGTH = 8
const ID_PLACE = '~'.repeat(ID_LENGTH)

export class Client {
  readonly socket: WebSocket
  private readonly index: number
  private readonly target: Target
  private readonly templates: readonly Template[]
  private readonly onAnswer: (client: Client, answer: Answer) => void
  private readonly sent = new Map<string, { picture: number; sentMs: number }>()
  private next: number
  private count = 0

  constructor(
    socket: WebSocket,
    index: number,
    target: Target,
    templates: readonly Template[],
    onAnswer: (client: Client, answer: Answer) => void,
  ) {
    this.socket = socket
    this.index = index
    this.target = target
    this.templates = templates
    this.onAnswer = onAnswer
    this.next = index
    socket.on('message', (data: Buffer) => {
      this.receive(data, performance.now())
    })
    socket.on('error', () => undefined)
  }

  static async connect(url: string): Promise<{ socket: WebSocket }> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return { socket }
  }

  get unanswered(): number {
    return this.sent.size
  }

  /** Something may still come. */
  get waits(): boolean {
    return this.sent.size > 0 && this.socket.readyState === WebSocket.OPEN
  }

  /** `sentMs` is the time that the latency is counted from. */
  send(sentMs: number): void {
    const picture = this.next++ % this.templates.length
    const template = this.templates[picture]
    if (template === undefined || this.socket.readyState !== WebSocket.OPEN) return
    const id = (this.count++).toString(36).padStart(ID_LENGTH, '0')
    this.sent.set(id, { picture, sentMs })
    // ws masks into a copy before it returns, so the template is free again.
    template.buffer.write(id, template.idAt, 'latin1')
    this.socket.send(template.buffer, { binary: this.target.form === 'binary' })
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.terminate()
    await closed
  }

  private receive(data: Buffer, atMs: number): void {
    if (this.target.replies === 'echo') {
      const [id] = this.sent.keys()
      const length = this.templates[this.pictureOf(id)]?.buffer.length
      this.settle(id, atMs, null, data.length === length)
      return
    }
    const message = JSON.parse(data.toString('utf8')) as Record<string, unknown>
    this.settle(message['request_id'] as string | undefined, atMs, message, true)
  }

  private pictureOf = (id: string | undefined) => this.sent.get(id ?? '')?.picture ?? -1

  private settle(
    id: string | undefined,
    atMs: number,
    message: Record<string, unknown> | null,
    isWhole: boolean,
  ): void {
    const request = this.sent.get(id ?? '')
    // An answer to nothing that was asked; what it should have answered stays and counts as lost.
    if (request === undefined || id === undefined) return
    this.sent.delete(id)
    const { picture, sentMs } = request
    const latencyMs = atMs - sentMs
    this.onAnswer(this, { picture, client: this.index, latencyMs, atMs, message, isWhole })
  }
}

export function openClients(
  target: Target,
  count: number,
  onAnswer: (client: Client, answer: Answer) => void,
): Promise<Client[]> {
  const templates = target.pictures.map(({ bytes, data }) => {
    if (data !== undefined) return withPlace(Buffer.from(JSON.stringify(request(data))))
    return target.form === 'binary' ? binaryTemplate(bytes) : textTemplate(bytes)
  })
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { socket } = await Client.connect(target.url)
      return new Client(socket, index, target, templates, onAnswer)
    }),
  )
}

const request = (data: object) => ({
  type: 'inference_request',
  request_id: ID_PLACE,
  data: { ...data, timestamp: 1 },
})

function textTemplate(bytes: Uint8Array): Template {
  const image = Buffer.from(bytes).toString('base64')
  return withPlace(Buffer.from(JSON.stringify(request({ image }))))
}

function binaryTemplate(bytes: Uint8Array): Template {
  const header = JSON.stringify(request({ image: { $attachment: 0, length: bytes.length } }))
  return withPlace(Buffer.from(joinBinary(header, [bytes])))
}

const withPlace = (buffer: Buffer): Template => ({ buffer, idAt: buffer.indexOf(ID_PLACE) })
