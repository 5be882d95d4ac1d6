/** The words under a time axis that ends now: `−5 min, −4, .. now`, and of an hour or more the clock: `13:45, 14:00, .. now`. */
import { clockMinutes } from '../format/time.ts'
import { t } from '../i18n/i18n.ts'

export interface SpanLabel {
  /** Of the width, from the left. */
  share: number
  text: string
}

const MINUTE_MS = 60_000
/** From here on a clock time is easier to find again than a distance from now. */
const CLOCK_FROM_MS = 60 * MINUTE_MS
const CLOCK_PARTS = 4

/** Both ends; in a wide chart also a label a minute, or at each quarter of a longer span. */
export function spanLabels(spanMs: number, isWide: boolean, nowMs: number): readonly SpanLabel[] {
  const isClock = spanMs >= CLOCK_FROM_MS
  const minutes = Math.round(spanMs / MINUTE_MS)
  const parts = !isWide ? 1 : isClock ? CLOCK_PARTS : minutes
  return Array.from({ length: parts + 1 }, (_, index) => {
    const share = index / parts
    if (index === parts) return { share, text: t('charts:now') }
    if (isClock) {
      const at = nowMs - spanMs * (1 - share)
      // Without the date: the axis says how far back it reaches.
      return { share, text: clockMinutes(at, at) }
    }
    const count = Math.round(minutes * (1 - share))
    return { share, text: index > 0 ? `\u2212${count}` : t('charts:minutes_ago', { count }) }
  })
}
