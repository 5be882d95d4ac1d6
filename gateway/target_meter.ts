/** Counts for third-party backends what a built-in backend reports at GET /metrics. */
import { LRUCache } from 'lru-cache'
import {
  LATENCY_BOUNDS_S,
  METRIC_NAMES,
  METRICS_BACKENDS_MAX,
  type MetricsErrorCode,
} from '../protocol/metrics.ts'
import type { Clock } from '../protocol/clock.ts'
import { Histogram } from '../protocol/histogram.ts'
import { LatencyWindow } from '../protocol/latency_window.ts'
import type { Measured } from './observed.ts'
import type { Outcome } from './gateway_metrics.ts'

/** Monotonic milliseconds; `sentMs` is null when it was never sent. */
export interface RequestTimes {
  arrivedMs: number
  sentMs: number | null
  endedMs: number
}

export interface MeterGauges {
  outstanding(targetId: string): number
  queued(targetId: string): number
}

interface Meter {
  requests: number
  errors: Partial<Record<MetricsErrorCode, number>>
  readonly total: Histogram
  readonly queue: Histogram
  readonly inference: Histogram
  readonly recent: LatencyWindow
}

export class TargetMeter {
  private readonly clock: Clock
  private readonly gauges: MeterGauges
  private readonly meters = new LRUCache<string, Meter>({ max: METRICS_BACKENDS_MAX })

  constructor(clock: Clock, gauges: MeterGauges) {
    this.clock = clock
    this.gauges = gauges
  }

  note(targetId: string, outcome: Outcome, { arrivedMs, sentMs, endedMs }: RequestTimes): void {
    const meter = this.meters.get(targetId) ?? newMeter()
    this.meters.set(targetId, meter)
    meter.requests++
    // The client disconnected: not an error of the backend.
    if (outcome === 'client_gone') return
    if (outcome !== 'ok') {
      meter.errors[outcome] = (meter.errors[outcome] ?? 0) + 1
      return
    }
    meter.total.add((endedMs - arrivedMs) / 1000)
    meter.queue.add(((sentMs ?? endedMs) - arrivedMs) / 1000)
    meter.inference.add((endedMs - (sentMs ?? endedMs)) / 1000)
    meter.recent.add(endedMs, endedMs - arrivedMs)
  }

  forget(targetId: string): void {
    this.meters.delete(targetId)
  }

  read(targetId: string): Measured {
    const meter = this.meters.get(targetId) ?? newMeter()
    const queued = this.gauges.queued(targetId)
    return {
      requests: meter.requests,
      errors: { ...meter.errors },
      stages: {
        total: copy(meter.total),
        queue: copy(meter.queue),
        inference: copy(meter.inference),
      },
      batchSizes: null,
      gauges: { queue_depth: queued, in_flight: this.gauges.outstanding(targetId) },
      latencyMs: meter.recent.percentiles(this.clock.monotonic()),
    }
  }
}

/** In the Prometheus text format, under the names that a built-in backend uses. */
export function measuredPage({ requests, errors, stages, gauges }: Measured): string {
  const lines = [
    `# TYPE ${METRIC_NAMES.requests} counter`,
    `${METRIC_NAMES.requests} ${requests}`,
    `# TYPE ${METRIC_NAMES.errors} counter`,
    ...Object.entries(errors).map(
      ([code, count]) => `${METRIC_NAMES.errors}{code="${code}"} ${count}`,
    ),
    `# TYPE ${METRIC_NAMES.stages} histogram`,
    ...Object.entries(stages).flatMap(([stage, histogram]) => histogramLines(stage, histogram)),
    `# TYPE ${METRIC_NAMES.queueDepth} gauge`,
    `${METRIC_NAMES.queueDepth} ${gauges.queue_depth ?? 0}`,
    `# TYPE ${METRIC_NAMES.inFlight} gauge`,
    `${METRIC_NAMES.inFlight} ${gauges.in_flight ?? 0}`,
  ]
  return `${lines.join('\n')}\n`
}

function histogramLines(stage: string, { bounds, counts, sum, count }: Histogram): string[] {
  const name = METRIC_NAMES.stages
  let below = 0
  const buckets = bounds.map((bound, place) => {
    below += counts[place] ?? 0
    return `${name}_bucket{stage="${stage}",le="${bound}"} ${below}`
  })
  return [
    ...buckets,
    `${name}_bucket{stage="${stage}",le="+Inf"} ${count}`,
    `${name}_sum{stage="${stage}"} ${sum}`,
    `${name}_count{stage="${stage}"} ${count}`,
  ]
}

const newMeter = (): Meter => ({
  requests: 0,
  errors: {},
  total: new Histogram(LATENCY_BOUNDS_S),
  queue: new Histogram(LATENCY_BOUNDS_S),
  inference: new Histogram(LATENCY_BOUNDS_S),
  recent: new LatencyWindow(),
})

const copy = ({ bounds, counts, sum }: Histogram) => new Histogram(bounds, counts.slice(), sum)
