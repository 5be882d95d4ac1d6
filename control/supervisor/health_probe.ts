/** Asks one backend for its health at a fixed interval, over its own WebSocket, and reports what came back. */
import { WebSocket } from 'ws'
import { messageOf } from '../../protocol/errors.ts'
import type { Pong } from '../../protocol/backend.ts'
import { CLOSE_WAIT, closeGracefully } from '../../server/graceful_close.ts'
import { readPong } from '../../protocol/reply_kind.ts'
import { bearerHeaders } from '../../server/token.ts'
import type { Wall } from './wall.ts'

export interface HealthProbeOptions {
  url: string
  /** `Authorization: Bearer`, where the port demands it. */
  token: string | null
  intervalMs: number
  /** Longest wait between two tries to connect. */
  retryMsMax: number
  /** Monotonic milliseconds. */
  now: () => number
  /** Every callback of the socket and of the timer passes through it. */
  wall: Wall
  onPong(pong: Pong, roundTripMs: number): void
  onMissed(miss: Miss): void
}

/** A health check without a pong. */
export interface Miss {
  /**
   * `silent`: the port accepted, and no answer came in time. `closed`: an open connection broke. `refused`: no connection can be
   * made. `wrong_answer`: what listens there answered, and does not speak the protocol.
   */
  kind: 'silent' | 'closed' | 'refused' | 'wrong_answer'
  /** Without times that change: the same cause has the same words. */
  reason: string
}

/** Longest message that a health check may answer with. */
const PONG_BYTES_MAX = 1024 * 1024
/**
 * While the port does not accept connections yet, look often: a start takes well under a second. What takes longer is looked
 * for after a tenth of the time that it has been away.
 */
const CONNECT_RETRY_MS = 100
const RETRY_SHARE = 0.1

/** A process that dies closes its connection first: its exit, which says more, follows within this. */
const CLOSED_GRACE_MS = 250

/** What a process run needs of its health checks. */
export interface Probe {
  /** From the next health check on. */
  setInterval(intervalMs: number): void
  close(): void
}

export class HealthProbe implements Probe {
  private readonly options: HealthProbeOptions
  /** For people: `127.0.0.1:8768`. */
  private readonly address: string
  private intervalMs: number
  private socket: WebSocket | null = null
  private timer: NodeJS.Timeout | null = null
  private sentMs: number | null = null
  /** What came instead of a pong since the last question. */
  private wrongAnswer: string | null = null
  private hasOpened = false
  /** Since when no connection could be opened; null while there is one. */
  private unopenedMs: number | null = null
  /** When that was last reported. */
  private reportedMs: number | null = null
  private isClosed = false

  constructor(options: HealthProbeOptions) {
    this.options = options
    this.intervalMs = options.intervalMs
    this.address = new URL(options.url).host
    this.connect()
  }

  setInterval(intervalMs: number): void {
    this.intervalMs = intervalMs
  }

  close(): void {
    this.isClosed = true
    if (this.timer !== null) clearTimeout(this.timer)
    if (this.socket !== null) closeGracefully(this.socket)
  }

  private connect(): void {
    if (this.isClosed) return
    this.unopenedMs ??= this.options.now()
    const socket = new WebSocket(this.options.url, {
      ...CLOSE_WAIT,
      perMessageDeflate: false,
      maxPayload: PONG_BYTES_MAX,
      headers: bearerHeaders(this.options.token),
    })
    this.socket = socket
    const { wall } = this.options
    let wasOpen = false
    let failure: Miss | null = null
    const fail = (miss: Miss) => {
      failure ??= miss
      socket.terminate()
    }
    this.later(this.intervalMs, () => {
      const reason = `${this.address} did not complete the WebSocket handshake within ${this.intervalMs / 1000} s`
      fail({ kind: 'silent', reason })
    })
    socket.on(
      'open',
      wall(() => {
        if (this.isClosed) return
        wasOpen = true
        this.hasOpened = true
        this.unopenedMs = null
        this.reportedMs = null
        this.ask()
      }),
    )
    socket.on(
      'message',
      wall((data: Buffer) => {
        this.receive(data)
      }),
    )
    socket.on(
      'unexpected-response',
      wall((_request: unknown, { statusCode }: { statusCode?: number }) => {
        const reason = `${this.address} answered HTTP ${statusCode} instead of opening a WebSocket at /`
        fail({ kind: 'wrong_answer', reason })
      }),
    )
    // `close` follows and carries on from there.
    socket.on(
      'error',
      wall((error: Error) => {
        failure ??= failedConnection(error, new URL(this.options.url))
      }),
    )
    socket.on(
      'close',
      wall(() => {
        this.sentMs = null
        this.wrongAnswer = null
        if (this.isClosed) return
        if (wasOpen) this.reconnect()
        else this.retry(failure ?? closedEarly(this.address))
      }),
    )
  }

