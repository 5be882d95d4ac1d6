/** The ring of log lines of all processes, with filters and followers. Bounded; what it lets go is counted. */
import type { LogFilter, LogLevel, LogLine } from '../../protocol/control.ts'

export const LINES_MAX = 100_000

export type LevelCounts = Record<LogLevel, number>
export type NewLine = Omit<LogLine, 'seq' | 'time'> & { time?: number }

export class LogStore {
  private readonly capacity: number
  private readonly now: () => number
  private readonly ring: LogLine[] = []
  private readonly followers = new Set<(line: LogLine) => void>()
  private nextSeq = 0

  /** `now` is unix milliseconds. */
  constructor(now: () => number, capacity: number = LINES_MAX) {
    this.now = now
    this.capacity = capacity
  }

  /** Lines written since the start. */
  get total(): number {
    return this.nextSeq
  }

  /** Lines that the ring no longer holds. */
  get dropped(): number {
    return Math.max(0, this.nextSeq - this.capacity)
  }

  add({ time, ...line }: NewLine): void {
    const full: LogLine = { ...line, seq: this.nextSeq, time: time ?? this.now() }
    this.ring[this.nextSeq % this.capacity] = full
    this.nextSeq++
    for (const follower of this.followers) follower(full)
  }

  /** The newest `limit` lines that match, oldest first, and how many match in all by level (levels not applied). */
  query(filter: LogFilter, limit: number): { lines: LogLine[]; counts: LevelCounts } {
    const matches = matcher(filter)
    const counts = noCounts()
    const newestFirst: LogLine[] = []
    for (let seq = this.nextSeq - 1; seq >= this.dropped; seq--) {
      const line = this.ring[seq % this.capacity]
      if (line === undefined) break
      const match = matches(line)
      if (match === 'no') continue
      counts[line.level]++
      if (match === 'yes' && newestFirst.length < limit) newestFirst.push(line)
    }
    return { lines: newestFirst.reverse(), counts }
  }

  /** Calls `onLine` for every line from now on. Returns the function that ends it. */
  follow(onLine: (line: LogLine) => void): () => void {
    this.followers.add(onLine)
    return () => {
      this.followers.delete(onLine)
    }
  }
}

export const noCounts = (): LevelCounts => ({ debug: 0, info: 0, warn: 0, error: 0 })

/** `level` = all fits but the level: it counts, and is not shown. */
export function matcher(filter: LogFilter): (line: LogLine) => 'yes' | 'no' | 'level' {
  const sources = new Set(filter.sources ?? [])
  const levels = filter.levels === undefined ? null : new Set(filter.levels)
  const search = filter.search?.toLowerCase() ?? ''
  return (line) => {
    if (sources.size > 0 && !sources.has(line.source)) return 'no'
    if (search !== '' && !textOf(line).includes(search)) return 'no'
    return levels === null || levels.has(line.level) ? 'yes' : 'level'
  }
}

const textOf = (line: LogLine) => `${line.message} ${line.request_id ?? ''}`.toLowerCase()
