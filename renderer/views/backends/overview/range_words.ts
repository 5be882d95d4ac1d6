/** The ranges of the overview: their spans and what they are called. Pure. */
import { METRICS_RANGES, type MetricsRange } from '../../../../protocol/metrics.ts'

export const RANGES = Object.keys(METRICS_RANGES) as MetricsRange[]

export const RANGE_WORDS: Record<MetricsRange, { button: string; prose: string }> = {
  '5m': { button: '5 min', prose: 'the last 5 minutes' },
  '1h': { button: '1 h', prose: 'the last hour' },
  '24h': { button: '24 h', prose: 'the last 24 hours' },
}

export function spanMsOf(range: MetricsRange): number {
  const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
  return stepMs * points
}
