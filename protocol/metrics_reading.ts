/** What a backend has counted, from its page GET /metrics or measured by the gateway. */
import type { Histogram } from './histogram.ts'
import type { MetricsErrorCode, MetricsGauge, MetricsStage } from './metrics.ts'

/** Those that were read; null and absent alike are unknown. */
export type Gauges = Partial<Record<MetricsGauge, number | null>>

/** The counters since the process began, and the gauges of this moment. */
export interface MetricsReading {
  requests: number
  errors: Partial<Record<MetricsErrorCode, number>>
  stages: Partial<Record<MetricsStage, Histogram>>
  batchSizes: Histogram | null
  gauges: Gauges
}
