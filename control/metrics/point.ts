import {
  METRICS_ERROR_CODES,
  METRICS_STAGES,
  type GaugeReading,
  type MetricsGauge,
  type MetricsPoint,
  type MetricsStage,
  type StageLatency,
} from '../../protocol/metrics.ts'
import { errorName, type Cell } from './cell.ts'

/** `time` is the start in unix milliseconds. */
export function pointOf(cell: Cell, time: number, durationMs: number): MetricsPoint {
  const pageMs = cell.measure('page_ms')
  const coveredMs = cell.measure('covered_ms')
  // Without a reading the counts are unknown; a row may still hold gauges.
  const ifCounted = <T>(value: T) => (coveredMs > 0 ? value : null)
  const errors = METRICS_ERROR_CODES.map((code) => [code, cell.count(errorName(code))] as const)
  const requests = cell.count('requests')
  const answers = cell.histogram('total').count
  return {
    time,
    duration_ms: durationMs,
    covered_ms: ifCounted(short(coveredMs)),
    requests: ifCounted(requests),
    requests_per_s: rate(requests, coveredMs),
    answers: pageMs > 0 ? answers : null,
    answers_per_s: rate(answers, pageMs),
    errors: ifCounted(errors.reduce((sum, [, count]) => sum + count, 0)),
    errors_by_code: ifCounted(Object.fromEntries(errors.filter(([, count]) => count > 0))),
    latency_ms: Object.fromEntries(
      METRICS_STAGES.map((stage) => [stage, latencyOf(cell, stage)]),
    ) as Record<MetricsStage, StageLatency | null>,
    batch_size: batchSizeOf(cell),
    queue_depth: gaugeOf(cell, 'queue_depth'),
    in_flight: gaugeOf(cell, 'in_flight'),
    rss_bytes: gaugeOf(cell, 'rss_bytes'),
    gpu_bytes: gaugeOf(cell, 'gpu_bytes'),
    pong_ms: gaugeOf(cell, 'pong_ms'),
  }
}

export function emptyPoint(time: number, durationMs: number): MetricsPoint {
  const nothing = { queue: null, preprocess: null, inference: null, postprocess: null, total: null }
  return {
    time,
    duration_ms: durationMs,
    covered_ms: null,
    requests: null,
    requests_per_s: null,
    answers: null,
    answers_per_s: null,
    errors: null,
    errors_by_code: null,
    latency_ms: nothing,
    batch_size: null,
    queue_depth: null,
    in_flight: null,
    rss_bytes: null,
    gpu_bytes: null,
    pong_ms: null,
  }
}

const rate = (count: number, ms: number) => (ms > 0 ? short((count / ms) * 1000) : null)

/** Three decimals, microseconds of a latency, keep the 1,440 points of a day short. */
const short = (value: number) => Math.round(value * 1000) / 1000

function latencyOf(cell: Cell, stage: MetricsStage): StageLatency | null {
  const histogram = cell.histogram(stage)
  const { count, mean } = histogram
  const percentiles = histogram.percentiles()
  if (mean === null || percentiles === null) return stage === 'total' ? pongLatencyOf(cell) : null
  const ms = (seconds: number) => short(seconds * 1000)
  const { p50, p95, p99 } = percentiles
  return { p50: ms(p50), p95: ms(p95), p99: ms(p99), from: 'histogram', mean: ms(mean), count }
}

function pongLatencyOf(cell: Cell): StageLatency | null {
  if (cell.measure('latency:readings') === 0) return null
  return {
    p50: short(cell.measure('latency:p50')),
    p95: short(cell.measure('latency:p95')),
    p99: short(cell.measure('latency:p99')),
    from: 'pong',
    mean: null,
    count: null,
  }
}

function batchSizeOf(cell: Cell): MetricsPoint['batch_size'] {
  const { mean, counts, bounds } = cell.histogram('batch_size')
  if (mean === null) return null
  return { mean: short(mean), at_most: bounds[counts.findLastIndex((count) => count > 0)] ?? null }
}

function gaugeOf(cell: Cell, gauge: MetricsGauge): GaugeReading | null {
  const readings = cell.measure(`${gauge}:readings`)
  if (readings === 0) return null
  return {
    mean: short(cell.measure(`${gauge}:sum`) / readings),
    max: short(cell.measure(`${gauge}:max`)),
  }
}
