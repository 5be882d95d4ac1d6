// Not a BackendClient: a miss needs the kind of the failed connection, and every callback passes through the wall.
import { WebSocket } from 'ws'
import { messageOf } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import type { Pong } from '../../protocol/backend.ts'
import { CLOSE_WAIT, closeGracefully } from '../../server/graceful_close.ts'
import { readPong } from '../../protocol/reply_kind.ts'
import { Timer } from '../../protocol/disposables.ts'
import { bearerHeaders } from '../../server/token.ts'
import type { Wall } from './wall.ts'

export interface HealthProbeOptions {
  url: string
  /** `Authorization: Bearer`, if the port requires it. */
  token: string | null
  intervalMs: number
  retryMsMax: number
  now: () => number
  /** Wraps every callback of the socket and the timer. */
  wall: Wall
  onPong(pong: Pong, roundTripMs: number): void
  onMissed(miss: Miss): void
}

export interface Miss {
  /**
   * `silent`: the port accepted and did not respond in time. `closed`: an open connection broke. `refused`: connection
   * failed. `wrong_answer`: something responds, but not in our protocol.
   */
  kind: 'silent' | 'closed' | 'refused' | 'wrong_answer'
  /** Without varying times: the same cause has the same text. */
  reason: Message
}

const PONG_BYTES_MAX = 1024 * 1024
/** Frequent attempts while the port is closed, since a start takes well under a second; later a tenth of the elapsed time. */
const CONNECT_RETRY_MS = 100
const RETRY_SHARE = 0.1

/** A dying process closes its connection first; its exit, which explains more, follows within this time. */
const CLOSED_GRACE_MS = 250

export interface Probe {
  setInterval(intervalMs: number): void
  close(): void
}

export class HealthProbe implements Probe {
  private readonly options: HealthProbeOptions
  private readonly address: string
  private intervalMs: number
  private socket: WebSocket | null = null
  private readonly timer = new Timer()
  private sentMs: number | null = null
  private wrongAnswer: Message | null = null
  private hasOpened = false
  /** Since when no connection could be opened; null while there is one. */
  private unopenedMs: number | null = null
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
    this.timer.dispose()
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
      const seconds = this.intervalMs / 1000
      const reason = message('probe.no_handshake', { address: this.address, seconds })
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
      wall((data: Buffer) => this.receive(data)),
    )
    socket.on(
      'unexpected-response',
      wall((_request: unknown, { statusCode }: { statusCode?: number }) => {
        const status = statusCode ?? 0
        const reason = message('probe.http', { address: this.address, status })
        fail({ kind: 'wrong_answer', reason })
      }),
    )
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

  private reconnect(): void {
    this.later(CLOSED_GRACE_MS, () => {
      const reason = message('probe.closed', { address: this.address })
      this.options.onMissed({ kind: 'closed', reason })
      this.connect()
    })
  }

  /** A port refuses immediately, so the time without a connection counts. The first failure is reported too, as a reason. */
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
    this.later(Math.min(this.options.retryMsMax, waitMs), () => this.connect())
  }

  private ask(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    const { wrongAnswer } = this
    this.wrongAnswer = null
    if (wrongAnswer !== null) this.options.onMissed({ kind: 'wrong_answer', reason: wrongAnswer })
    else if (this.sentMs !== null) {
      const reason = message('probe.silent', { address: this.address })
      this.options.onMissed({ kind: 'silent', reason })
    }
    if (wrongAnswer !== null || this.sentMs === null) {
      this.sentMs = this.options.now()
      this.socket.send('{"type":"health_check"}')
    }
    this.later(this.intervalMs, () => this.ask())
  }

  private receive(data: Buffer): void {
    if (this.isClosed || this.sentMs === null) return
    const pong = parsePong(data)
    // It may be a greeting: the pong may follow.
    if (!('type' in pong)) {
      this.wrongAnswer = pong
      return
    }
    const roundTripMs = this.options.now() - this.sentMs
    this.sentMs = null
    this.wrongAnswer = null
    this.options.onPong(pong, roundTripMs)
    // Short intervals while loading, to show progress and completion soon.
    if (pong.status === 'loading') {
      this.later(Math.min(LOADING_INTERVAL_MS, this.intervalMs), () => this.ask())
    }
  }

  private later(delayMs: number, act: () => void): void {
    this.timer.set(delayMs, this.options.wall(act))
  }
}

const LOADING_INTERVAL_MS = 150

const closedEarly = (address: string): Miss => ({
  kind: 'wrong_answer',
  reason: message('probe.closed_early', { address }),
})

/** `localhost` may yield one error for each of its addresses. */
function failedConnection(error: Error, { host, hostname }: URL): Miss {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  switch (code) {
    case 'ECONNREFUSED':
      return { kind: 'refused', reason: message('probe.refused', { address: host }) }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { kind: 'refused', reason: message('probe.unresolved', { name: hostname, code }) }
    case 'ECONNRESET':
      return closedEarly(host)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'EADDRNOTAVAIL':
      return { kind: 'refused', reason: message('probe.no_route', { address: host, code }) }
    default:
      return {
        kind: 'wrong_answer',
        reason: message('probe.no_socket', { address: host, reason: messageOf(error) }),
      }
  }
}

function parsePong(data: Buffer): Pong | Message {
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch {
    return message('probe.not_json')
  }
  return readPong(value)
}
