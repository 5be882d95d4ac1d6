/** The command line as a program that asks a backend: files in, replies out, over the real protocol. */
import { createReadStream } from 'node:fs'
import { WebSocket } from 'ws'
import { instancesOf } from '../config/instances.ts'
import { readRegularFile } from '../files/regular_file.ts'
import { pongSchema, type ImageSize, type InferenceRequest } from '../protocol/backend.ts'
import { joinBinary } from '../protocol/binary.ts'
import { DIALECTS, isThirdParty, type DialectName } from '../protocol/config.ts'
import { webSocketUrl } from '../protocol/address.ts'
import { messageOf, type ProtocolError } from '../protocol/errors.ts'
import { bearerHeaders, TOKEN_VARIABLE } from '../server/token.ts'
import { readReply } from '../gateway/backend_reply.ts'
import { isRecordingName } from '../protocol/recording_files.ts'
import { readRoutedMessage } from '../protocol/parse_message.ts'
import { frameFor, type Frame } from '../gateway/frames.ts'
import { faultyAnswer } from '../gateway/request_errors.ts'
import { CliError, failed, misused } from './cli_error.ts'
import { textFlag, type CommandContext } from './command.ts'
import { configFrom, configSource, sectionOf } from './config_source.ts'

/** Between asking for the connection and having it. */
const HANDSHAKE_MS_MAX = 10_000

/** A backend that works on another request may answer a health check late. */
const PONG_MS_MAX = 5000

export type Reply = Record<string, unknown>

/** Where a backend is asked, and how. */
export interface WireTarget {
  backend: string
  url: string
  token: string | null
  dialect: DialectName
  /** False: it may read text alone. */
  acceptsBinary: boolean
  /** Of each request, milliseconds. */
  timeoutMs: number
  /** Aborted: the link closes, and what is unanswered then is answered with `backend_lost`. */
  signal: AbortSignal
}

export class WireLink {
  private readonly socket: WebSocket
  private readonly target: WireTarget
  private readonly waiting = new Map<string, (reply: Reply) => void>()
  private nextId = 0
  /** What was sent is answered by a pong. */
  private awaitsPong = false
  /** Why the newest message that was no answer was none. */
  private unreadable: string | null = null

  private constructor(socket: WebSocket, target: WireTarget) {
    this.socket = socket
    this.target = target
    socket.on('message', (data: Buffer) => {
      this.receive(data)
    })
    socket.on('close', (code: number) => {
      for (const answer of this.waiting.values()) {
        answer({ type: 'error', code: 'backend_lost', error: `the connection closed (${code})` })
      }
      this.waiting.clear()
    })
    socket.on('error', () => undefined)
  }

