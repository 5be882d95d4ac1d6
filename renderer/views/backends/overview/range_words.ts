/** The ranges of the overview: their spans and what they are called. Pure. */
import { t } from '../../../i18n/i18n.ts'
import { METRICS_RANGES, type MetricsRange } from '../../../../protocol/metrics.ts'

export const RANGES = Object.keys(METRICS_RANGES) as MetricsRange[]

/** On its button: "5 min". */
export const rangeButton = (range: MetricsRange): string => t(`overview:button.${range}`)
/** In a sentence: "the last 5 minutes". */
export const rangeProse = (range: MetricsRange): string => t(`overview:prose.${range}`)

export function spanMsOf(range: MetricsRange): number {
  const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
  return stepMs * points
}
