/** Asks one backend for its health at a fixed interval, over its own WebSocket, and tells what came back. */
import { WebSocket } from 'ws'
import { bearerHeaders } from '../../sockets/token.ts'
import type { Wall } from './wall.ts'
import { healthResponseSchema, pongSchema, type Pong } from '../../protocol/backend.ts'

export interface HealthProbeOptions {
  url: string
  /** `Authorization: Bearer`, where the port demands it. */
  token: string | null
  intervalMs: number
  /** Monotonic milliseconds. */
  now: () => number
  /** Every callback of the socket and of the timer passes through it. */
  wall: Wall
  onPong(pong: Pong, roundTripMs: number): void
  /** `isConnected` = the port accepted us, so the process lives but does not answer. */
  onMissed(reason: string, isConnected: boolean): void
}

/** Longest message that a health check may answer with. */
const PONG_BYTES_MAX = 1024 * 1024
/** While the port does not accept connections yet, look more often: a start takes well under a second. */
const CONNECT_RETRY_MS = 100

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
  private intervalMs: number
  private socket: WebSocket | null = null
  private timer: NodeJS.Timeout | null = null
  private sentMs: number | null = null
  /** Since when the port has taken no connection, or was last said to take none; null while there is one. */
  private unopenedMs: number | null = null
  private isClosed = false

  constructor(options: HealthProbeOptions) {
    this.options = options
    this.intervalMs = options.intervalMs
    this.connect()
  }

  setInterval(intervalMs: number): void {
    this.intervalMs = intervalMs
  }

  close(): void {
    this.isClosed = true
    if (this.timer !== null) clearTimeout(this.timer)
    this.socket?.terminate()
  }

  private connect(): void {
    if (this.isClosed) return
    this.unopenedMs ??= this.options.now()
    const socket = new WebSocket(this.options.url, {
      perMessageDeflate: false,
      maxPayload: PONG_BYTES_MAX,
      handshakeTimeout: this.intervalMs,
      headers: bearerHeaders(this.options.token),
    })
    this.socket = socket
    const { wall } = this.options
    let wasOpen = false
    socket.on(
      'open',
      wall(() => {
        wasOpen = true
        this.unopenedMs = null
        this.ask()
      }),
    )
    socket.on(
      'message',
      wall((data: Buffer) => {
        this.receive(data)
      }),
    )
    // `close` follows and carries on from there.
    socket.on('error', () => undefined)
    socket.on(
      'close',
      wall(() => {
        this.sentMs = null
        if (this.isClosed) return
        if (!wasOpen) this.noteUnopened()
        this.later(wasOpen ? CLOSED_GRACE_MS : CONNECT_RETRY_MS, () => {
          if (wasOpen) this.options.onMissed('the connection closed', false)
          this.connect()
        })
      }),
    )
  }

  /** A port that refuses says so at once: what counts is how long none of the tries has got through. */
  private noteUnopened(): void {
    const nowMs = this.options.now()
    if (nowMs - (this.unopenedMs ?? nowMs) < this.intervalMs) return
    this.unopenedMs = nowMs
    this.options.onMissed('the port takes no connection', false)
  }

  private ask(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    if (this.sentMs !== null) {
      const waitedMs = Math.round(this.options.now() - this.sentMs)
      this.options.onMissed(`no pong after ${waitedMs} ms`, true)
    } else {
      this.sentMs = this.options.now()
      this.socket.send('{"type":"health_check"}')
    }
    this.later(this.intervalMs, () => {
      this.ask()
    })
  }

  private receive(data: Buffer): void {
    if (this.sentMs === null) return
    const roundTripMs = this.options.now() - this.sentMs
    this.sentMs = null
    const pong = parsePong(data)
    if (typeof pong === 'string') this.options.onMissed(pong, true)
    else this.options.onPong(pong, roundTripMs)
    // Loading is watched closely: its progress and its end should be seen at once.
    if (typeof pong !== 'string' && pong.status === 'loading') {
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

/** The pong, or a sentence on why it is none. A platform backend's health_response is read as a pong. */
function parsePong(data: Buffer): Pong | string {
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch {
    return 'the answer to health_check is not JSON'
  }
  const pong = pongSchema.safeParse(value)
  if (pong.success) return pong.data
  const response = healthResponseSchema.safeParse(value)
  if (!response.success) return 'the answer to health_check is neither pong nor health_response'
  const { status, model_type, model_loaded } = response.data
  return {
    type: 'pong',
    // A platform backend says "healthy" from its first breath; its model is what counts.
    status: model_loaded === false ? 'loading' : status === 'healthy' ? 'healthy' : 'unhealthy',
    ...(model_type === undefined ? {} : { backend: model_type }),
    ...(model_loaded === undefined ? {} : { model_loaded }),
  }
}
