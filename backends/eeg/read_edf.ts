import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { makeWarning, firstNames } from '../../protocol/warning_texts.ts'
import { chooseChannels } from './channel_choice.ts'
import { decideRate, decideUnits } from './decisions.ts'
import {
  brokenFile,
  readEdfHeader,
  readInt24,
  type EdfHeader,
  type EdfSignalHeader,
} from './edf_header.ts'
import { firstGap, recordOnsets, type RecordGap } from './edf_onsets.ts'
import { namedByRequest, type ReadOptions } from './read_options.ts'
import {
  type EegWarning,
  listed,
  fileName,
  requireSize,
  SAMPLING_RATE_HZ,
  VALUE_UV_MAX,
  type EegChannel,
  type EegSignal,
  type LeftOut,
} from './signal.ts'
import { MICROVOLTS_PER_UNIT, voltageUnitOf } from './units.ts'
import { ANALYSIS_RATE_HZ } from './windows.ts'

/** Each needs its own resampler. */
const RATES_MAX = 4
const FIELD = 'data.eeg_signal'

export function readEdf(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  const header = readEdfHeader(bytes)
  const gap = gapIn(bytes, header)
  if (header.isDiscontinuous && gap !== null) throw discontinuous(header, gap.gap)
  const screened = screenSignals(header)
  const choice = chooseNamed(header, screened, options)
  const statedHz = Math.max(...choice.signals.map((signal) => rateOf(signal, header)))
  const names = choice.names
  const rate = decideRate({ given: options.samplingRate, stated: statedHz, clock: null, names })
  // A rate in the request corrects the clock of the whole file.
  const correction = rate.rateHz / statedHz
  const recordS = header.recordS / correction
  const rates = [...new Set(choice.signals.map((signal) => rateOf(signal, header) * correction))]
  if (rates.length > RATES_MAX) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.many_rates', {
        format: header.format,
        count: rates.length,
        rates: listed(rates.map(String)),
        max: RATES_MAX,
      }),
    )
  }
  const durationS = header.records * recordS
  requireSize(fileName(header.format), {
    channels: choice.signals.length,
    durationS,
    samplingRateHz: rate.rateHz,
    analysisRateHz: ANALYSIS_RATE_HZ,
  })
  const unit = decideUnits(
    choice.signals.map((signal) => voltageUnitOf(signal.unit)),
    options.unit,
  )
  const channels = choice.signals.map((signal, at) => {
    const microvolts = unit.factors[at] as number
    requireRange(header, signal, microvolts)
    const samplingRateHz = rateOf(signal, header) * correction
    const name = names[at] as string
    return edfChannel(bytes, header, signal, { name, microvolts, samplingRateHz })
  })
  return {
    channels,
    samplingRateHz: rate.rateHz,
    durationS,
    origin: {
      channels_from: choice.from,
      ...rate.origin,
      ...unit.origin,
      left_out: [...choice.leftOut, ...screened.leftOut],
    },
    warnings: [
      ...header.warnings,
      ...gapWarning(gap?.gap ?? null),
      ...screened.warnings,
      ...choice.warnings,
      ...rate.warnings,
      ...unit.warnings,
      ...invertedWarning(choice.signals),
    ],
    notes: [],
  }
}

/** Null without a gap; `gap` is null if a discontinuous file has no start times. */
function gapIn(bytes: Uint8Array, header: EdfHeader): { gap: RecordGap | null } | null {
  const onsets = recordOnsets(bytes, header)
  // Only discontinuous files must state record times.
  if (onsets === null) return header.isDiscontinuous ? { gap: null } : null
  const gap = firstGap(onsets, header.recordS)
  return gap === null ? null : { gap }
}

function discontinuous({ format }: EdfHeader, gap: RecordGap | null): ProtocolError {
  const where =
    gap === null
      ? message('edf.no_onsets')
      : message('edf.gap', { record: gap.record + 1, start: gap.startS, end: gap.expectedS })
  return new ProtocolError('invalid_request', message('edf.discontinuous', { format, where }))
}

function gapWarning(gap: RecordGap | null): EegWarning[] {
  if (gap === null) return []
  const { record, startS: start, expectedS: end } = gap
  return [
    makeWarning('recording_gap', { case: 'records', record: record + 1, start, end, field: FIELD }),
  ]
}

interface Screened {
  signals: EdfSignalHeader[]
  leftOut: LeftOut[]
  warnings: EegWarning[]
}

/** Excludes non-EEG signals by unit, rate and scale, whatever their name. */
function screenSignals(header: EdfHeader): Screened {
  const leftOut: LeftOut[] = []
  const dead: string[] = []
  const signals = header.signals.filter((signal) => {
    const reason = reasonAgainst(signal, header)
    if (reason === null) return true
    leftOut.push({ label: signal.label, reason })
    if (reason === NO_SCALE && chooseChannels([signal.label]).channels.length > 0) {
      dead.push(signal.label)
    }
    return false
  })
  const warnings: EegWarning[] =
    dead.length === 0
      ? []
      : [makeWarning('channel_dead', { case: 'no_scale', ...firstNames(dead), field: FIELD })]
  return { signals, leftOut, warnings }
}

