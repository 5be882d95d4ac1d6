import { language, t } from '../i18n/i18n.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `6 s`, `48 m 07 s`, `3 h 12 m`, `2 d 4 h`. Negative spans (clock skew) read as `0 s`. */
export function duration(spanMs: number): string {
  const span = Math.max(0, spanMs)
  const part = (unit: number, whole: number) => Math.floor((span % whole) / unit)
  if (span < MINUTE) return t('words:seconds', { s: part(SECOND, MINUTE) })
  if (span < HOUR) {
    return t('words:minutes', { m: part(MINUTE, HOUR), s: two(part(SECOND, MINUTE)) })
  }
  if (span < DAY) return t('words:hours', { h: part(HOUR, DAY), m: part(MINUTE, HOUR) })
  return t('words:days', { d: Math.floor(span / DAY), h: part(HOUR, DAY) })
}

export function secondsUntil(at: number, nowMs: number): number {
  return Math.max(0, Math.ceil((at - nowMs) / SECOND))
}

/** `14:32`, with the ISO date in front if it is not the day of `nowMs`. */
export function clockMinutes(at: number, nowMs: number): string {
  const time = new Date(at)
  return withDate(time, nowMs, `${two(time.getHours())}:${two(time.getMinutes())}`)
}

/** `14:32:07`, with the ISO date in front if it is not the day of `nowMs`. */
export function clockSeconds(at: number, nowMs: number): string {
  const time = new Date(at)
  return withDate(time, nowMs, hms(time))
}

export function clockMs(at: number): string {
  const time = new Date(at)
  return `${hms(time)}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

export function isoDate(at: number): string {
  const time = new Date(at)
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

export function dayAndMonth(at: number): string {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(at)
}

function withDate(time: Date, nowMs: number, clock: string): string {
  const today = time.toDateString() === new Date(nowMs).toDateString()
  return today ? clock : `${isoDate(time.getTime())} ${clock}`
}

function hms(time: Date): string {
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
