/** Number formats of the panel: grouped, with U+2212 as minus. */
import { GIB, MIB } from '../../protocol/bytes.ts'

const LOCALE = 'en'

const FORMATS = [0, 1, 2, 3].map(
  (decimals) =>
    new Intl.NumberFormat(LOCALE, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }),
)

const SIGNIFICANT = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 5 })

export function number(value: number, decimals = 0): string {
  const format = FORMATS[decimals]
  if (!format) throw new RangeError(`decimals is ${decimals}; must be 0 to 3`)
  return format.format(value).replace('-', '\u2212')
}

/** Milliseconds without unit, for columns that name it; from ten seconds on in seconds with the unit. */
export function msValue(ms: number): string {
  if (ms >= 10_000) return `${number(ms / 1000, 1)} s`
  // 99.96 would round to "100.0".
  return number(ms, ms < 99.95 ? 1 : 0)
}

export function ms(value: number): string {
  return value >= 10_000 ? msValue(value) : `${msValue(value)} ms`
}

export function mibValue(bytes: number): string {
  return number(bytes / MIB)
}

export function memory(bytes: number): string {
  return bytes < GIB ? `${mibValue(bytes)} MiB` : `${number(bytes / GIB, 1)} GiB`
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${number(bytes)} bytes`
  if (bytes < MIB) return `${number(bytes / 1024, 1)} KiB`
  if (bytes < GIB) return `${number(bytes / MIB, 1)} MiB`
  return `${number(bytes / GIB, 1)} GiB`
}

export function percent(share: number): string {
  const value = share * 100
  if (value === 0) return '0 %'
  if (value < 0.01) return '<0.01 %'
  if (value < 0.1) return `${number(value, 2)} %`
  return `${number(value, value < 9.95 ? 1 : 0)} %`
}

/** Significant digits only, as a power of ten where it would be long: "0.1234", "12,000", "1.2e-7". */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toPrecision(3).replace('-', '\u2212').replace('e-', 'e\u2212')
  }
  if (Number.isInteger(value)) return number(value)
  if (size >= 10_000) return number(value, 1)
  return SIGNIFICANT.format(value).replace('-', '\u2212')
}

export function perSecond(value: number): string {
  return number(value, 1)
}

/** "1 backend", "3 backends". */
export function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? '' : 's'}`
}
