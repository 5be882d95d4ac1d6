/** A second in which nothing was measured, with overrides. */
import type { MetricsPoint, StageLatency } from '../../protocol/metrics.ts'
import { TEST_EPOCH } from '../../testing/views.ts'

const NO_STAGES = { queue: null, preprocess: null, inference: null, postprocess: null, total: null }

export function aPoint(differing: Partial<MetricsPoint> = {}): MetricsPoint {
  return {
    time: TEST_EPOCH,
    duration_ms: 1000,
    covered_ms: null,
    requests: null,
    requests_per_s: null,
    answers: null,
    answers_per_s: null,
    errors: null,
    errors_by_code: null,
    latency_ms: NO_STAGES,
    batch_size: null,
    queue_depth: null,
    in_flight: null,
    rss_bytes: null,
    gpu_bytes: null,
    pong_ms: null,
    ...differing,
  }
}

/** All percentiles and the mean are `ms`. */
export function aStage(ms: number, from: StageLatency['from'] = 'histogram'): StageLatency {
  const isPong = from === 'pong'
  return { p50: ms, p95: ms, p99: ms, from, mean: isPong ? null : ms, count: isPong ? null : 1 }
}

export function stages(differing: Partial<MetricsPoint['latency_ms']>): MetricsPoint['latency_ms'] {
  return { ...NO_STAGES, ...differing }
}