  /** Rejects with CliError when nobody is there. */
  static async open(target: WireTarget): Promise<WireLink> {
    const { url, token, signal } = target
    if (!/^wss?:/.test(url) || !URL.canParse(url)) {
      throw failed(`"${url}" is no address of a backend; use one such as ws://127.0.0.1:8768`)
    }
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      headers: bearerHeaders(token),
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', (error) => {
        const remedy = 'is the backend started? `npm run backend -- NAME` runs one alone'
        reject(failed(`${url} cannot be reached (${error.message}); ${remedy}`))
      })
    })
    const link = new WireLink(socket, target)
    const end = () => {
      link.close()
    }
    signal.addEventListener('abort', end, { once: true })
    socket.once('close', () => {
      signal.removeEventListener('abort', end)
    })
    return link
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** Pixels that the backend's model makes use of; null when it does not say, or does not answer in time. */
  async imageSize(): Promise<ImageSize | null> {
    // A health check of the platform has no size.
    if (this.target.dialect !== 'native') return null
    const question: InputRequest = { file: 'health_check', message: { type: 'health_check' } }
    const { reply } = await this.ask(question, Math.min(PONG_MS_MAX, this.target.timeoutMs))
    return pongSchema.safeParse(reply).data?.image_size ?? null
  }

  /** Sends a file; resolves with the reply, an error too, and the round trip. A reply that does not come is one with `timeout`. */
  async ask(
    input: InputFile | InputRequest,
    timeoutMs = this.target.timeoutMs,
  ): Promise<{ reply: Reply; roundTripMs: number }> {
    const ownId = `cli-${process.pid}-${this.nextId++}`
    const [requestId, frame] =
      'message' in input
        ? this.rawFrameOf(input.message, ownId)
        : [ownId, this.frameOf(input, ownId)]
    const sentMs = performance.now()
    let timer: NodeJS.Timeout | undefined
    const reply = await new Promise<Reply>((resolve) => {
      if (!this.isOpen) {
        resolve({ type: 'error', code: 'backend_lost', error: 'the connection is closed' })
        return
      }
      this.waiting.set(requestId, resolve)
      timer = setTimeout(() => {
        this.answer(requestId, { type: 'error', code: 'timeout', error: this.overdue() })
      }, timeoutMs)
      this.socket.send(frame.data, { binary: frame.isBinary })
    })
    clearTimeout(timer)
    return { reply, roundTripMs: performance.now() - sentMs }
  }

  close(): void {
    this.socket.close()
  }

  /** The binary form; base64 in text for a backend that may not read it. */
  private frameOf({ key, bytes }: InputFile, requestId: string) {
    const attachment = { $attachment: 0, length: bytes.length }
    const unixSeconds = Date.now() / 1000
    const message: InferenceRequest = {
      type: 'inference_request',
      request_id: requestId,
      data: { [key]: attachment, timestamp: unixSeconds },
    }
    const { backend } = this.target
    const frame = {
      data: Buffer.from(joinBinary(JSON.stringify(message), [bytes])),
      isBinary: true,
    }
    const read = readRoutedMessage(frame.data, true).step(Infinity)
    if (read?.ok !== true) return frame
    return frameFor(this.target, { ...read, message, frame }, { backend, unixSeconds })
  }

  /** The request as it was written, with `type` and `request_id` where it has none. */
  private rawFrameOf(given: Reply, ownId: string): [requestId: string, frame: Frame] {
    const whole = { type: 'inference_request', request_id: ownId, ...given }
    const requestId = typeof whole.request_id === 'string' ? whole.request_id : ownId
    this.awaitsPong = whole.type !== 'inference_request'
    const frame = { data: Buffer.from(JSON.stringify(whole)), isBinary: false }
    const read = readRoutedMessage(frame.data, false).step(Infinity)
    if (read?.ok !== true || read.message.type !== 'inference_request') return [requestId, frame]
    const facts = { backend: this.target.backend, unixSeconds: Date.now() / 1000 }
    const { message } = read
    return [requestId, frameFor(this.target, { ...read, message, frame }, facts)]
  }

  private receive(data: Buffer): void {
    const read = readReply(data)
    switch (read.kind) {
      case 'sign_of_life':
        if (this.awaitsPong)
          this.answer(this.idOf(null), JSON.parse(data.toString('utf8')) as Reply)
        return
      case 'faulty':
        // Some servers greet who connects.
        if (read.isOther && read.requestId === null) this.unreadable = read.why
        else
          this.answer(
            this.idOf(read.requestId),
            errorReply(faultyAnswer(this.target.backend, read)),
          )
        return
      case 'result':
        this.answer(read.requestId, JSON.parse(read.body.toString('utf8')) as Reply)
        return
      case 'error':
        this.answer(this.idOf(read.requestId), read.error)
    }
  }

  /** One is asked for at a time, so that a reply without a request_id can mean no other. */
  private idOf(named: string | null): string | undefined {
    return named !== null && this.waiting.has(named) ? named : [...this.waiting.keys()][0]
  }

  private answer(requestId: string | undefined, reply: Reply): void {
    if (requestId === undefined) return
    this.waiting.get(requestId)?.(reply)
    this.waiting.delete(requestId)
  }

  private overdue(): string {
    const odd = this.unreadable === null ? '' : `; what it sent was no answer: ${this.unreadable}`
    return `no answer within ${this.target.timeoutMs / 1000} s${odd}; wait longer with --timeout SECONDS`
  }
}

const errorReply = ({ code, message }: ProtocolError): Reply => ({
  type: 'error',
  code,
  error: message,
})

