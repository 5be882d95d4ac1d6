/** Parses the dates and times of the span form. */
import { METRICS_KEPT_MS } from '../../../../protocol/metrics.ts'
import { isoDate, clockMinutes } from '../../../format/time.ts'
import type { FixedSpan } from '../../../state/chart_span.ts'

/** As browser inputs hold them: `2026-11-29`, `14:05`; empty while incomplete. Local time. */
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
  // Clip to the kept range: an empty margin would only compress the charts.
  return { fromMs: Math.max(startMs, oldestMs), toMs: Math.min(endMs, nowMs) }
}

export function fieldsOf({ fromMs, toMs }: FixedSpan): SpanFields {
  const endMs = Math.ceil(toMs / 60_000) * 60_000
  return {
    fromDate: isoDate(fromMs),
    fromTime: clockMinutes(fromMs, fromMs),
    toDate: isoDate(endMs),
    toTime: clockMinutes(endMs, endMs),
  }
}

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
