/** The moment that a person means by what they type: a time of day, with a date, or how long ago. Pure. */

const HOUR_MS = 3_600_000
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: HOUR_MS }
const DAY_MS = 24 * HOUR_MS

/** Unix milliseconds; null for what is no time. A time of day that is still to come is that of yesterday. */
export function timeTyped(typed: string, nowMs: number): number | null {
  const text = typed.trim().replace('\u2212', '-')
  const ago = /^-\s*(\d{1,5})\s*([smh])$/.exec(text)
  if (ago) return nowMs - Number(ago[1]) * (UNITS_MS[ago[2] ?? ''] ?? NaN)
  const parts =
    /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?$/.exec(text)
  if (!parts) return null
  const [, date, hours = '', minutes = '', seconds = '0', fraction = '0'] = parts
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null
  const day = date === undefined ? new Date(nowMs) : new Date(`${date}T00:00:00`)
  if (Number.isNaN(day.getTime())) return null
  const at = day.setHours(
    Number(hours),
    Number(minutes),
    Number(seconds),
    Number(fraction.padEnd(3, '0')),
  )
  return date === undefined && at > nowMs ? at - DAY_MS : at
}
