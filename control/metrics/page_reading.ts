import {
  BATCH_BOUNDS,
  LATENCY_BOUNDS_S,
  METRICS_ERROR_CODES,
  METRICS_STAGES,
  METRIC_NAMES,
} from '../../protocol/metrics.ts'
import type { MetricsReading } from '../../protocol/metrics_reading.ts'
import type { MetricsDelta } from './cell.ts'
import { bucketOf, Histogram } from '../../protocol/histogram.ts'
import { parseExposition, readNumber, type Sample } from '../../protocol/prometheus_text.ts'

export const FIRST_READING: MetricsReading = {
  requests: 0,
  errors: {},
  stages: {},
  batchSizes: null,
  gauges: {},
}

/** null when the page does not use our metric names. */
export function readPage(page: string): MetricsReading | null {
  const byName = new Map<string, Sample[]>()
  for (const sample of parseExposition(page).samples) {
    const same = byName.get(sample.name)
    if (same === undefined) byName.set(sample.name, [sample])
    else same.push(sample)
  }
  const of = (name: string) => byName.get(name) ?? []
  const requests = total(of(METRIC_NAMES.requests))
  if (requests === null) return null
  return {
    requests: Math.floor(requests),
    errors: readErrors(of(METRIC_NAMES.errors)),
    stages: readStages(of),
    batchSizes: readHistogram(of, METRIC_NAMES.batchSizes, BATCH_BOUNDS, () => true),
    gauges: {
      queue_depth: total(of(METRIC_NAMES.queueDepth)),
      in_flight: total(of(METRIC_NAMES.inFlight)),
      rss_bytes: total(of(METRIC_NAMES.rssBytes)),
    },
  }
}

/** null when any counter decreased: another process is counting. */
export function deltaOf(
  before: MetricsReading,
  now: MetricsReading,
  elapsedMs: number,
): MetricsDelta | null {
  const requests = now.requests - before.requests
  const errors = errorsBetween(before, now)
  const batchSizes = histogramBetween(before.batchSizes, now.batchSizes)
  const stages: MetricsDelta['stages'] = {}
  for (const stage of METRICS_STAGES) {
    const delta = histogramBetween(before.stages[stage] ?? null, now.stages[stage] ?? null)
    if (delta === 'fell') return null
    if (delta !== null) stages[stage] = delta
  }
  if (requests < 0 || errors === null || batchSizes === 'fell') return null
  return { elapsedMs, from: 'page', requests, errors, stages, batchSizes, pongLatency: null }
}

type SamplesOf = (name: string) => Sample[]

/** Sum over all series of a name, since a process may serve several models; null when none is a number. */
function total(samples: Sample[]): number | null {
  const values = samples.map(({ value }) => value).filter((value) => value >= 0 && value < Infinity)
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}

function readErrors(samples: Sample[]): MetricsReading['errors'] {
  const errors: MetricsReading['errors'] = {}
  for (const sample of samples) {
    const told = sample.labels.get('code')
    const code = METRICS_ERROR_CODES.find((known) => known === told) ?? 'other'
    errors[code] = (errors[code] ?? 0) + Math.floor(total([sample]) ?? 0)
  }
  return errors
}

function readStages(of: SamplesOf): MetricsReading['stages'] {
  const stages: MetricsReading['stages'] = {}
  for (const stage of METRICS_STAGES) {
    const isStage = ({ labels }: Sample) => labels.get('stage') === stage
    const histogram = readHistogram(of, METRIC_NAMES.stages, LATENCY_BOUNDS_S, isStage)
    if (histogram !== null) stages[stage] = histogram
  }
  return stages
}

/** null when missing or not monotone. A third-party bucket counts at its upper bound: percentiles are never too low. */
function readHistogram(
  of: SamplesOf,
  name: string,
  bounds: readonly number[],
  isWanted: (sample: Sample) => boolean,
): Histogram | null {
  const buckets = of(`${name}_bucket`).filter(isWanted)
  const sum = total(of(`${name}_sum`).filter(isWanted))
  if (buckets.length === 0 || sum === null) return null
  const upTo = new Map<number, number>()
  for (const { labels, value } of buckets) {
    const bound = readNumber(labels.get('le') ?? '') ?? NaN
    upTo.set(bound, (upTo.get(bound) ?? 0) + Math.floor(value))
  }
  const histogram = new Histogram(bounds, undefined, sum)
  let below = 0
  for (const [bound, count] of [...upTo].sort(([a], [b]) => a - b)) {
    // Also rejects NaN.
    if (!(bound >= -Infinity && count >= below && count < Infinity)) return null
    const place = bucketOf(bounds, bound)
    histogram.counts[place] = (histogram.counts[place] ?? 0) + count - below
    below = count
  }
  return histogram
}

function errorsBetween(
  before: MetricsReading,
  now: MetricsReading,
): MetricsReading['errors'] | null {
  const errors: MetricsReading['errors'] = {}
  for (const code of METRICS_ERROR_CODES) {
    const count = (now.errors[code] ?? 0) - (before.errors[code] ?? 0)
    if (count < 0) return null
    if (count > 0) errors[code] = count
  }
  return errors
}

/** A histogram is absent until its first value, so a missing one has decreased. */
function histogramBetween(
  before: Histogram | null,
  now: Histogram | null,
): Histogram | 'fell' | null {
  if (now === null) return before === null || before.count === 0 ? null : 'fell'
  return before === null ? now : (now.subtract(before) ?? 'fell')
}
