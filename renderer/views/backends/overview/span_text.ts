import { METRICS_SPANS, type MetricsSpan } from '../../../../protocol/metrics.ts'
import type { AxisSpan } from '../../../charts/span_labels.ts'
import { clockMinutes, clockSeconds, dayAndMonth } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import type { ChartSpan, FixedSpan } from '../../../state/chart_span.ts'

export const SPANS = Object.keys(METRICS_SPANS) as MetricsSpan[]

const SECONDS_BELOW_MS = 10 * 60_000

export const spanButton = (span: MetricsSpan): string => t(`overview:button.${span}`)

/** In a sentence: "the last 5 minutes", "29 Nov 14:00 – 15:30". */
export function spanProse(span: ChartSpan): string {
  return typeof span === 'string' ? t(`overview:prose.${span}`) : fixedText(span)
}

/** `29 Nov 14:00 – 15:30`; with seconds only if both ends need them. */
export function fixedText({ fromMs, toMs }: FixedSpan): string {
  const clock = toMs - fromMs < SECONDS_BELOW_MS ? clockSeconds : clockMinutes
  const isOneDay = new Date(fromMs).toDateString() === new Date(toMs).toDateString()
  const end = `${isOneDay ? '' : `${dayAndMonth(toMs)} `}${clock(toMs, toMs)}`
  return `${dayAndMonth(fromMs)} ${clock(fromMs, fromMs)} \u2013 ${end}`
}

export function axisOf(span: ChartSpan, readAtMs: number): AxisSpan {
  if (typeof span !== 'string') return { ...span, isLive: false }
  return { fromMs: readAtMs - METRICS_SPANS[span], toMs: readAtMs, isLive: true }
}
