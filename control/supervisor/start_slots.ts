/** Limits concurrent starts: 256 backends loading their models together would starve those that serve. */
import { Timer } from '../../protocol/disposables.ts'

export interface StartTicket {
  readonly ahead: number
  /** The start has finished or is no longer wanted. Idempotent, at any time. */
  release(): void
}

interface Start {
  begin: () => void
  /** Releases the slot. */
  timer: Timer
}

/** A longer start, such as a model that loads for minutes, does not block others. */
export const SLOT_MS_MAX = 30_000

export class StartSlots {
  private readonly max: number
  private readonly begun = new Set<Start>()
  private readonly waiting = new Set<Start>()

  constructor(max: number) {
    this.max = max
  }

  /** Calls `begin` once there is a free slot, in request order, possibly before it returns. `begin` must not throw. */
  request(begin: () => void): StartTicket {
    const start: Start = { begin, timer: new Timer() }
    this.waiting.add(start)
    this.fill()
    const { waiting, begun } = this
    return {
      get ahead() {
        const index = [...waiting].indexOf(start)
        return index === -1 ? 0 : begun.size + index
      },
      release: () => {
        this.waiting.delete(start)
        this.free(start)
      },
    }
  }

  private free(start: Start): void {
    if (!this.begun.delete(start)) return
    start.timer.clear()
    // Not synchronously: a chain of immediately failing starts would overflow the stack.
    queueMicrotask(() => {
      this.fill()
    })
  }

  private fill(): void {
    for (const start of this.waiting) {
      if (this.begun.size >= this.max) return
      this.waiting.delete(start)
      this.begun.add(start)
      start.timer.set(SLOT_MS_MAX, () => this.free(start))
      start.begin()
    }
  }
}
