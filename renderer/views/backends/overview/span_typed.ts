/** The span that a person means by the dates and times of the form. */
import { METRICS_KEPT_MS } from '../../../../protocol/metrics.ts'
import { isoDate, clockMinutes } from '../../../format/time.ts'
import type { FixedSpan } from '../../../state/chart_span.ts'

/** As the inputs of a browser hold them: `2026-11-29`, `14:05`; empty while one is incomplete. Local time. */
export interface SpanFields {
  fromDate: string
  fromTime: string
  toDate: string
  toTime: string
}

export type SpanProblem =
  | { kind: 'no_start' | 'no_end' }
  | { kind: 'order' | 'future'; startMs: number; endMs: number }
  | { kind: 'too_old'; oldestMs: number }

export function spanTyped(
  { fromDate, fromTime, toDate, toTime }: SpanFields,
  nowMs: number,
): FixedSpan | SpanProblem {
  const startMs = momentOf(fromDate, fromTime)
  if (startMs === null) return { kind: 'no_start' }
  const endMs = momentOf(toDate, toTime)
  if (endMs === null) return { kind: 'no_end' }
  if (startMs >= endMs) return { kind: 'order', startMs, endMs }
  if (startMs >= nowMs) return { kind: 'future', startMs, endMs }
  const oldestMs = nowMs - METRICS_KEPT_MS
  if (endMs <= oldestMs) return { kind: 'too_old', oldestMs }
  // Before and after lies nothing; what is drawn of the rest would only be squeezed.
  return { fromMs: Math.max(startMs, oldestMs), toMs: Math.min(endMs, nowMs) }
}

/** The fields for a span, to the minute. */
export function fieldsOf({ fromMs, toMs }: FixedSpan): SpanFields {
  const endMs = Math.ceil(toMs / 60_000) * 60_000
  return {
    fromDate: isoDate(fromMs),
    fromTime: clockMinutes(fromMs, fromMs),
    toDate: isoDate(endMs),
    toTime: clockMinutes(endMs, endMs),
  }
}

/** The whole of the day before. */
export function yesterday(nowMs: number): FixedSpan {
  const day = new Date(nowMs)
  day.setHours(0, 0, 0, 0)
  const toMs = day.getTime()
  day.setDate(day.getDate() - 1)
  return { fromMs: day.getTime(), toMs }
}

function momentOf(date: string, time: string): number | null {
  if (date === '' || time === '') return null
  const at = new Date(`${date}T${time}`).getTime()
  return Number.isNaN(at) ? null : at
}