  /** An open connection broke. */
  private reconnect(): void {
    this.later(CLOSED_GRACE_MS, () => {
      this.options.onMissed({ kind: 'closed', reason: `${this.address} closed the connection` })
      this.connect()
    })
  }

  /**
   * A port that refuses does so immediately: what counts is how long none of the tries has got through. The first of all tries
   * is reported too, since it says why a backend cannot be had.
   */
  private retry(miss: Miss): void {
    const nowMs = this.options.now()
    const isFirst = !this.hasOpened && this.reportedMs === null
    const awayMs = nowMs - (this.unopenedMs ?? nowMs)
    const quietMs = nowMs - (this.reportedMs ?? this.unopenedMs ?? nowMs)
    if (isFirst || quietMs >= this.intervalMs) {
      this.reportedMs = nowMs
      this.options.onMissed(miss)
    }
    const waitMs = Math.max(CONNECT_RETRY_MS, awayMs * RETRY_SHARE)
    this.later(Math.min(this.options.retryMsMax, waitMs), () => {
      this.connect()
    })
  }

  private ask(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    const { wrongAnswer } = this
    this.wrongAnswer = null
    if (wrongAnswer !== null) this.options.onMissed({ kind: 'wrong_answer', reason: wrongAnswer })
    else if (this.sentMs !== null) {
      const reason = `${this.address} accepted the connection and does not answer the health check`
      this.options.onMissed({ kind: 'silent', reason })
    }
    if (wrongAnswer !== null || this.sentMs === null) {
      this.sentMs = this.options.now()
      this.socket.send('{"type":"health_check"}')
    }
    this.later(this.intervalMs, () => {
      this.ask()
    })
  }

  private receive(data: Buffer): void {
    if (this.isClosed || this.sentMs === null) return
    const pong = parsePong(data)
    // It may be a greeting, or of no concern: the pong may follow.
    if (typeof pong === 'string') {
      this.wrongAnswer = pong
      return
    }
    const roundTripMs = this.options.now() - this.sentMs
    this.sentMs = null
    this.wrongAnswer = null
    this.options.onPong(pong, roundTripMs)
    // Loading is watched closely: its progress and its end should be seen soon.
    if (pong.status === 'loading') {
      this.later(Math.min(LOADING_INTERVAL_MS, this.intervalMs), () => {
        this.ask()
      })
    }
  }

  private later(delayMs: number, act: () => void): void {
    if (this.timer !== null) clearTimeout(this.timer)
    if (this.isClosed) return
    this.timer = setTimeout(this.options.wall(act), delayMs)
  }
}

const LOADING_INTERVAL_MS = 150

const closedEarly = (address: string): Miss => ({
  kind: 'wrong_answer',
  reason: `${address} closed the connection during the WebSocket handshake`,
})

/** From what Node reports of a connection that never opened. `localhost` may bring one error for each of its addresses. */
function failedConnection(error: Error, { host, hostname }: URL): Miss {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  switch (code) {
    case 'ECONNREFUSED':
      return { kind: 'refused', reason: `nothing listens at ${host} (connection refused)` }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { kind: 'refused', reason: `the name "${hostname}" does not resolve (${code})` }
    case 'ECONNRESET':
      return closedEarly(host)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'EADDRNOTAVAIL':
      return { kind: 'refused', reason: `no route to ${host} (${code})` }
    default:
      return { kind: 'wrong_answer', reason: `no WebSocket at ${host}: ${messageOf(error)}` }
  }
}

/** The pong, or why it is not one. */
function parsePong(data: Buffer): Pong | string {
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch {
    return 'the answer to health_check is not JSON'
  }
  return readPong(value)
}
