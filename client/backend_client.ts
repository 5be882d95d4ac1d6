/** Connects with the first request, and reconnects with the next after a loss. Never resends a request. */
import {
  errorReply,
  reloadedSchema,
  type InferenceResponse,
  type Pong,
  type Reloaded,
} from '../protocol/backend.ts'
import type { DialectName } from '../protocol/config.ts'
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts'
import { asText, joined, message, type Message } from '../protocol/messages.ts'
import { faultyReply, readPong } from '../protocol/reply_kind.ts'
import { Disposables } from '../protocol/disposables.ts'
import { REAL_CLOCK, type Clock } from './clock.ts'
import { Connection, type Reconnect } from './connection.ts'
import { answeredOrThrow, type Outcome } from './outcome.ts'
import { requestFrame, type Frame, type JsonObject } from './request_frame.ts'
import { readServerMessage, type ServerMessage } from './server_message.ts'
import type { OpenSocket } from './socket.ts'

export interface RequestOptions {
  timeoutMs?: number
  /** Aborting sends `cancel`; a prompt reply to that is the outcome. */
  signal?: AbortSignal
}

export interface BackendClientOptions {
  openSocket: OpenSocket
  /** For messages, and `model_type` in the platform dialect. */
  name: string
  url?: string
  /** For requests; default: native. Replies are accepted in either. */
  dialect?: DialectName
  /** False: bytes are sent as base64. Default: true. */
  acceptsBinary?: boolean
  /** Per request, connecting included. Default: 60 s. */
  timeoutMs?: number
  /** Default: one attempt. */
  reconnect?: Reconnect
  /** Closes an idle connection. Default: never. */
  idleCloseMs?: number
  onStray?: (stray: Stray) => void
  clock?: Clock
  random?: () => number
}

export interface Stray {
  requestId: string | null
  text: string
}

export interface Inference {
  requestId: string
  data: InferenceResponse['data']
  /** Stages as measured by the backend; only the total in the platform dialect. */
  timing: InferenceResponse['timing']
  provider: string | undefined
  warnings: InferenceResponse['warnings']
  roundTripMs: number
}

const TIMEOUT_MS_DEFAULT = 60_000
const ONE_ATTEMPT: Reconnect = { attemptsMax: 1, delayMs: 0, delayMsMax: 0 }
const CANCEL_REPLY_MS_MAX = 2000
/** RFC 6455, 7.4.1. */
const CLOSE_TOO_LARGE = 1009

/** What may answer a request: the message with its id, any message about a request, or a sign of life. */
type AnsweredBy = 'id' | 'any' | 'sign_of_life'

interface Pending {
  answeredBy: AnsweredBy
  /** null once it was handed to the socket. */
  frame: Frame | null
  sentAtMs: number
  settle(outcome: Outcome): void
}

export class BackendClient {
  private readonly options: BackendClientOptions
  private readonly clock: Clock
  private readonly connection: Connection
  /** By request id, or a symbol for a message without one. In sending order. */
  private readonly pending = new Map<string | symbol, Pending>()
  private readonly openers = new Set<(failure: ProtocolError | null) => void>()
  private stopIdleTimer: () => void = () => undefined
  private strayReason: Message | null = null
  private readonly idPrefix: string
  private idCount = 0

  constructor(options: BackendClientOptions) {
    const { openSocket, reconnect = ONE_ATTEMPT } = options
    const { clock = REAL_CLOCK, random = Math.random } = options
    this.options = options
    this.clock = clock
    this.idPrefix = random().toString(36).slice(2, 10)
    this.connection = new Connection({
      ...{ openSocket, reconnect, clock, random },
      onOpen: () => {
        this.settleOpeners(null)
        for (const pending of this.pending.values()) this.handOver(pending)
        this.startIdleTimer()
      },
      onMessage: (data) => {
        this.receive(data, clock.now())
      },
      onLost: (code, reason) => {
        this.failAll('backend_lost', this.lossText(code, reason))
      },
      onUnreachable: (reason) => {
        this.failAll('not_ready', this.unreachableText(reason))
      },
    })
  }

