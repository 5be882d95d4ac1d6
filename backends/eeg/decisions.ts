import { shown } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { makeWarning, type WarningCase } from '../../protocol/warning_texts.ts'
import type { ClockFault, ClockReading } from './clock.ts'
import { EMOTIV_14, EMOTIV_RATE_HZ } from './montage.ts'
import {
  type EegWarning,
  requireSamplingRate,
  SAMPLING_RATE_HZ,
  type SignalOrigin,
} from './signal.ts'
import { MICROVOLTS_PER_UNIT, voltageUnitOf, type VoltageUnit } from './units.ts'

export interface RateDecision {
  rateHz: number
  origin: Pick<SignalOrigin, 'sampling_rate_from' | 'sampling_rate_suggested'>
  warnings: EegWarning[]
}

export interface RateSources {
  /** `sampling_rate` of the request, unvalidated; undefined if absent. */
  given: unknown
  stated: number | null
  clock: ClockReading | null
  names: readonly string[]
}

/** Larger differences contradict each other; computer clocks are less exact than crystals. */
const RATE_TOLERANCE = 0.03
const FIELD = 'data.sampling_rate'
const UNIT_FIELD = 'data.unit'

/** The request wins over the file, a stated rate over a clock. Throws ProtocolError for a rate out of bounds. */
export function decideRate({ given, stated, clock, names }: RateSources): RateDecision {
  const known = [
    given === undefined ? null : { from: 'request', hz: requireSamplingRate(given) },
    stated === null ? null : { from: 'file', hz: stated },
    clock?.kind === 'rate' ? { from: 'clock', hz: clock.rateHz } : null,
  ].filter((one) => one !== null) as { from: 'request' | 'file' | 'clock'; hz: number }[]
  const [best, ...others] = known
  if (best === undefined) return assumedRate(clock, names)
  if (best.from === 'file') requireStatedRate(best.hz)
  const other = others.find(({ hz }) => Math.abs(hz - best.hz) > RATE_TOLERANCE * best.hz)
  return {
    rateHz: best.hz,
    origin: { sampling_rate_from: best.from },
    warnings: [
      ...(other === undefined ? [] : [conflictWarning(best, other)]),
      ...(clock === null ? [] : clockWarnings(clock, best.from === 'clock')),
    ],
  }
}

function requireStatedRate(hz: number): void {
  const { min, max } = SAMPLING_RATE_HZ
  if (hz >= min && hz <= max) return
  throw new ProtocolError('invalid_request', message('eeg.stated_rate', { hz, min, max }))
}

function conflictWarning(
  used: { from: 'request' | 'file' | 'clock'; hz: number },
  other: { from: 'request' | 'file' | 'clock'; hz: number },
): EegWarning {
  const sources = used.from === 'file' ? 'file_clock' : `request_${other.from}`
  return makeWarning('sampling_rate_conflict', {
    case: sources as WarningCase<'sampling_rate_conflict'>,
    used: used.hz,
    other: other.hz,
    field: FIELD,
  })
}

function clockWarnings(clock: ClockReading, isUsed: boolean): EegWarning[] {
  const [gap] = clock.kind === 'rate' ? clock.gaps : []
  if (clock.kind === 'rate' && gap !== undefined) {
    return [
      makeWarning('recording_gap', {
        case: 'clock',
        count: clock.gaps.length,
        seconds: Number(gap.seconds.toPrecision(3)),
        sample: gap.sample + 1,
        field: 'data.eeg_signal',
      }),
    ]
  }
  if (clock.kind === 'unusable' && !isUsed) return [unusableWarning(clock.why)]
  return []
}

const unusableWarning = (why: ClockFault): EegWarning =>
  makeWarning('clock_unusable', { ...why, field: FIELD })

function assumedRate(clock: ClockReading | null, names: readonly string[]): RateDecision {
  if (clock?.kind === 'unusable' && clock.why.case === 'no_rate') throw wrongClock(clock.why)
  const rate = SAMPLING_RATE_HZ.default
  const isEmotiv = EMOTIV_14.every((name) => names.includes(name))
  const suggested = isEmotiv ? EMOTIV_RATE_HZ : undefined
  const cause = isEmotiv ? 'emotiv' : clock?.kind === 'counter' ? 'counter' : undefined
  return {
    rateHz: rate,
    origin: {
      sampling_rate_from: 'assumed',
      ...(suggested === undefined ? {} : { sampling_rate_suggested: suggested }),
    },
    warnings: [
      makeWarning('sampling_rate_assumed', { case: cause, rate, suggested, field: FIELD }),
      ...(clock?.kind === 'unusable' ? [unusableWarning(clock.why)] : []),
    ],
  }
}

const wrongClock = ({ step, rate }: { step: string; rate: number }) =>
  new ProtocolError(
    'invalid_request',
    message('eeg.clock_rate', { step, rate, min: SAMPLING_RATE_HZ.min, max: SAMPLING_RATE_HZ.max }),
  )

export interface UnitDecision {
  /** Microvolts per unit of each channel. */
  factors: number[]
  origin: Pick<SignalOrigin, 'unit' | 'unit_from'>
  warnings: EegWarning[]
}

/** `stated` is the file's unit, `documented` the format's. Throws ProtocolError if the request's is not a voltage. */
export function decideUnits(
  stated: readonly (VoltageUnit | null)[],
  given: unknown,
  documented: VoltageUnit | null = null,
): UnitDecision {
  const requested = given === undefined ? null : requireUnit(given)
  const units = stated.map((unit) => requested ?? unit ?? documented ?? 'uV')
  const unitList = [...new Set(units)].join(', ')
  const factors = units.map((unit) => MICROVOLTS_PER_UNIT[unit])
  if (requested !== null) {
    const other = [...stated, documented].find((unit) => unit !== null && unit !== requested)
    return {
      factors,
      origin: { unit: unitList, unit_from: 'request' },
      warnings: other === undefined || other === null ? [] : [unitConflict(requested, other)],
    }
  }
  const isStated = stated.every((unit) => unit !== null)
  if (isStated || documented !== null) {
    return {
      factors,
      origin: { unit: unitList, unit_from: isStated ? 'file' : 'format' },
      warnings: [],
    }
  }
  return {
    factors,
    origin: { unit: unitList, unit_from: 'assumed' },
    warnings: [makeWarning('unit_assumed', { field: UNIT_FIELD })],
  }
}

function requireUnit(value: unknown): VoltageUnit {
  const unit = typeof value === 'string' ? voltageUnitOf(value) : null
  if (unit !== null) return unit
  throw new ProtocolError(
    'invalid_request',
    message('eeg.unit', {
      value: shown(value),
      units: Object.keys(MICROVOLTS_PER_UNIT).join(', '),
    }),
  )
}

const unitConflict = (used: VoltageUnit, other: VoltageUnit): EegWarning =>
  makeWarning('unit_conflict', { used, other, field: UNIT_FIELD })
