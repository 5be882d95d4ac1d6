/** Whether a WebSocket is read. It is paused while there is at least one reason; nothing else calls its `pause` and `resume`. */
import type { WebSocket } from 'ws'

export type PauseReason =
  /** The peer leaves too much unread. */
  | 'unread'
  /** Too many bytes from or for the peer are waiting in the gateway. */
  | 'unsent'
  /** Too many bytes of unfinished messages on the port. */
  | 'receipt'
  /** The long messages of the port have used their share of this event-loop turn. */
  | 'share'
  /** A message is being processed; the next one waits. */
  | 'turn'

export class ReadPause {
  private readonly socket: WebSocket
  private readonly reasons = new Set<PauseReason>()
  private readonly listeners: (() => void)[] = []
  private readonly checks: (() => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    // ws ignores `pause` before the handshake is complete.
    if (socket.readyState === socket.CONNECTING) {
      socket.once('open', () => {
        this.apply()
      })
    }
  }

  get isPaused(): boolean {
    return this.reasons.size > 0
  }

  has(reason: PauseReason): boolean {
    return this.reasons.has(reason)
  }

  set(reason: PauseReason, holds: boolean): void {
    if (this.reasons.has(reason) === holds) return
    if (holds) this.reasons.add(reason)
    else this.reasons.delete(reason)
    this.apply()
    if (!holds) for (const listener of this.listeners) listener()
  }

  onRemoved(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** `check` may add a reason before a message is taken that arrived before the pause. */
  onTake(check: () => void): void {
    this.checks.push(check)
  }

  mayTake(): boolean {
    for (const check of this.checks) check()
    return !this.reasons.has('unread') && !this.reasons.has('turn')
  }

  private apply(): void {
    if (this.isPaused === this.socket.isPaused) return
    if (this.isPaused) this.socket.pause()
    else this.socket.resume()
  }
}

const pauses = new WeakMap<WebSocket, ReadPause>()

export function readPauseOf(socket: WebSocket): ReadPause {
  const known = pauses.get(socket)
  if (known !== undefined) return known
  const made = new ReadPause(socket)
  pauses.set(socket, made)
  return made
}
