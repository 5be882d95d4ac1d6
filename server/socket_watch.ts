/** Watches the open WebSockets of a port: pauses and closes those that do not read, disconnects dead peers. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { SocketLimits } from './limits.ts'
import { readPauseOf } from './read_pause.ts'

export interface SocketWatchOptions {
  limits: SocketLimits
  now: () => number
  onEnded(reason: string): void
}

export interface WatchedPeer {
  socket: Duplex
  address: string
  /** Largest message of the endpoint; it may be a reply waiting to be read. */
  messageBytesMax: number
}

interface Watched extends WatchedPeer {
  missedPongs: number
  unread: number
  isSlow: boolean
  /** When it last had read enough, and how many bytes it had read by then. */
  readMs: number
  readBytes: number
  sweptBytes: number
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number: "Try Again Later" */
const TRY_AGAIN_LATER = 1013

export class SocketWatch {
  private readonly options: SocketWatchOptions
  private readonly watched = new Map<WebSocket, Watched>()
  private readonly timer: NodeJS.Timeout
  private pingedMs: number
  private totalUnread = 0

  constructor(options: SocketWatchOptions) {
    this.options = options
    this.pingedMs = options.now()
    this.timer = setInterval(() => this.sweep(), options.limits.sweepMs)
  }

  /** Call before adding any other listener: a request of a slow reader pauses it before it is processed. */
  add(client: WebSocket, peer: WatchedPeer): void {
    const state: Watched = {
      ...peer,
      missedPongs: 0,
      unread: 0,
      isSlow: false,
      readMs: 0,
      readBytes: 0,
      sweptBytes: 0,
    }
    this.watched.set(client, state)
    const isAlive = () => {
      state.missedPongs = 0
    }
    client.on('pong', isAlive)
    client.on('message', isAlive)
    readPauseOf(client).onTake(() => {
      this.pauseIfSlow(client, state)
    })
    client.on('close', () => {
      this.watched.delete(client)
      this.totalUnread -= state.unread
    })
  }

  close(): void {
    clearInterval(this.timer)
  }

  private sweep(): void {
    const { limits, now } = this.options
    const isPingDue = now() - this.pingedMs >= limits.pingMs
    if (isPingDue) this.pingedMs = now()
    for (const [client, state] of this.watched) {
      if (client.readyState !== client.OPEN) continue
      this.pauseIfSlow(client, state)
      if (state.isSlow) this.judgeSlow(client, state)
      // Nothing is read from a paused peer, including its pongs.
      else if (isPingDue && !readPauseOf(client).isPaused) this.ping(client, state)
    }
  }

  private pauseIfSlow(client: WebSocket, state: Watched): void {
    this.look(client, state)
    if (state.isSlow || state.unread <= this.unreadMax) return
    state.isSlow = true
    state.readMs = this.options.now()
    state.readBytes = state.sweptBytes = bytesReadBy(state.socket)
    readPauseOf(client).set('unread', true)
  }

  private look(client: WebSocket, state: Watched): void {
    const unread = client.bufferedAmount
    this.totalUnread += unread - state.unread
    state.unread = unread
  }

  /** Lower when the total is high. */
  private get unreadMax(): number {
    const { unreadBytesMax, unreadBytesTotal, unreadBytesMin } = this.options.limits
    return this.totalUnread > unreadBytesTotal ? unreadBytesMin : unreadBytesMax
  }

  private judgeSlow(client: WebSocket, state: Watched): void {
    const { limits, now } = this.options
    const readBytes = bytesReadBy(state.socket)
    const isReading = readBytes > state.sweptBytes
    state.sweptBytes = readBytes
    if (state.unread <= this.unreadMax) {
      state.isSlow = false
      state.missedPongs = 0
      readPauseOf(client).set('unread', false)
      return
    }
    if (readBytes - state.readBytes >= limits.slowReaderBytesMin) {
      state.readMs = now()
      state.readBytes = readBytes
    }
    if (state.unread > limits.unreadBytesCut + state.messageBytesMax && !isReading) {
      this.options.onEnded(
        `the client at ${state.address} was disconnected: it left ${state.unread} bytes unread`,
      )
      client.terminate()
    } else if (now() - state.readMs >= limits.slowReaderGraceMs) {
      this.options.onEnded(
        `the client at ${state.address} was closed with ${TRY_AGAIN_LATER}: it left ${state.unread} bytes unread for ${limits.slowReaderGraceMs} ms`,
      )
      // Still paused: its requests are discarded. ws destroys the socket after its close timeout.
      client.close(TRY_AGAIN_LATER, 'replies are not read; reconnect and read faster')
    }
  }

  private ping(client: WebSocket, state: Watched): void {
    const { limits, onEnded } = this.options
    if (state.missedPongs >= limits.missedPongsMax) {
      onEnded(
        `the client at ${state.address} was disconnected: it left ${state.missedPongs} pings unanswered`,
      )
      client.terminate()
      return
    }
    state.missedPongs++
    client.ping()
  }
}

/** Bytes accepted by the operating system. Streams above the socket handle only count whole writes. */
function bytesReadBy(socket: Duplex): number {
  const { _handle: handle } = socket as {
    _handle?: { bytesWritten?: number; writeQueueSize?: number } | null
  }
  return (handle?.bytesWritten ?? 0) - (handle?.writeQueueSize ?? 0)
}
