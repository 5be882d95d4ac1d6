/** Bench latencies: exact to 0.1 %, to compare close medians. */
import { geometricBounds, Histogram } from '../../protocol/histogram.ts'

/** From 0.01 ms to the longest drain. */
const BOUNDS_MS = geometricBounds(0.01, 600_000, 1.001)

/** Counts in BOUNDS_MS, for transfer between processes. */
export type LatencyCounts = Float64Array

export const newHistogram = () => new Histogram(BOUNDS_MS)

export function merged(parts: readonly LatencyCounts[]): Histogram {
  return parts
    .map((counts) => new Histogram(BOUNDS_MS, counts))
    .reduce((sum, one) => sum.merge(one), newHistogram())
}

/** NaN without values. */
export const percentileOf = (parts: readonly LatencyCounts[], share: number): number =>
  merged(parts).percentile(share) ?? NaN
