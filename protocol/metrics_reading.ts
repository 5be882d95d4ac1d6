import type { Histogram } from './histogram.ts'
import type { MetricsErrorCode, MetricsGauge, MetricsStage } from './metrics.ts'

/** null and absent both mean unknown. */
export type Gauges = Partial<Record<MetricsGauge, number | null>>

/** Counters since process start, and current gauges. */
export interface MetricsReading {
  requests: number
  errors: Partial<Record<MetricsErrorCode, number>>
  stages: Partial<Record<MetricsStage, Histogram>>
  batchSizes: Histogram | null
  gauges: Gauges
}
