import { messageOf } from '../protocol/errors.ts'
import type { Clock } from './clock.ts'
import type { Frame } from './request_frame.ts'
import type { ClientSocket, OpenSocket } from './socket.ts'

export interface Reconnect {
  /** Attempts before waiting requests fail. */
  attemptsMax: number
  /** Before the second attempt; doubles with each. */
  delayMs: number
  delayMsMax: number
}

export interface ConnectionOptions {
  openSocket: OpenSocket
  reconnect: Reconnect
  clock: Clock
  random: () => number
  onOpen(): void
  onMessage(data: unknown): void
  onLost(code: number, reason: string): void
  /** The last attempt failed. `reason` is empty in a browser. */
  onUnreachable(reason: string): void
}

type State =
  | { phase: 'idle' | 'closed' }
  | { phase: 'connecting' | 'open'; socket: ClientSocket }
  | { phase: 'backoff'; stop: () => void }

/** RFC 6455, 7.4.1. */
const CLOSE_NORMAL = 1000

/** Grace for a socket that is closed while connecting. */
const OPENING_MS_MAX = 2000

export class Connection {
  private readonly options: ConnectionOptions
  private state: State = { phase: 'idle' }
  private socketClosed: Promise<void> = Promise.resolve()

  constructor(options: ConnectionOptions) {
    this.options = options
  }

  get phase(): State['phase'] {
    return this.state.phase
  }

  connect(): void {
    if (this.state.phase === 'idle') this.attempt(1)
  }

  send(frame: Frame): void {
    if (this.state.phase === 'open') this.state.socket.send(frame)
  }

  release(): void {
    if (this.state.phase !== 'open') return
    const { socket } = this.state
    this.state = { phase: 'idle' }
    socket.close(CLOSE_NORMAL)
  }

  /** Closes permanently. Resolves when the socket is closed. */
  close(): Promise<void> {
    const { state } = this
    this.state = { phase: 'closed' }
    if (state.phase === 'open') state.socket.close(CLOSE_NORMAL)
    if (state.phase === 'backoff') state.stop()
    if (state.phase === 'connecting') {
      // Close after opening: servers log an aborted handshake as an error.
      const stop = this.options.clock.after(OPENING_MS_MAX, () => state.socket.close())
      void this.socketClosed.then(stop)
    }
    return this.socketClosed
  }

  private attempt(count: number): void {
    const { openSocket, onOpen, onMessage, onLost, onUnreachable } = this.options
    let socket: ClientSocket
    try {
      socket = openSocket()
    } catch (error) {
      // An invalid URL; a retry would not help.
      this.state = { phase: 'idle' }
      onUnreachable(messageOf(error))
      return
    }
    this.state = { phase: 'connecting', socket }
    const isCurrent = () => 'socket' in this.state && this.state.socket === socket
    let failure = ''
    socket.addEventListener('open', () => {
      if (!isCurrent()) {
        socket.close(CLOSE_NORMAL)
        return
      }
      this.state = { phase: 'open', socket }
      onOpen()
    })
    socket.addEventListener('message', ({ data }) => {
      if (isCurrent()) onMessage(data)
    })
    socket.addEventListener('error', (event) => {
      failure = reasonOf(event)
    })
    this.socketClosed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        resolve()
        if (!isCurrent()) return
        const { rejectedStatus: status } = socket
        const wasOpen = this.state.phase === 'open'
        this.state = { phase: 'idle' }
        if (wasOpen) onLost(code, reason)
        else this.retry(count, status === undefined ? failure : `HTTP ${status}`)
      })
    })
  }

  private retry(count: number, failure: string): void {
    const { reconnect, clock, random, onUnreachable } = this.options
    const { attemptsMax, delayMs, delayMsMax } = reconnect
    if (count >= attemptsMax) {
      onUnreachable(failure)
      return
    }
    const ceilingMs = Math.min(delayMsMax, delayMs * 2 ** (count - 1))
    // Half jitter spreads reconnecting clients, and none retries immediately.
    const stop = clock.after(ceilingMs * (0.5 + random() / 2), () => this.attempt(count + 1))
    this.state = { phase: 'backoff', stop }
  }
}

/** For a name with several addresses, Node reports only a code. */
function reasonOf(event: object): string {
  const { message = '', error } = event as { message?: string; error?: { code?: string } }
  return message === '' ? (error?.code ?? '') : message
}
