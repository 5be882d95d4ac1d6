/** Exact counts of latencies by the microsecond. Windows and processes are merged by count, never by averaged percentile. */

/** What crosses a process border: microseconds and how often. */
export type HistogramCounts = [microseconds: number, count: number][]

export class Histogram {
  private readonly counts = new Map<number, number>()
  private total = 0

  static merged(parts: readonly HistogramCounts[]): Histogram {
    const all = new Histogram()
    for (const part of parts) {
      for (const [microseconds, count] of part) all.note(microseconds, count)
    }
    return all
  }

  get size(): number {
    return this.total
  }

  add(milliseconds: number): void {
    this.note(Math.max(0, Math.round(milliseconds * 1000)), 1)
  }

  /** Nearest rank in milliseconds; NaN when nothing was noted. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.total))
    let seen = 0
    for (const [microseconds, count] of this.export()) {
      seen += count
      if (seen >= rank) return microseconds / 1000
    }
    return NaN
  }

  /** Sorted by time. */
  export(): HistogramCounts {
    return [...this.counts].sort(([a], [b]) => a - b)
  }

  private note(microseconds: number, count: number): void {
    this.counts.set(microseconds, (this.counts.get(microseconds) ?? 0) + count)
    this.total += count
  }
}