  get isOpen(): boolean {
    return this.connection.phase === 'open'
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isOpen) {
        resolve()
        return
      }
      this.openers.add((failure) => {
        if (failure === null) resolve()
        else reject(failure)
      })
      this.connect()
    })
  }

  /** Rejects with ProtocolError. Bytes in `data` become attachments, or base64. */
  async infer(data: JsonObject, options: RequestOptions = {}): Promise<Inference> {
    const outcome = await this.request({ type: 'inference_request', data }, options)
    const { reply, roundTripMs } = answeredOrThrow(outcome)
    if (reply === null) throw this.misfit(message('response.not_inference'))
    const { request_id: requestId, timing, provider, warnings } = reply
    return { requestId, data: reply.data, timing, provider, warnings, roundTripMs }
  }

  async healthCheck(options: RequestOptions = {}): Promise<Pong> {
    const outcome = await this.request({ type: 'health_check' }, options)
    const pong = readPong(answeredOrThrow(outcome).message)
    if (!('type' in pong)) throw new ProtocolError('internal', pong)
    return pong
  }

  /** Round trip in milliseconds. Rejects with ProtocolError. */
  async ping(options: RequestOptions = {}): Promise<number> {
    const outcome = await this.request({ type: 'ping' }, options)
    return answeredOrThrow(outcome).roundTripMs
  }

  /** Reloads the model files beside the running model. Rejects with ProtocolError. */
  async reload(options: RequestOptions = {}): Promise<Reloaded> {
    const outcome = await this.request({ type: 'reload' }, options)
    const reloaded = reloadedSchema.safeParse(answeredOrThrow(outcome).message)
    if (!reloaded.success) throw this.misfit(message('response.not_reloaded'))
    return reloaded.data
  }

  /** Sends any protocol message, adding a `request_id` if missing. Never rejects. */
  request(given: JsonObject, options: RequestOptions = {}): Promise<Outcome> {
    const { name, dialect = 'native', acceptsBinary = true } = this.options
    const facts = { model: name, unixSeconds: this.clock.wall() / 1000 }
    const frameOf = (whole: JsonObject) => requestFrame(whole, { dialect, acceptsBinary }, facts)
    if (given['type'] === 'health_check' || given['type'] === 'ping') {
      return this.send('sign_of_life', Symbol(), frameOf(given), options)
    }
    const { request_id: requestId = this.newId() } = given
    const frame = frameOf({ ...given, request_id: requestId })
    return this.exchange(typeof requestId === 'string' ? requestId : null, frame, options)
  }

  /** The reply names `requestId`; with null it is the first message about any request. Never rejects. */
  exchange(requestId: string | null, frame: Frame, options: RequestOptions = {}): Promise<Outcome> {
    return requestId === null
      ? this.send('any', Symbol(), frame, options)
      : this.send('id', requestId, frame, options)
  }

  newId(): string {
    return `${this.idPrefix}-${this.idCount++}`
  }

  /** Pending requests end as `backend_lost`. Resolves when closed. */
  close(): Promise<void> {
    const closed = this.connection.close()
    this.failAll('backend_lost', this.closedText())
    return closed
  }

  private send(
    answeredBy: AnsweredBy,
    key: string | symbol,
    frame: Frame,
    { timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS_DEFAULT, signal }: RequestOptions,
  ): Promise<Outcome> {
    if (this.pending.has(key)) {
      const said = message('sent.id_twice', { id: String(key) })
      return Promise.resolve(broken('invalid_request', said))
    }
    this.stopIdleTimer()
    return new Promise((resolve) => {
      const waits = new Disposables()
      const pending: Pending = {
        ...{ answeredBy, frame, sentAtMs: 0 },
        settle: (outcome) => {
          if (!this.pending.delete(key)) return
          void waits.dispose()
          this.startIdleTimer()
          resolve(outcome)
        },
      }
      this.pending.set(key, pending)
      if (timeoutMs !== Infinity) {
        const onDeadline = () => pending.settle(broken('timeout', this.timeoutText(timeoutMs)))
        waits.add(this.clock.after(timeoutMs, onDeadline))
      }
      if (signal !== undefined) {
        waits.onAbort(signal, () => waits.add(this.cancel(key, pending)))
        if (signal.aborted) return
      }
      if (this.isOpen) this.handOver(pending)
      else this.connect()
    })
  }

  /** Returns a function that stops waiting for the backend's reply. */
  private cancel(key: string | symbol, pending: Pending): () => void {
    const cancelled = (said: Message) => pending.settle(broken('cancelled', said))
    const isKnownThere = pending.frame === null && this.isOpen
    if (!isKnownThere || typeof key === 'symbol' || this.options.dialect === 'platform') {
      cancelled(message('sent.cancelled'))
      return () => undefined
    }
    this.connection.send(JSON.stringify({ type: 'cancel', request_id: key }))
    return this.clock.after(CANCEL_REPLY_MS_MAX, () => {
      cancelled(message('sent.cancelled_alone'))
    })
  }

  private connect(): void {
    if (this.connection.phase === 'closed') this.failAll('backend_lost', this.closedText())
    else this.connection.connect()
  }

  private handOver(pending: Pending): void {
    const { frame } = pending
    if (frame === null) return
    pending.frame = null
    pending.sentAtMs = this.clock.now()
    this.connection.send(frame)
  }

  private receive(data: unknown, atMs: number): void {
    const text = textOf(data)
    const received = readServerMessage(text)
    const pending = this.pendingFor(received)
    if (pending !== undefined) {
      this.strayReason = null
      const facts = { receivedText: text, roundTripMs: atMs - pending.sentAtMs }
      pending.settle(this.outcomeOf(received, facts))
      return
    }
    if (received.kind === 'sign_of_life') return
    this.strayReason =
      received.kind === 'faulty'
        ? received.why
        : message('response.other_id', { id: JSON.stringify(received.requestId) })
    this.options.onStray?.({ requestId: received.requestId, text })
  }

  private pendingFor(message: ServerMessage): Pending | undefined {
    const { requestId } = message
    const named = requestId === null ? undefined : this.pending.get(requestId)
    if (named !== undefined) return named
    const sent = [...this.pending.values()].filter(({ frame }) => frame === null)
    if (message.kind === 'sign_of_life') {
      return sent.find(({ answeredBy }) => answeredBy === 'sign_of_life')
    }
    // Some servers send a greeting: other message types may not be replies.
    const isGreeting = message.kind === 'faulty' && message.isOther && requestId === null
    const [sole, ...others] = sent
    if (sole === undefined || others.length > 0 || isGreeting) return undefined
    return requestId === null || sole.answeredBy === 'any' ? sole : undefined
  }

  private outcomeOf(
    message: ServerMessage,
    received: { receivedText: string; roundTripMs: number },
  ): Outcome {
    switch (message.kind) {
      case 'result':
        return { phase: 'answered', ...received, message: message.message, reply: message.reply }
      case 'reloaded':
      case 'sign_of_life':
        return { phase: 'answered', ...received, message: message.message, reply: null }
      case 'error':
        return { phase: 'refused', ...received, reply: message.error }
      case 'faulty': {
        const error = faultyReply(this.options.name, message)
        return { phase: 'refused', ...received, reply: errorReply(message.requestId, error) }
      }
    }
  }

  private misfit(why: Message): ProtocolError {
    return faultyReply(this.options.name, { code: 'internal', why })
  }

  private failAll(code: ErrorCode, said: Message): void {
    this.stopIdleTimer()
    this.settleOpeners(new ProtocolError(code, said))
    for (const { settle } of this.pending.values()) settle(broken(code, said))
  }

  private settleOpeners(failure: ProtocolError | null): void {
    for (const settle of this.openers) settle(failure)
    this.openers.clear()
  }

  private startIdleTimer(): void {
    const { idleCloseMs } = this.options
    if (idleCloseMs === undefined || this.pending.size > 0 || !this.isOpen) return
    this.stopIdleTimer()
    this.stopIdleTimer = this.clock.after(idleCloseMs, () => this.connection.release())
  }

  private unreachableText(reason: string): Message {
    const { name, url } = this.options
    const place = url === undefined ? name : message('sent.at', { name, url })
    return reason === ''
      ? message('sent.unreachable', { place })
      : message('sent.unreachable_as', { place, reason })
  }

  private lossText(code: number, text: string): Message {
    const { name } = this.options
    if (code === CLOSE_TOO_LARGE) return message('sent.too_large', { name })
    const reason = text === '' ? String(code) : `${code}: ${text}`
    return message('sent.lost', { name, reason })
  }

  private closedText(): Message {
    return message('sent.closed', { name: this.options.name })
  }

  private timeoutText(timeoutMs: number): Message {
    const { strayReason: reason } = this
    const late = message('sent.timeout', { name: this.options.name, seconds: timeoutMs / 1000 })
    return joined(late, reason && message('sent.stray', { reason }))
  }
}

const broken = (code: ErrorCode, said: Message): Outcome => ({
  phase: 'broken',
  code,
  ...asText({ message: said }),
})

/** Replies are text; binary messages are accepted too. */
const textOf = (data: unknown): string =>
  data instanceof ArrayBuffer || data instanceof Uint8Array
    ? new TextDecoder().decode(data)
    : String(data)
