/** Latencies in buckets that grow by one per cent: any percentile within half a per cent, in bounded memory, and mergeable. */

/** The width of a bucket against its lower edge. */
const GROWTH = 1.01
/** Below a hundredth of a millisecond nothing is told apart. */
const LEAST_MS = 0.01

export class LatencyHistogram {
  private readonly counts = new Map<number, number>()
  count = 0
  maxMs = 0

  add(ms: number): void {
    const index = Math.max(0, Math.floor(Math.log(ms / LEAST_MS) / Math.log(GROWTH)))
    this.counts.set(index, (this.counts.get(index) ?? 0) + 1)
    this.count++
    this.maxMs = Math.max(this.maxMs, ms)
  }

  /** The value that `share` of all are at or below (nearest rank), in ms; null without any. */
  percentile(share: number): number | null {
    if (this.count === 0) return null
    const rank = Math.max(1, Math.ceil(share * this.count))
    let seen = 0
    for (const index of [...this.counts.keys()].sort((a, b) => a - b)) {
      seen += this.counts.get(index) ?? 0
      if (seen >= rank) return Math.min(this.maxMs, LEAST_MS * GROWTH ** (index + 0.5))
    }
    return this.maxMs
  }
}