/** A whole request, as `--request` takes it. */
export interface InputRequest {
  file: string
  message: Reply
}

/** As large as a backend accepts unless its section says otherwise. */
const REQUEST_BYTES_MAX = 100 * 1024 ** 2

/** Reads a JSON object from a file, or from stdin for `-`. Throws CliError when there is none. */
export async function readRequest(
  file: string,
  stdin: AsyncIterable<Buffer> = process.stdin,
): Promise<InputRequest> {
  const name = file === '-' ? 'The request on stdin' : file
  let text: string
  try {
    text = await boundedText(file === '-' ? stdin : createReadStream(file), name)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw failed(`${name} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
      return { file, message: message as Reply }
    }
  } catch (error) {
    throw failed(`${name} is not valid JSON: ${messageOf(error)}`)
  }
  throw failed(`${name} is not a JSON object. Write a request such as {"data": {"image": "..."}}.`)
}

async function boundedText(source: AsyncIterable<Buffer>, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > REQUEST_BYTES_MAX) {
      throw failed(`${name} is larger than ${REQUEST_BYTES_MAX} bytes. Send fewer frames.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export interface InputFile {
  file: string
  key: 'image' | 'eeg_signal'
  bytes: Uint8Array
}

/** Throws CliError when the file cannot be read. */
export async function readInput(file: string): Promise<InputFile> {
  // Every other file is sent as a picture.
  const key = isRecordingName(file) ? 'eeg_signal' : 'image'
  try {
    return { file, key, bytes: await readRegularFile(file, REQUEST_BYTES_MAX) }
  } catch (error) {
    throw failed(`${file} cannot be read (${messageOf(error)})`)
  }
}

export const TARGET_FLAGS = { at: 'string', dialect: 'string', timeout: 'string' } as const

/** By the gateway of the running panel, else (or with `--file`) straight to the port that the configuration names. */
export async function targetOf(context: CommandContext, backend: string): Promise<WireTarget> {
  const { signal } = context
  const common = { backend, signal, timeoutMs: timeoutMsOf(textFlag(context, 'timeout')) }
  const dialect = dialectOf(textFlag(context, 'dialect'))
  const envToken = process.env[TOKEN_VARIABLE] ?? null
  const given = textFlag(context, 'at')
  if (given !== undefined) {
    return {
      ...common,
      url: given,
      token: envToken,
      dialect: dialect ?? 'native',
      acceptsBinary: false,
    }
  }
  const panel = context.isFileGiven ? null : await context.panelIfAny()
  if (panel !== null) {
    const { http, token } = panel.address
    const url = `${http.replace(/^http/, 'ws')}/backends/${backend}`
    // The gateway speaks the native dialect, whatever stands behind it.
    return { ...common, url, token, dialect: 'native', acceptsBinary: true }
  }
  const section = sectionOf(await configFrom(await configSource(context)), backend)
  // One of several replicas is as good as another.
  const { host, port } = instancesOf(backend, section)[0]?.config ?? section
  return {
    ...common,
    url: webSocketUrl(host, port),
    token: section.env[TOKEN_VARIABLE] ?? envToken,
    dialect: dialect ?? section.dialect,
    acceptsBinary: !isThirdParty(section),
  }
}

/** Twice what a backend may take unless its section says otherwise (`request_timeout`). */
const TIMEOUT_S_DEFAULT = 60
const TIMEOUT_S_MAX = 3600

function timeoutMsOf(text: string | undefined): number {
  const seconds = Number(text ?? TIMEOUT_S_DEFAULT)
  if (seconds > 0 && seconds <= TIMEOUT_S_MAX) return seconds * 1000
  throw misused(`--timeout "${text}" is outside 0.001 to ${TIMEOUT_S_MAX} seconds`)
}

function dialectOf(text: string | undefined): DialectName | null {
  if (text === undefined) return null
  const known = DIALECTS.find((dialect) => dialect === text)
  if (known !== undefined) return known
  throw misused(`--dialect "${text}" is unknown; use one of: ${DIALECTS.join(', ')}`)
}
