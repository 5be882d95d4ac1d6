/** Whether a WebSocket is read. It is paused while anyone has a reason; nothing else calls its `pause` and `resume`. */
import type { WebSocket } from 'ws'

export type PauseReason =
  /** The peer leaves too much unread. */
  | 'unread'
  /** Too much of what the peer sent, or is owed, waits in the gateway. */
  | 'unsent'
  /** Too much of what the peers of the port began to send is not complete. */
  | 'receipt'
  /** The long messages of the port have had their share of this turn of the event loop. */
  | 'share'
  /** A message is being worked on, and the next one must wait for it. */
  | 'turn'

export class ReadPause {
  private readonly socket: WebSocket
  private readonly reasons = new Set<PauseReason>()
  private readonly listeners: (() => void)[] = []
  private readonly checks: (() => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    // ws ignores `pause` before the handshake is over.
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

  /** Adds or removes a reason; to repeat it changes nothing. */
  set(reason: PauseReason, holds: boolean): void {
    if (this.reasons.has(reason) === holds) return
    if (holds) this.reasons.add(reason)
    else this.reasons.delete(reason)
    this.apply()
    if (!holds) for (const listener of this.listeners) listener()
  }

  /** `listener` is called after a reason is gone. */
  onRemoved(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** `check` may add a reason, before a message is taken that came before the socket was paused. */
  onTake(check: () => void): void {
    this.checks.push(check)
  }

  /** Whether a message that was received already may be taken. */
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

/** The one ReadPause of a socket. */
export function readPauseOf(socket: WebSocket): ReadPause {
  const known = pauses.get(socket)
  if (known !== undefined) return known
  const made = new ReadPause(socket)
  pauses.set(socket, made)
  return made
}