const NO_SCALE = message('reply.no_scale').message

function reasonAgainst(signal: EdfSignalHeader, header: EdfHeader): string | null {
  const { label, unit, physicalMin, physicalMax, digitalMin, digitalMax } = signal
  if (/^[eb]df annotations/i.test(label)) return message('reply.annotations').message
  if (unit !== '' && voltageUnitOf(unit) === null) {
    return message('reply.no_voltage', { unit }).message
  }
  const rate = rateOf(signal, header)
  const { min } = SAMPLING_RATE_HZ
  if (rate < min) return message('reply.slow_signal', { rate, min }).message
  return physicalMin === physicalMax || digitalMin === digitalMax ? NO_SCALE : null
}

interface NamedSignals {
  signals: EdfSignalHeader[]
  names: string[]
  from: 'electrode_names' | 'generic_names' | 'request'
  leftOut: LeftOut[]
  warnings: EegWarning[]
}

function chooseNamed(header: EdfHeader, screened: Screened, options: ReadOptions): NamedSignals {
  const { signals } = screened
  const labels = signals.map(({ label }) => label)
  const choice = namedByRequest(labels, options.channelNames) ?? chooseChannels(labels)
  if (choice.channels.length === 0) {
    const found = listed(header.signals.map(({ label, unit }) => `${label} [${unit}]`))
    throw new ProtocolError(
      'invalid_request',
      message('edf.no_eeg', { format: header.format, min: SAMPLING_RATE_HZ.min, found }),
    )
  }
  return {
    ...choice,
    signals: choice.channels.map(({ at }) => signals[at] as EdfSignalHeader),
    names: choice.channels.map(({ name }) => name),
  }
}

function requireRange(header: EdfHeader, signal: EdfSignalHeader, microvolts: number): void {
  const { label, physicalMin, physicalMax, digitalMin, digitalMax, unit } = signal
  const largestUv = Math.max(Math.abs(physicalMin), Math.abs(physicalMax)) * microvolts
  if (largestUv <= VALUE_UV_MAX) return
  throw brokenFile(
    header.format,
    message('edf.ranges', {
      label: preview(label),
      digitalMin,
      digitalMax,
      physicalMin,
      physicalMax,
      unit: unit || (Object.keys(MICROVOLTS_PER_UNIT)[1] ?? ''),
    }),
  )
}

/** The format expresses negative gain by physical limits only. */
function invertedWarning(signals: readonly EdfSignalHeader[]): EegWarning[] {
  const inverted = signals.filter(({ digitalMin, digitalMax }) => digitalMin > digitalMax)
  if (inverted.length === 0) return []
  const labels = inverted.map(({ label }) => label)
  return [makeWarning('header_mismatch', { case: 'inverted', ...firstNames(labels), field: FIELD })]
}

/** Rounded: 120 samples in 0.96 s are exactly 125 Hz. */
function rateOf({ samplesPerRecord }: EdfSignalHeader, { recordS }: EdfHeader): number {
  return Number((samplesPerRecord / recordS).toPrecision(12))
}

function edfChannel(
  bytes: Uint8Array,
  header: EdfHeader,
  signal: EdfSignalHeader,
  {
    name,
    microvolts,
    samplingRateHz,
  }: { name: string; microvolts: number; samplingRateHz: number },
): EegChannel {
  const { headerBytes, records, recordBytes, sampleBytes } = header
  const { physicalMin, physicalMax, digitalMin, digitalMax, samplesPerRecord } = signal
  const gain = ((physicalMax - physicalMin) / (digitalMax - digitalMin)) * microvolts
  const offset = physicalMin * microvolts
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const digital =
    sampleBytes === 2
      ? (byte: number) => view.getInt16(byte, true)
      : (byte: number) => readInt24(view, byte)
  return {
    name,
    label: signal.label,
    samplingRateHz,
    samples: records * samplesPerRecord,
    readUv(from, to) {
      const samplesUv = new Float64Array(to - from)
      let record = Math.floor(from / samplesPerRecord)
      let inRecord = from - record * samplesPerRecord
      for (let at = 0; at < samplesUv.length; record++, inRecord = 0) {
        let byte = headerBytes + record * recordBytes + signal.byteOffset + inRecord * sampleBytes
        const stop = Math.min(samplesUv.length, at + samplesPerRecord - inRecord)
        for (; at < stop; at++, byte += sampleBytes) {
          samplesUv[at] = (digital(byte) - digitalMin) * gain + offset
        }
      }
      return samplesUv
    },
  }
}
