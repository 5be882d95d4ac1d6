/**
 * One connection of one client to one target. It alone knows which frames were handed to the socket: those may have reached the
 * backend and are never sent again; the others may be. What follows from either is left to routed_request.ts.
 */
import { WebSocket } from 'ws'
import { isLoopbackHost } from '../../protocol/origin.ts'
import { readPauseOf } from '../../sockets/read_pause.ts'
import { bearerHeaders } from '../../sockets/token.ts'
import { readReply, type BackendReply } from './backend_reply.ts'
import type { Frame } from './frames.ts'

export interface SocketOptions {
  url: string
  token: string | null
  /** Of an answer. */
  messageBytesMax: number
}
export type OpenSocket = (options: SocketOptions) => WebSocket

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
  onAnswer(reply: Extract<BackendReply, { kind: 'result' | 'error' }>): void
  /** The connection never opened: nothing of the frame was sent. */
  onUnsent(reason: string): void
  /** The connection broke after the frame was handed over. `wasTooLarge`: the backend said that this frame is. */
  onLost(reason: string, wasTooLarge: boolean): void
}

export interface UpstreamOptions extends SocketOptions {
  openSocket: OpenSocket
  /** Is told of messages that belong to no request. */
  onStray(why: string): void
  onClose(): void
}

/** A loopback handshake takes milliseconds. A port that accepts and says nothing would hold what was never sent. */
const HANDSHAKE_MS_MAX = 5000
/** RFC 6455, 7.4.1. */
const CLOSE_TOO_LARGE = 1009

export const openWebSocket: OpenSocket = ({ url, token, messageBytesMax }) =>
  new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    headers: bearerHeaders(token),
    ...(isLoopbackHost(new URL(url).hostname) ? { generateMask: keepZero } : {}),
  })

/**
 * Masks protect proxies on the way from what a client makes its side send (RFC 6455, 10.3). On loopback there is none, and a mask
 * of zeros spares copying and changing every byte of an image here and again in the backend.
 */
const keepZero = (mask: Buffer) => {
  mask.fill(0)
}

export class Upstream {
  private readonly options: UpstreamOptions
  private readonly socket: WebSocket
  private readonly waiting = new Map<string, Carried>()
  /** Handed over and not answered by the backend, also when the client was told of a timeout long ago. */
  private readonly sent = new Map<string, Carried>()
  private failure: string | null = null
  private isOver = false

  constructor(options: UpstreamOptions) {
    this.options = options
    this.socket = options.openSocket(options)
    this.socket.on('open', () => {
      for (const request of this.waiting.values()) this.handOver(request)
      this.waiting.clear()
    })
    this.socket.on('message', (data: Buffer) => {
      this.receive(data)
    })
    // `close` follows and carries on from there.
    this.socket.on('error', (error) => {
      this.failure = error.message
    })
    this.socket.on('close', (code: number, reason: Buffer) => {
      this.closed(code, reason.toString('utf8'))
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
    if (this.socket.readyState !== WebSocket.OPEN) return
    this.socket.send(frame.data, { binary: frame.isBinary })
  }

  /** Carries the request no further: if it was not handed over it never will be, and its answer is a stray one. */
  drop(request: Carried): void {
    if (this.waiting.get(request.id) === request) this.waiting.delete(request.id)
    if (this.sent.get(request.id) === request) this.sent.delete(request.id)
  }

  /** Replies stay in the socket while the client leaves too much unread. */
  pause(isClientSlow: boolean): void {
    readPauseOf(this.socket).set('unread', isClientSlow)
  }

  /** Ends the connection and tells nobody. */
  close(): void {
    this.isOver = true
    this.waiting.clear()
    this.sent.clear()
    this.socket.terminate()
  }

  private handOver(request: Carried): void {
    const frame = request.takeFrame()
    this.sent.set(request.id, request)
    request.onSent()
    this.socket.send(frame.data, { binary: frame.isBinary }, () => {
      request.onFlushed()
    })
  }

  private receive(data: Buffer): void {
    if (this.isOver) return
    const reply = readReply(data)
    switch (reply.kind) {
      case 'sign_of_life':
        return
      case 'unreadable':
        this.options.onStray(reply.why)
        return
      case 'result':
      case 'error':
        this.deliver(reply)
        return
      default:
        reply satisfies never
    }
  }

  private deliver(reply: Extract<BackendReply, { kind: 'result' | 'error' }>): void {
    const id = reply.requestId ?? this.soleId()
    const found = id === null ? undefined : this.sent.get(id)
    if (found === undefined) {
      const about = reply.requestId === null ? 'no request' : `"${reply.requestId}"`
      const text = reply.kind === 'error' ? `: ${reply.error.error}` : ''
      this.options.onStray(`${reply.kind} for ${about}, which is not in flight${text}`)
      return
    }
    this.sent.delete(found.id)
    found.onAnswer(reply)
  }

  /** An error that names no request can be about the only one there is, and about no other. */
  private soleId(): string | null {
    const [id] = this.sent.keys()
    return this.sent.size === 1 && id !== undefined ? id : null
  }

  private closed(code: number, reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.options.onClose()
    const unsent = [...this.waiting.values()]
    const lost = [...this.sent.values()]
    this.waiting.clear()
    this.sent.clear()
    const why = this.failure ?? `close code ${code}${reason === '' ? '' : `, ${reason}`}`
    // With a failure of our own it was an answer that was too large. Of several requests only the largest can be meant.
    const isTooLarge = code === CLOSE_TOO_LARGE && this.failure === null
    const largest = lost.reduce((most, { bytes }) => Math.max(most, bytes), 0)
    for (const request of lost) request.onLost(why, isTooLarge && request.bytes === largest)
    for (const request of unsent) request.onUnsent(why)
  }
}
