/** What was handed to a backend and is not answered, over all clients: the suspects when the backend crashes. */
import type { Clock } from '../protocol/clock.ts'
import type { InputHash } from './input_hash.ts'
import type { InFlightLoad, InFlightRequest } from './observed.ts'

export type NewInFlight = Omit<InFlightRequest, 'hash' | 'since'> & { input: InputHash }

/** One request in the registry, for whoever added it. Each method may be called at any time; after the first, none does anything. */
export interface InFlightEntry {
  /** The backend has answered: it is no suspect any more. */
  answered(): void
  /**
   * Nobody will hear of the answer: the connection broke, or the client left. The backend may work on it still, and the
   * socket of a crashed process closes before its exit is noticed: it stays a suspect for LINGER_MS.
   */
  lost(): void
}

/** Far more than passes between a socket's end and the exit of its process; and as long as `request_timeout` by default. */
const LINGER_MS = 30_000
/** Entries that linger; of more, the oldest are let go. */
const LINGERING_MAX = 10_000

interface Held extends NewInFlight {
  since: number
  /** When it was handed over, monotonic ms. */
  sinceMs: number
  /** When it began to linger, monotonic ms; null while an answer may still come. */
  lostMs: number | null
}

export class InFlight {
  private readonly clock: Clock
  private readonly held = new Set<Held>()
  /** Those of `held` that linger, the longest first. */
  private readonly lingering = new Set<Held>()
  /** When each target last answered, monotonic ms. */
  private readonly answeredMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Called when the frame is handed to the socket, not before. */
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
    // In the order of the set, which is that of their age.
    const owed = [...this.held].filter((held) => held.targetId === targetId && held.lostMs === null)
    const answeredMs = this.answeredMs.get(targetId)
    return {
      count: owed.length,
      oldestMs: owed[0] === undefined ? null : nowMs - owed[0].sinceMs,
      sinceAnswerMs: answeredMs === undefined ? null : nowMs - answeredMs,
    }
  }

  /** Oldest first. Hashes those that were not hashed yet. */
  inFlightOf(targetId: string): InFlightRequest[] {
    this.letGo()
    return [...this.held]
      .filter((held) => held.targetId === targetId)
      .map(({ backend, requestId, input, bytes, since }) => {
        return { targetId, backend, requestId, hash: input.get(), bytes, since }
      })
  }

  /** Forgets all of a target: its process has ended, or a new one begins with nothing. Returns what it was. */
  takeOf(targetId: string): InFlightRequest[] {
    const taken = this.inFlightOf(targetId)
    this.forget(targetId)
    return taken
  }

  /** Forgets all of a target without looking at it. */
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
