/**
 * One connection of one client to one target. It alone knows which frames were handed to the socket: those may have reached the
 * backend and are never sent again; others may be. routed_request.ts decides what follows.
 * Not a BackendClient: frames and replies pass unchanged, and a large reply is read in steps.
 */
import { WebSocket } from 'ws'
import { message } from '../protocol/messages.ts'
import { preview } from '../protocol/describe.ts'
import { isLoopbackHost } from '../protocol/origin.ts'
import { Inbox } from '../server/inbox.ts'
import { readPauseOf } from '../server/read_pause.ts'
import { CLOSE_WAIT, closeGracefully } from '../server/graceful_close.ts'
import { inTurns } from '../server/turns.ts'
import { bearerHeaders } from '../server/token.ts'
import { oversizedReply, replyReading, type BackendReply } from './backend_reply.ts'
import type { Frame } from './frames.ts'

export interface SocketOptions {
  url: string
  token: string | null
  /** `max_message_bytes`. A larger reply is discarded, and its request fails with `too_large`. */
  messageBytesMax: number
}
export type OpenSocket = (options: SocketOptions) => WebSocket

export type Answer = Exclude<BackendReply, { kind: 'sign_of_life' }>

/** Callbacks of a carried request; exactly one of onAnswer, onUnsent and onLost is called, at most once. */
export interface Carried {
  readonly id: string
  readonly bytes: number
  /** Callable once: then only the socket holds the bytes. */
  takeFrame(): Frame
  onSent(): void
  /** The frame has left this process, or never will. */
  onFlushed(): void
  onAnswer(reply: Answer): void
  /** The connection never opened. */
  onUnsent(reason: string): void
  onLost(loss: Loss): void
}

export interface Loss {
  reason: string
  /** `request`: the backend refused this frame for its size. `reply`: the gateway closed the connection because a reply was too large. */
  tooLarge: 'request' | 'reply' | null
}

export interface UpstreamOptions extends SocketOptions {
  openSocket: OpenSocket
  /** Runs an event handler of the socket; must not throw. */
  guard(act: () => void): void
  isWanted(): boolean
  onStray(why: string): void
  onClose(): void
}

/** A loopback handshake takes milliseconds. A port that accepts and stays silent must not hold unsent requests. */
const HANDSHAKE_MS_MAX = 5000
/** How far a reply may exceed `max_message_bytes` before the connection, with its other requests, is closed. */
const REPLY_EXCESS_BYTES_MAX = 100 * 1024 ** 2
const TOO_LARGE_ERROR = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
/** Remembered ids of ended requests, so that a late or repeated reply is not matched to another request. */
const PAST_MAX = 1000
/** RFC 6455, 7.4.1. */
const CLOSE_TOO_LARGE = 1009

export const openWebSocket: OpenSocket = ({ url, token, messageBytesMax }) =>
  new WebSocket(url, {
    ...CLOSE_WAIT,
    perMessageDeflate: false,
    // ws would close the connection and lose what else is in flight; replyReading rejects the one reply.
    skipUTF8Validation: true,
    maxPayload: messageBytesMax + REPLY_EXCESS_BYTES_MAX,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    headers: bearerHeaders(token),
    ...(isLocal(url) ? { generateMask: keepZero } : {}),
  })

/**
 * Masks protect intermediate proxies from content chosen by a client (RFC 6455, 10.3). On loopback there are none, and a mask
 * of zeros saves copying and changing every byte of an image here and in the backend.
 */
const keepZero = (mask: Buffer) => {
  mask.fill(0)
}

const isLocal = (url: string) => isLoopbackHost(new URL(url).hostname)

/** Larger masked frames are sent in parts of this size: masking 100 MB in one go takes 200 ms. */
const MASKED_BYTES_MAX = 1024 ** 2

interface Outgoing {
  frame: Frame
  sentBytes: number
  onFlushed: () => void
}

export class Upstream {
  private readonly options: UpstreamOptions
  private readonly socket: WebSocket
  private readonly waiting = new Map<string, Carried>()
  private readonly sent = new Map<string, Carried>()
  private readonly past = new Set<string>()
  private failure: { message: string; isTooLarge: boolean } | null = null
  private hasReceived = false
  private isOver = false
  private readonly isMasked: boolean
  /** Only control frames may come between the parts of a frame. */
  private readonly outgoing: Outgoing[] = []

  constructor(options: UpstreamOptions) {
    this.options = options
    const { guard } = options
    this.socket = options.openSocket(options)
    this.isMasked = !isLocal(options.url)
    this.socket.on('open', () => {
      guard(() => {
        for (const request of this.waiting.values()) this.handOver(request)
        this.waiting.clear()
      })
    })
    const { messageBytesMax } = options
    // Registered before `close`: a reply that arrived before the close counts.
    new Inbox(this.socket, {
      read: (data) =>
        data.length > messageBytesMax
          ? { step: () => oversizedReply(data, messageBytesMax) }
          : replyReading(data),
      take: (reply) => {
        guard(() => {
          this.receive(reply)
        })
      },
      now: () => performance.now(),
      takesAfterClose: true,
    })
    this.socket.on('error', (error) => {
      const isTooLarge = 'code' in error && error.code === TOO_LARGE_ERROR
      this.failure = { message: error.message, isTooLarge }
    })
    this.socket.on('close', (code: number, reason: Buffer) => {
      guard(() => {
        this.closed(code, reason.toString('utf8'))
      })
    })
  }

  get isClosed(): boolean {
    return this.isOver || this.socket.readyState > WebSocket.OPEN
  }

  send(request: Carried): void {
    if (this.socket.readyState === WebSocket.OPEN) this.handOver(request)
    else this.waiting.set(request.id, request)
  }

