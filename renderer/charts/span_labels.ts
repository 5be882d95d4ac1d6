/**
 * Distances from now for a few live minutes, otherwise clock times with the day where it changes (`29 Nov 22:00,
 * 23:00`).
 */
import { clockMinutes, clockSeconds, dayAndMonth } from '../format/time.ts'
import { t } from '../i18n/i18n.ts'

export interface SpanLabel {
  /** Of the width, from the left. */
  share: number
  text: string
}

export interface AxisSpan {
  fromMs: number
  toMs: number
  /** Ends now and moves on. */
  isLive: boolean
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const CLOCK_FROM_MS = HOUR_MS
/** Below this, both ends show seconds. */
const SECONDS_BELOW_MS = 10 * MINUTE_MS
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 4, 7].map((days) => days * DAY_MS),
]
const CLOCK_PARTS_MAX = 5
const SHARE_MAX = 0.95
const SHARE_MAX_LIVE = 0.86

/** Labels for both ends, in a wide chart also between them. */
export function spanLabels(span: AxisSpan, isWide: boolean): readonly SpanLabel[] {
  const { fromMs, toMs, isLive } = span
  if (isLive && toMs - fromMs < CLOCK_FROM_MS) return distances(toMs - fromMs, isWide)
  if (isWide) return clockTimes(span)
  const isShort = toMs - fromMs < SECONDS_BELOW_MS
  const clock = isShort ? clockSeconds : clockMinutes
  const end = isLive ? t('charts:now') : withDay(toMs, fromMs, clock)
  return [
    { share: 0, text: withDay(fromMs, isLive ? toMs : 0, clock) },
    { share: 1, text: end },
  ]
}

function distances(spanMs: number, isWide: boolean): SpanLabel[] {
  const minutes = Math.round(spanMs / MINUTE_MS)
  const parts = isWide ? minutes : 1
  return Array.from({ length: parts + 1 }, (_, index) => {
    const share = index / parts
    if (index === parts) return { share, text: t('charts:now') }
    const count = Math.round(minutes * (1 - share))
    return { share, text: index > 0 ? `\u2212${count}` : t('charts:minutes_ago', { count }) }
  })
}

function clockTimes({ fromMs, toMs, isLive }: AxisSpan): SpanLabel[] {
  const spanMs = toMs - fromMs
  const stepMs = STEPS_MS.find((one) => spanMs / one <= CLOCK_PARTS_MAX) ?? spanMs
  const clock = stepMs < MINUTE_MS ? clockSeconds : clockMinutes
  const labels: SpanLabel[] = []
  // A live span is assumed to be today's.
  let dayOf = isLive ? toMs : 0
  for (const at of roundTimes(fromMs, toMs, stepMs)) {
    const share = (at - fromMs) / spanMs
    if (share > (isLive ? SHARE_MAX_LIVE : SHARE_MAX)) break
    labels.push({ share, text: withDay(at, dayOf, clock) })
    dayOf = at
  }
  return isLive ? [...labels, { share: 1, text: t('charts:now') }] : labels
}

/** Counted from each local midnight, so that times stay round on days of 23 and 25 hours. */
function roundTimes(fromMs: number, toMs: number, stepMs: number): number[] {
  const times: number[] = []
  const day = new Date(fromMs)
  day.setHours(0, 0, 0, 0)
  const days = Math.max(1, Math.round(stepMs / DAY_MS))
  while (day.getTime() <= toMs) {
    const begin = day.getTime()
    day.setDate(day.getDate() + days)
    for (let at = begin; at < Math.min(day.getTime(), toMs); at += stepMs) {
      if (at >= fromMs) times.push(at)
    }
  }
  return times
}

/** At midnight only the day; no day if it is that of `sameDayMs`. */
function withDay(at: number, sameDayMs: number, clock: typeof clockMinutes): string {
  if (new Date(at).setHours(0, 0, 0, 0) === at) return dayAndMonth(at)
  const isSameDay = new Date(at).toDateString() === new Date(sameDayMs).toDateString()
  return isSameDay ? clock(at, at) : `${dayAndMonth(at)} ${clock(at, at)}`
}
