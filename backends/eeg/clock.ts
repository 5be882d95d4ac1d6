/** Sampling rate from a column of time stamps. */
import { SAMPLING_RATE_HZ } from './signal.ts'

export interface ClockGap {
  sample: number
  seconds: number
}

export type ClockReading =
  | { kind: 'rate'; rateHz: number; gaps: ClockGap[] }
  /** The column counts samples. */
  | { kind: 'counter' }
  | { kind: 'unusable'; why: ClockFault }

/** Values for the warning's text. `no_rate`: a valid clock, but not at an EEG rate. */
export type ClockFault =
  | { case: 'few'; stamps: number }
  | { case: 'unordered' }
  | { case: 'unknown_unit'; step: string }
  | { case: 'no_rate'; step: string; rate: number }

const DAY_S = 86_400
/** Units per second. */
const CLOCK_UNITS = { s: 1, ms: 1e3, us: 1e6, ns: 1e9, min: 1 / 60, h: 1 / 3600, d: 1 / DAY_S }
export type ClockUnit = keyof typeof CLOCK_UNITS
/** Candidates for an unnamed unit; minutes or hours could also be short steps of seconds. */
const GUESSED_UNITS = ['s', 'ms', 'us', 'ns'] as const

/** A gap is this many times the usual step; radio packets may be five times late. */
const GAP_STEPS = 10
const GAP_S_MIN = 0.25
/** Maximum share of gaps in a valid clock. */
const GAP_SHARE_MAX = 0.1

const TIME_OF_DAY =
  /(?:^|[T\s])(\d{1,3}):(\d{2})(?::(\d{2}))?(?:[.,:](\d+))?\s*([ap]\.?m\.?)?(?:\s*(?:z|utc|[+-]\d{2}:?\d{2}))?$/i
const COMPACT_ISO = /^\d{8}T(\d{2})(\d{2})(\d{2})(?:[.,](\d+))?/i

/** From ISO 8601, date and time in any order, or a time alone; ignores the date. NaN for other text. */
export function secondsOfDay(cell: string): number {
  const text = cell.trim()
  const [, hours, minutes, seconds, fraction, half] =
    TIME_OF_DAY.exec(text) ?? COMPACT_ISO.exec(text) ?? []
  if (hours === undefined || minutes === undefined) return NaN
  const part = Number(`0.${fraction ?? '0'}`)
  // Two parts with a fraction are minutes and seconds, as spreadsheets write 12:34.5.
  if (seconds === undefined && fraction !== undefined) {
    return Number(hours) * 60 + Number(minutes) + part
  }
  const isAfternoon = half?.toLowerCase().startsWith('p') === true
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (isAfternoon ? 12 : 0)
  return hour * 3600 + Number(minutes) * 60 + Number(seconds ?? 0) + part
}

const UNIT_SPELLINGS: Record<ClockUnit, RegExp> = {
  s: /^(s|secs?|seconds?|sekunden?|秒)$/,
  ms: /^(ms|msecs?|millis|milliseconds?|毫秒)$/,
  us: /^(us|[\u00b5\u03bc]s|usecs?|micros|microseconds?|微秒)$/,
  ns: /^(ns|nsecs?|nanos|nanoseconds?)$/,
  min: /^(mins?|minutes?|minuten?|分钟?)$/,
  h: /^(h|hrs?|hours?|stunden?|std|小时)$/,
  d: /^(d|days?)$/,
}

export function clockUnitNamed(word: string): ClockUnit | null {
  const lower = word.toLowerCase()
  const units = Object.keys(UNIT_SPELLINGS) as ClockUnit[]
  return units.find((unit) => UNIT_SPELLINGS[unit].test(lower)) ?? null
}

/** Unit suffix of a column name: `timestamp_ms`, `Time [s]`, `elapsedMinutes`; null if there is none. */
export function clockUnitOf(label: string): ClockUnit | null {
  const words = label.replace(/([a-z])([A-Z])/g, '$1 $2').split(/[^\p{L}\d]+/u)
  return clockUnitNamed(words.findLast((word) => word !== '') ?? '')
}

interface Stamp {
  time: number
  /** The first sample with this time. */
  sample: number
}

