/** Watches the open WebSockets of one port: pauses and closes those that do not read, ends those whose peer is dead. */
import type { WebSocket } from 'ws'
import type { SocketLimits } from './limits.ts'
import { readPauseOf } from './read_pause.ts'

export interface SocketWatchOptions {
  limits: SocketLimits
  /** Monotonic milliseconds. */
  now: () => number
  /** A connection was closed for its peer's fault; a sentence for the log. */
  onEnded(reason: string): void
}

interface Watched {
  /** Of the peer, for the log. */
  address: string
  missedPongs: number
  /** Since when more is unread than the peer may leave; it is paused since then. */
  slowSinceMs: number | null
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number: "Try Again Later" */
const TRY_AGAIN_LATER = 1013

export class SocketWatch {
  private readonly options: SocketWatchOptions
  private readonly watched = new Map<WebSocket, Watched>()
  private readonly timer: NodeJS.Timeout
  private pingedMs: number

  constructor(options: SocketWatchOptions) {
    this.options = options
    this.pingedMs = options.now()
    this.timer = setInterval(() => {
      this.sweep()
    }, options.limits.sweepMs)
  }

  /** Call before any other listener is added: a request of a slow reader pauses it before it is worked on. */
  add(socket: WebSocket, address: string): void {
    const state: Watched = { address, missedPongs: 0, slowSinceMs: null }
    this.watched.set(socket, state)
    const isAlive = () => {
      state.missedPongs = 0
    }
    socket.on('pong', isAlive)
    socket.on('message', () => {
      isAlive()
      this.pauseIfSlow(socket, state)
    })
    socket.on('close', () => {
      this.watched.delete(socket)
    })
  }

  close(): void {
    clearInterval(this.timer)
  }

  private sweep(): void {
    const { limits, now } = this.options
    const isPingDue = now() - this.pingedMs >= limits.pingMs
    if (isPingDue) this.pingedMs = now()
    for (const [socket, state] of this.watched) {
      if (socket.readyState !== socket.OPEN) continue
      this.pauseIfSlow(socket, state)
      if (state.slowSinceMs !== null) this.judgeSlow(socket, state, state.slowSinceMs)
      // Nothing is read from a paused peer, its pongs neither.
      else if (isPingDue) this.ping(socket, state)
    }
  }

  private pauseIfSlow(socket: WebSocket, state: Watched): void {
    if (state.slowSinceMs !== null) return
    if (socket.bufferedAmount <= this.options.limits.unreadBytesMax) return
    state.slowSinceMs = this.options.now()
    readPauseOf(socket).set('unread', true)
  }

  private judgeSlow(socket: WebSocket, state: Watched, sinceMs: number): void {
    const { limits, now, onEnded } = this.options
    const unread = socket.bufferedAmount
    if (unread <= limits.unreadBytesMax) {
      state.slowSinceMs = null
      state.missedPongs = 0
      readPauseOf(socket).set('unread', false)
    } else if (unread > limits.unreadBytesCut) {
      onEnded(`the client at ${state.address} was cut off: it left ${unread} bytes unread`)
      socket.terminate()
    } else if (now() - sinceMs >= limits.slowReaderGraceMs) {
      onEnded(
        `the client at ${state.address} was closed with ${TRY_AGAIN_LATER}: it left ${unread} bytes unread for ${limits.slowReaderGraceMs} ms`,
      )
      // Still paused: its requests are no longer wanted. ws destroys the socket after its close timeout.
      socket.close(TRY_AGAIN_LATER, 'the replies are not read; connect again and read faster')
    }
  }

  private ping(socket: WebSocket, state: Watched): void {
    const { limits, onEnded } = this.options
    if (state.missedPongs >= limits.missedPongsMax) {
      onEnded(
        `the client at ${state.address} was cut off: it left ${state.missedPongs} pings unanswered`,
      )
      socket.terminate()
      return
    }
    state.missedPongs++
    socket.ping()
  }
}
