/** The words under a time axis that ends now: `−5 min, −4, .. now`, `−24 h, −18, .. now`. */
import { t } from '../i18n/i18n.ts'

export interface SpanLabel {
  /** Of the width, from the left. */
  share: number
  text: string
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Beyond this, hours are the shorter words. */
const MINUTES_MAX_MS = 2 * HOUR_MS

/** Both ends; in a wide chart also a label a minute, or at each quarter of a longer span. */
export function spanLabels(spanMs: number, isWide: boolean): readonly SpanLabel[] {
  const isMinutes = spanMs < MINUTES_MAX_MS
  const units = spanMs / (isMinutes ? MINUTE_MS : HOUR_MS)
  const parts = !isWide ? 1 : units <= 6 ? Math.round(units) : 4
  return Array.from({ length: parts + 1 }, (_, index) => {
    const share = index / parts
    if (index === parts) return { share, text: t('charts:now') }
    const count = Math.round(units * (1 - share))
    if (index > 0) return { share, text: `\u2212${count}` }
    return {
      share,
      text: isMinutes ? t('charts:minutes_ago', { count }) : t('charts:hours_ago', { count }),
    }
  })
}
