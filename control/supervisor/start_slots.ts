/** Bounds how many processes start at the same time: 256 that load their models together would starve everything that serves. */

/** One start, from the wish to its end. */
export interface StartTicket {
  /** Starts that must end before this one begins; 0 when it has begun. */
  readonly ahead: number
  /** It has come to its end, or is not wanted any more. May be called at any time, and more than once. */
  release(): void
}

interface Start {
  begin: () => void
  /** Ends its hold on the slot; null while it waits. */
  timer: NodeJS.Timeout | null
}

/** A start that takes longer, such as that of a model which loads for minutes, holds up nobody any more. */
export const SLOT_MS_MAX = 30_000

export class StartSlots {
  private readonly max: number
  private readonly begun = new Set<Start>()
  private readonly waiting = new Set<Start>()

  constructor(max: number) {
    this.max = max
  }

  /** Calls `begin` when there is a free slot: at the earliest before it returns, in the order of the requests. It may not throw. */
  request(begin: () => void): StartTicket {
    const start: Start = { begin, timer: null }
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
    if (start.timer !== null) clearTimeout(start.timer)
    // Not from within the one that has ended: a chain of starts that fail immediately would nest as deep as it is long.
    queueMicrotask(() => {
      this.fill()
    })
  }

  private fill(): void {
    for (const start of this.waiting) {
      if (this.begun.size >= this.max) return
      this.waiting.delete(start)
      this.begun.add(start)
      start.timer = setTimeout(() => {
        this.free(start)
      }, SLOT_MS_MAX)
      start.begin()
    }
  }
}
