/** Latencies of the bench: exact to 0.1 %, since it compares medians that are close together. */
import { geometricBounds, Histogram } from '../../protocol/histogram.ts'

/** From 0.01 ms to the longest drain. */
const BOUNDS_MS = geometricBounds(0.01, 600_000, 1.001)

/** Counts in BOUNDS_MS: what crosses a process border. */
export type LatencyCounts = Float64Array

export const newHistogram = () => new Histogram(BOUNDS_MS)

export function merged(parts: readonly LatencyCounts[]): Histogram {
  return parts
    .map((counts) => new Histogram(BOUNDS_MS, counts))
    .reduce((sum, one) => sum.merge(one), newHistogram())
}

/** NaN when nothing was counted. */
export const percentileOf = (parts: readonly LatencyCounts[], share: number): number =>
  merged(parts).percentile(share) ?? NaN
