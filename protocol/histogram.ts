/** Bucketed counts with a sum, shared by all programs. Percentiles come from merged counts. */

/** Bounds from `first` to at least `last`, each `ratio` times the previous. */
export function geometricBounds(first: number, last: number, ratio: number): readonly number[] {
  const steps = Math.ceil(Math.log(last / first) / Math.log(ratio))
  return Array.from({ length: steps + 1 }, (_, step) => first * ratio ** step)
}

export const FINE_BOUNDS_MS = geometricBounds(0.01, 600_000, 1.01)

export class Histogram {
  /** Ascending upper bounds; a value equal to a bound counts in its bucket, as in Prometheus. */
  readonly bounds: readonly number[]
  /** One count per bound, and one for values above all bounds. */
  readonly counts: Float64Array
  sum: number

  /** Uses `counts` without a copy, so it may be part of a larger array. */
  constructor(
    bounds: readonly number[] = FINE_BOUNDS_MS,
    counts: Float64Array = new Float64Array(bounds.length + 1),
    sum = 0,
  ) {
    if (counts.length !== bounds.length + 1) {
      throw new RangeError(
        `${bounds.length} bounds need ${bounds.length + 1} counts and got ${counts.length}; add one for the values above all bounds`,
      )
    }
    this.bounds = bounds
    this.counts = counts
    this.sum = sum
  }

  get count(): number {
    // Plain loops: a day of one backend is 1,440 rows of six histograms.
    let total = 0
    for (let place = 0; place < this.counts.length; place++) total += this.counts[place] ?? 0
    return total
  }

  get mean(): number | null {
    const { count } = this
    return count === 0 ? null : this.sum / count
  }

  add(value: number, times = 1): void {
    const place = bucketOf(this.bounds, value)
    this.counts[place] = (this.counts[place] ?? 0) + times
    this.sum += value * times
  }

  /** Throws RangeError if the bounds differ. */
  merge(other: Histogram): Histogram {
    this.demandSameBounds(other)
    const counts = this.counts.slice()
    for (let place = 0; place < counts.length; place++) {
      counts[place] = (counts[place] ?? 0) + (other.counts[place] ?? 0)
    }
    return new Histogram(this.bounds, counts, this.sum + other.sum)
  }

  /** null if a count fell, i.e. the counter restarted. Throws RangeError if the bounds differ. */
  subtract(earlier: Histogram): Histogram | null {
    this.demandSameBounds(earlier)
    const counts = this.counts.map((count, place) => count - (earlier.counts[place] ?? 0))
    if (counts.some((count) => count < 0)) return null
    return new Histogram(this.bounds, counts, Math.max(0, this.sum - earlier.sum))
  }

  percentiles(): { p50: number; p95: number; p99: number } | null {
    const { count } = this
    if (count === 0) return null
    const at = (share: number) => this.atRank(Math.ceil(share * count))
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }

  /**
   * Nearest rank, `share` in (0, 1]. Ranks are spread logarithmically within a bucket (linearly in the first), so the
   * error is at most the ratio of its bounds. Values above all bounds read as the last bound.
   */
  percentile(share: number): number | null {
    const { count } = this
    return count === 0 ? null : this.atRank(Math.min(count, Math.max(1, Math.ceil(share * count))))
  }

  private atRank(rank: number): number {
    let below = 0
    for (let place = 0; place < this.bounds.length; place++) {
      const inBucket = this.counts[place] ?? 0
      if (below + inBucket >= rank) return this.within(place, (rank - below - 0.5) / inBucket)
      below += inBucket
    }
    return this.bounds.at(-1) ?? 0
  }

  private within(place: number, position: number): number {
    const upper = this.bounds[place] ?? 0
    const lower = this.bounds[place - 1] ?? 0
    return lower > 0 ? lower * (upper / lower) ** position : upper * position
  }

  private demandSameBounds({ bounds }: Histogram): void {
    if (bounds === this.bounds) return
    if (bounds.length === this.bounds.length && bounds.every((b, i) => b === this.bounds[i])) return
    throw new RangeError(
      `histograms with ${this.bounds.length} and ${bounds.length} bounds, or with different ones, cannot be merged; read both into the same buckets`,
    )
  }
}

/** Index of the first bound that is at least `value`; `bounds.length` if there is none. */
export function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bounds[middle] ?? Infinity) < value) low = middle + 1
    else high = middle
  }
  return low
}
