/** A histogram that merges: counts of values in fixed buckets, and their sum. Pure but for `add`. */

export class Histogram {
  /** Upper bounds of the buckets, ascending; a value that equals a bound falls below it, as in Prometheus. */
  readonly bounds: readonly number[]
  /** One count for each bound, and a last one for the values above all bounds. */
  readonly counts: Float64Array
  sum: number

  /** Keeps `counts` itself, not a copy, so that it may be a part of a larger array. */
  constructor(
    bounds: readonly number[],
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
    // Plain loops here and in percentile(): a day of one backend is 1,440 rows of six histograms.
    let total = 0
    for (let place = 0; place < this.counts.length; place++) total += this.counts[place] ?? 0
    return total
  }

  /** null when empty. */
  get mean(): number | null {
    const { count } = this
    return count === 0 ? null : this.sum / count
  }

  add(value: number, times = 1): void {
    const place = bucketOf(this.bounds, value)
    this.counts[place] = (this.counts[place] ?? 0) + times
    this.sum += value * times
  }

  /** All values of both. Throws RangeError when the bounds differ. */
  merge(other: Histogram): Histogram {
    this.demandSameBounds(other)
    const counts = this.counts.map((count, place) => count + (other.counts[place] ?? 0))
    return new Histogram(this.bounds, counts, this.sum + other.sum)
  }

  /**
   * The values that came since `earlier`; null when a count fell, so that `earlier` is not of the same life of the counter.
   * Throws RangeError when the bounds differ.
   */
  subtract(earlier: Histogram): Histogram | null {
    this.demandSameBounds(earlier)
    const counts = this.counts.map((count, place) => count - (earlier.counts[place] ?? 0))
    if (counts.some((count) => count < 0)) return null
    return new Histogram(this.bounds, counts, Math.max(0, this.sum - earlier.sum))
  }

  /**
   * The value of nearest rank `ceil(share * count)`, `share` in (0, 1]; null when empty.
   *
   * The exact value lies in the bucket whose place is found here, so the answer is off by at most the ratio of the bucket's
   * bounds (LATENCY_ERROR_FACTOR), and by its root when the value is alone in the bucket: within the bucket the ranks are spread
   * evenly on a logarithmic scale, each in the middle of its share. The first bucket begins at 0, where no logarithm is, and is
   * spread linearly. Values above all bounds read as the last bound: they are at least that.
   */
  percentile(share: number): number | null {
    const { count } = this
    if (count === 0) return null
    const rank = Math.min(count, Math.max(1, Math.ceil(share * count)))
    let below = 0
    for (let place = 0; place < this.bounds.length; place++) {
      const inBucket = this.counts[place] ?? 0
      if (below + inBucket >= rank) return this.within(place, (rank - below - 0.5) / inBucket)
      below += inBucket
    }
    return this.bounds.at(-1) ?? null
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

/** The place of the first bound that is not below `value`; `bounds.length` above all of them. */
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