  note(frame: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.sendFrame(frame, () => undefined)
  }

  /** Drops the request: if unsent it never will be sent, and a reply to it is stray. */
  drop(request: Carried): void {
    if (this.waiting.get(request.id) === request) this.waiting.delete(request.id)
    if (this.sent.get(request.id) === request) this.endSent(request.id)
    this.closeUnlessWanted()
  }

  /** Replies stay in the socket while the client leaves too much unread. */
  pause(isClientSlow: boolean): void {
    readPauseOf(this.socket).set('unread', isClientSlow)
  }

  /** Closes the connection to a removed or disabled target once nothing is in flight there. */
  closeUnlessWanted(): void {
    if (this.isOver || this.waiting.size + this.sent.size > 0 || this.options.isWanted()) return
    this.close()
    this.options.onClose()
  }

  close(): void {
    this.isOver = true
    this.waiting.clear()
    this.sent.clear()
    this.dropOutgoing()
    // A paused socket does not read the handshake reply.
    this.pause(false)
    closeGracefully(this.socket)
  }

  private handOver(request: Carried): void {
    const frame = request.takeFrame()
    this.sent.set(request.id, request)
    request.onSent()
    this.sendFrame(frame, () => {
      this.options.guard(() => {
        request.onFlushed()
      })
    })
  }

  private sendFrame(frame: Frame, onFlushed: () => void): void {
    const isWhole = !this.isMasked || frame.data.length <= MASKED_BYTES_MAX
    if (isWhole && this.outgoing.length === 0) {
      this.socket.send(frame.data, { binary: frame.isBinary }, onFlushed)
      return
    }
    this.outgoing.push({ frame, sentBytes: 0, onFlushed })
    if (this.outgoing.length === 1) inTurns(() => this.sendPart())
  }

  private sendPart(): boolean {
    const [first] = this.outgoing
    if (first === undefined) return true
    const { frame, sentBytes, onFlushed } = first
    const part = frame.data.subarray(sentBytes, sentBytes + MASKED_BYTES_MAX)
    first.sentBytes += part.length
    const fin = first.sentBytes === frame.data.length
    this.socket.send(part, { binary: frame.isBinary, fin }, fin ? onFlushed : undefined)
    if (fin) this.outgoing.shift()
    return this.outgoing.length === 0
  }

  private dropOutgoing(): void {
    for (const { onFlushed } of this.outgoing.splice(0)) onFlushed()
  }

  private receive(reply: BackendReply): void {
    if (this.isOver) return
    const isFirst = !this.hasReceived
    this.hasReceived = true
    if (reply.kind === 'sign_of_life') return
    const found = this.requestOf(reply)
    if (found === null || (isFirst && isGreeting(reply))) {
      this.options.onStray(strayReason(reply))
      return
    }
    this.endSent(found.id)
    found.onAnswer(
      reply.requestId === null || reply.requestId === found.id ? reply : misaddressed(reply),
    )
  }

  /** The request that a reply belongs to: the named one, or the only one in flight. */
  private requestOf({ requestId }: Answer): Carried | null {
    const named = requestId === null ? undefined : this.sent.get(requestId)
    if (named !== undefined) return named
    if (requestId !== null && this.past.has(requestId)) return null
    const [sole] = this.sent.values()
    return this.sent.size === 1 && sole !== undefined ? sole : null
  }

  private endSent(id: string): void {
    this.sent.delete(id)
    this.past.delete(id)
    this.past.add(id)
    const [oldest] = this.past
    if (this.past.size > PAST_MAX && oldest !== undefined) this.past.delete(oldest)
  }

  private closed(code: number, reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.dropOutgoing()
    this.options.onClose()
    const unsent = [...this.waiting.values()]
    const lost = [...this.sent.values()]
    this.waiting.clear()
    this.sent.clear()
    const isOverCap = this.failure?.isTooLarge === true
    const why = isOverCap
      ? `a reply exceeded max_message_bytes (${this.options.messageBytesMax}) by more than ${REPLY_EXCESS_BYTES_MAX} bytes`
      : (this.failure?.message ?? `close code ${code}${reason === '' ? '' : `, ${reason}`}`)
    // Of several requests, only the largest can be the one that the backend refused.
    const isRefused = code === CLOSE_TOO_LARGE && this.failure === null
    const largest = lost.reduce((most, { bytes }) => Math.max(most, bytes), 0)
    for (const request of lost) {
      const isReply = isOverCap && lost.length === 1
      const isRequest = isRefused && request.bytes === largest
      request.onLost({ reason: why, tooLarge: isReply ? 'reply' : isRequest ? 'request' : null })
    }
    for (const request of unsent) request.onUnsent(why)
  }
}

/** A first message without a request_id and a known type: some servers send a greeting. */
const isGreeting = (reply: Answer) =>
  reply.kind === 'faulty' && reply.requestId === null && reply.isOther

/** The error for the only request in flight when the reply names another one. */
function misaddressed(reply: Answer): Answer {
  if (reply.kind === 'faulty') return reply
  if (reply.kind === 'error') return { ...reply, body: null }
  const why = message('response.other_id', { id: preview(reply.requestId) })
  return { kind: 'faulty', requestId: null, code: 'internal', why, isOther: false }
}

/** Continues "A reply of <backend> matches no request: it". */
function strayReason(reply: Answer): string {
  if (reply.kind === 'faulty') return reply.why.message
  const about = reply.requestId === null ? 'no request' : `request ${preview(reply.requestId)}`
  const text = reply.kind === 'error' ? `: ${reply.error.error}` : ''
  return `is for ${about}, which is not in flight${text}`
}
