/**
 * One connection of one client to one target. It alone knows which frames were handed to the socket: those may have reached the
 * backend and are never sent again; the others may be. What follows from either is left to routed_request.ts.
 */
import { WebSocket } from 'ws'
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
  /** `max_message_bytes`. A larger answer is discarded, and its request answered `too_large`. */
  messageBytesMax: number
}
export type OpenSocket = (options: SocketOptions) => WebSocket

/** What ends a request: a reply, or one that cannot be passed on. */
export type Answer = Exclude<BackendReply, { kind: 'sign_of_life' }>

/** What an upstream tells the request that it carries; exactly one of onAnswer, onUnsent and onLost, at most once. */
export interface Carried {
  readonly id: string
  /** Size of the frame. */
  readonly bytes: number
  /** The frame, once: nobody holds its bytes after that but the socket. */
  takeFrame(): Frame
  /** The frame was handed to the socket: from now on it may have reached the backend. */
  onSent(): void
  /** The frame has left this process, or will not any more. */
  onFlushed(): void
  onAnswer(reply: Answer): void
  /** The connection never opened: nothing of the frame was sent. */
  onUnsent(reason: string): void
  /** The connection broke after the frame was handed over. */
  onLost(loss: Loss): void
}

export interface Loss {
  reason: string
  /** `request`: the backend refused this frame for its size. `reply`: we closed the connection over the size of an answer. */
  tooLarge: 'request' | 'reply' | null
}

export interface UpstreamOptions extends SocketOptions {
  openSocket: OpenSocket
  /** Runs what follows from an event of the socket; it must not throw. */
  guard(act: () => void): void
  /** Whether the target is still one that requests may be sent to. */
  isWanted(): boolean
  /** Is told of messages that belong to no request. */
  onStray(why: string): void
  onClose(): void
}

/** A loopback handshake takes milliseconds. A port that accepts and says nothing would hold what was never sent. */
const HANDSHAKE_MS_MAX = 5000
/** By how much a reply may exceed `max_message_bytes` before it costs the connection, and with it the other requests there. */
const REPLY_EXCESS_BYTES_MAX = 100 * 1024 ** 2
/** ws names this error; it is about an answer that was announced as too large. */
const TOO_LARGE_ERROR = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
/** Ids of ended requests that are remembered, so that a late or repeated answer is not taken for that of another request. */
const PAST_MAX = 1000
/** RFC 6455, 7.4.1. */
const CLOSE_TOO_LARGE = 1009

export const openWebSocket: OpenSocket = ({ url, token, messageBytesMax }) =>
  new WebSocket(url, {
    ...CLOSE_WAIT,
    perMessageDeflate: false,
    // ws would close the connection for it, and with it lose what else is in flight; readReply answers for the one reply.
    skipUTF8Validation: true,
    maxPayload: messageBytesMax + REPLY_EXCESS_BYTES_MAX,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    headers: bearerHeaders(token),
    ...(isLocal(url) ? { generateMask: keepZero } : {}),
  })

/**
 * Masks protect proxies on the way from what a client makes its side send (RFC 6455, 10.3). On loopback there is none, and a mask
 * of zeros spares copying and changing every byte of an image here and again in the backend.
 */
const keepZero = (mask: Buffer) => {
  mask.fill(0)
}

const isLocal = (url: string) => isLoopbackHost(new URL(url).hostname)

/** Above it a frame that is masked goes out in parts of this size: to mask 100 MB in one go takes 200 ms. */
const MASKED_BYTES_MAX = 1024 ** 2

/** A frame that goes out in parts. */
interface Outgoing {
  frame: Frame
  sentBytes: number
  onFlushed: () => void
}

export class Upstream {
  private readonly options: UpstreamOptions
  private readonly socket: WebSocket
  private readonly waiting = new Map<string, Carried>()
  /** Handed over and not answered by the backend, also when the client was told of a timeout long ago. */
  private readonly sent = new Map<string, Carried>()
  /** Those that were in `sent`, the oldest first. */
  private readonly past = new Set<string>()
  private failure: { message: string; isTooLarge: boolean } | null = null
  private hasReceived = false
  private isOver = false
  private readonly isMasked: boolean
  /** Nothing may come between the parts of a frame but control frames. */
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
    // Before the listener for `close`: what was answered before the end is an answer.
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
    // `close` follows and carries on from there.
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

  /** Nothing is sent on it any more. */
  get isClosed(): boolean {
    return this.isOver || this.socket.readyState > WebSocket.OPEN
  }

  send(request: Carried): void {
    if (this.socket.readyState === WebSocket.OPEN) this.handOver(request)
    else this.waiting.set(request.id, request)
  }

  /** A message about a request that was handed over. */
  note(frame: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.sendFrame(frame, () => undefined)
  }

  /** Carries the request no further: if it was not handed over it never will be, and its answer is a stray one. */
  drop(request: Carried): void {
    if (this.waiting.get(request.id) === request) this.waiting.delete(request.id)
    if (this.sent.get(request.id) === request) this.endSent(request.id)
    this.closeUnlessWanted()
  }

  /** Replies stay in the socket while the client leaves too much unread. */
  pause(isClientSlow: boolean): void {
    readPauseOf(this.socket).set('unread', isClientSlow)
  }

  /** Ends the connection to a target that was removed or disabled, once nothing is in flight there. */
  closeUnlessWanted(): void {
    if (this.isOver || this.waiting.size + this.sent.size > 0 || this.options.isWanted()) return
    this.close()
    this.options.onClose()
  }

  /** Ends the connection and tells nobody. */
  close(): void {
    this.isOver = true
    this.waiting.clear()
    this.sent.clear()
    this.dropOutgoing()
    // The answer to the handshake is not read from a paused socket.
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

  /** True when nothing is left to send. */
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

  /** The request that a reply is about: the one that it names, or the only one that there is. */
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
    // Of several requests only the largest can be the one that the backend refuses.
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

/** Some servers greet who connects. What names neither a request nor a known type may be that, as the first message only. */
const isGreeting = (reply: Answer) =>
  reply.kind === 'faulty' && reply.requestId === null && reply.isOther

/** What the only request in flight is answered with when the reply names another one. */
function misaddressed(reply: Answer): Answer {
  if (reply.kind === 'faulty') return reply
  if (reply.kind === 'error') return { ...reply, body: null }
  const why = `names request_id ${preview(reply.requestId)}, which is not in flight; copy the request_id of the request into the reply`
  return { kind: 'faulty', requestId: null, code: 'internal', why, isOther: false }
}

/** Goes on from "The answer of <backend>". */
function strayReason(reply: Answer): string {
  if (reply.kind === 'faulty') return reply.why
  const about = reply.requestId === null ? 'no request' : `request ${preview(reply.requestId)}`
  const text = reply.kind === 'error' ? `: ${reply.error.error}` : ''
  return `is for ${about}, which is not in flight${text}`
}