/** Rate from numbers, or seconds of day (`isTimeOfDay`). Packets may share a time stamp; gaps are ignored. */
export function rateOfClock(
  times: Float64Array,
  { unit, isTimeOfDay }: { unit: ClockUnit | null; isTimeOfDay: boolean },
): ClockReading {
  const stamps = distinctStamps(times, isTimeOfDay)
  if (stamps.length < 3) {
    return { kind: 'unusable', why: { case: 'few', stamps: stamps.length } }
  }
  const steps = stamps.slice(1).map(({ time }, at) => time - (stamps[at] as Stamp).time)
  const usual = median(steps.filter((step) => step > 0))
  const perUnit = regularRate(stamps, steps, GAP_STEPS * usual)
  if (perUnit === null) return { kind: 'unusable', why: { case: 'unordered' } }
  const known = isTimeOfDay ? 's' : (unit ?? unitOfEpoch((stamps[0] as Stamp).time, perUnit))
  if (known === null && Math.abs(perUnit - 1) < 1e-9) return { kind: 'counter' }
  const factor =
    known === null
      ? GUESSED_UNITS.map((unit) => CLOCK_UNITS[unit]).find((one) => isRate(perUnit * one))
      : CLOCK_UNITS[known]
  if (factor === undefined || !isRate(perUnit * factor)) {
    const step = `${shortNumber(1 / perUnit)}${known === null ? '' : ` ${known}`}`
    if (factor === undefined) return { kind: 'unusable', why: { case: 'unknown_unit', step } }
    const rate = shortNumber(perUnit * factor)
    return { kind: 'unusable', why: { case: 'no_rate', step, rate } }
  }
  const gaps = steps.flatMap((step, at) => {
    const isGap = step <= 0 || (step > GAP_STEPS * usual && step / factor > GAP_S_MIN)
    return isGap ? [{ sample: (stamps[at + 1] as Stamp).sample, seconds: step / factor }] : []
  })
  return { kind: 'rate', rateHz: roundedRate(perUnit * factor), gaps }
}

function distinctStamps(times: Float64Array, isTimeOfDay: boolean): Stamp[] {
  const stamps: Stamp[] = []
  let days = 0
  let last = NaN
  for (const [sample, value] of times.entries()) {
    if (Number.isNaN(value)) continue
    if (isTimeOfDay && value + days - last < -DAY_S / 2) days += DAY_S
    const time = value + days
    if (time === last) continue
    stamps.push({ time, sample })
    last = time
  }
  return stamps
}

/** Samples per unit of time outside gaps; null if there are too many gaps. */
function regularRate(
  stamps: readonly Stamp[],
  steps: readonly number[],
  stepMax: number,
): number | null {
  let samples = 0
  let time = 0
  let gaps = 0
  // The first packet may have started before the recording.
  for (const [at, step] of steps.entries()) {
    if (at === 0) continue
    if (step <= 0 || step > stepMax) {
      gaps++
      continue
    }
    samples += (stamps[at + 1] as Stamp).sample - (stamps[at] as Stamp).sample
    time += step
  }
  return time > 0 && gaps <= GAP_SHARE_MAX * steps.length ? samples / time : null
}

/** Day numbers of spreadsheets count from 1900, MATLAB's from year 0: 1954 to 2119 in both. */
const DAY_NUMBERS = [
  [20_000, 80_000],
  [714_000, 774_000],
] as const

/** By magnitude: seconds since 1970 have ten digits, and so on. */
function unitOfEpoch(time: number, perUnit: number): ClockUnit | null {
  const isDay = DAY_NUMBERS.some(([from, to]) => time >= from && time < to)
  // As seconds, such steps would exceed any rate.
  if (isDay && isRate(perUnit * CLOCK_UNITS.d)) return 'd'
  const exponent = Math.log10(Math.abs(time))
  if (exponent >= 9 && exponent < 10) return 's'
  if (exponent >= 12 && exponent < 13) return 'ms'
  if (exponent >= 15 && exponent < 16) return 'us'
  return exponent >= 18 && exponent < 19 ? 'ns' : null
}

const isRate = (hz: number) =>
  hz >= SAMPLING_RATE_HZ.min * 0.99 && hz <= SAMPLING_RATE_HZ.max * 1.01

/** Time stamps jitter: rates within 0.2 % of a whole number are rounded. */
function roundedRate(hz: number): number {
  const { min, max } = SAMPLING_RATE_HZ
  const whole = Math.round(hz)
  const rate = Math.abs(hz - whole) <= 0.002 * hz ? whole : Math.round(hz * 100) / 100
  return Math.min(max, Math.max(min, rate))
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[sorted.length >> 1] ?? NaN
}

const shortNumber = (value: number) => Number(value.toPrecision(4))
