/** Requests sent and not answered, over all clients: the suspects when a backend crashes. */
import type { Clock } from '../protocol/clock.ts'
import type { InputHash } from './input_hash.ts'
import type { InFlightLoad, InFlightRequest } from './observed.ts'

export type NewInFlight = Omit<InFlightRequest, 'hash' | 'since'> & { input: InputHash }

/** Only the first call of any method has an effect. */
export interface InFlightEntry {
  answered(): void
  /**
   * The reply will not be seen: the connection broke, or the client disconnected. The backend may still process the request, and the
   * socket of a crashed process closes before its exit is noticed, so it stays a suspect for LINGER_MS.
   */
  lost(): void
}

/** Far longer than between the close of a socket and the exit of its process; equals the default `request_timeout`. */
const LINGER_MS = 30_000
const LINGERING_MAX = 10_000

interface Held extends NewInFlight {
  since: number
  sinceMs: number
  /** Monotonic milliseconds; null while a reply is expected. */
  lostMs: number | null
}

export class InFlight {
  private readonly clock: Clock
  private readonly held = new Set<Held>()
  private readonly lingering = new Set<Held>()
  private readonly answeredMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Call when the frame is handed to the socket, not before. */
  add(request: NewInFlight): InFlightEntry {
    const { clock } = this
    const held: Held = {
      ...request,
      since: clock.wall(),
      sinceMs: clock.monotonic(),
      lostMs: null,
    }
    this.held.add(held)
    return {
      answered: () => {
        if (held.lostMs !== null) return
        if (this.held.has(held)) this.answeredMs.set(held.targetId, clock.monotonic())
        this.drop(held)
      },
      lost: () => {
        if (held.lostMs !== null || !this.held.has(held)) return
        held.lostMs = this.clock.monotonic()
        this.lingering.add(held)
        this.letGo()
      },
    }
  }

  loadOf(targetId: string): InFlightLoad {
    const nowMs = this.clock.monotonic()
    const owed = [...this.held].filter((held) => held.targetId === targetId && held.lostMs === null)
    const answeredMs = this.answeredMs.get(targetId)
    return {
      count: owed.length,
      oldestMs: owed[0] === undefined ? null : nowMs - owed[0].sinceMs,
      sinceAnswerMs: answeredMs === undefined ? null : nowMs - answeredMs,
    }
  }

  /** Oldest first. Hashes inputs that are not hashed yet. */
  inFlightOf(targetId: string): InFlightRequest[] {
    this.letGo()
    return [...this.held]
      .filter((held) => held.targetId === targetId)
      .map(({ backend, requestId, input, bytes, since }) => {
        return { targetId, backend, requestId, hash: input.get(), bytes, since }
      })
  }

  /** Removes and returns all entries of a target: its process has exited, or a new one starts. */
  takeOf(targetId: string): InFlightRequest[] {
    const taken = this.inFlightOf(targetId)
    this.forget(targetId)
    return taken
  }

  forget(targetId: string): void {
    this.answeredMs.delete(targetId)
    for (const held of this.held) if (held.targetId === targetId) this.drop(held)
  }

  get size(): number {
    this.letGo()
    return this.held.size
  }

  private letGo(): void {
    const limitMs = this.clock.monotonic() - LINGER_MS
    for (const held of this.lingering) {
      const isOver = held.lostMs !== null && held.lostMs <= limitMs
      if (!isOver && this.lingering.size <= LINGERING_MAX) return
      this.drop(held)
    }
  }

  private drop(held: Held): void {
    this.held.delete(held)
    this.lingering.delete(held)
  }
}
