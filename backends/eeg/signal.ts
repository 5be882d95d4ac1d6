/** A recording as every reader returns it, and the bounds that every reader keeps. */
import { preview } from '../../protocol/describe.ts'
import { EEG_RATE_HZ } from '../../protocol/eeg_input.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { Warning, WarningCode } from '../../protocol/warnings.ts'

export interface EegChannel {
  /** Name in the 10-5 system where it could be recognised (`Fp1`), else the label as given. Unique in a signal. */
  name: string
  /** As the client or the file calls it. */
  label: string
  samplingRateHz: number
  /** Number of samples. */
  samples: number
  /** Samples `from` to (not including) `to` in microvolts, in a new array. NaN where one is missing. */
  readUv(from: number, to: number): Float64Array
}

/** A warning of a built-in code. */
export type EegWarning = Warning & { code: WarningCode }

/** A signal or column that is not analysed. */
export interface LeftOut {
  label: string
  reason: string
}

/** Where the reader found what the analysis rests on; the keys are those of the wire. */
export interface SignalOrigin {
  /** `position`: the client or the file names no channel. `format`: the layout of a known recorder. */
  channels_from: 'electrode_names' | 'generic_names' | 'request' | 'position' | 'format'
  sampling_rate_from: 'request' | 'file' | 'clock' | 'assumed'
  /** A rate that the channels suggest; only beside an assumed rate. */
  sampling_rate_suggested?: number
  /** One of nV, uV, mV and V; several where channels differ. */
  unit: string
  /** `format`: the documented unit of this kind of input. */
  unit_from: 'request' | 'file' | 'format' | 'assumed'
  left_out: readonly LeftOut[]
}

export interface EegSignal {
  /** At least one; all last equally long to within a sample. */
  channels: readonly EegChannel[]
  /** Of the fastest channel. */
  samplingRateHz: number
  durationS: number
  origin: SignalOrigin
  /** What makes the answer uncertain. */
  warnings: readonly EegWarning[]
  /** What was done while reading and needs no action. */
  notes: readonly string[]
}

export const SAMPLING_RATE_HZ = EEG_RATE_HZ
export const CHANNELS_MAX = 512
/** Values of a text file or of rows: 192 MB as float64. */
export const VALUES_MAX = 24_000_000
/** Channels times samples at the analysis rate: what a 16-bit file of the largest size can hold. */
export const ANALYSED_VALUES_MAX = 53_000_000
export const DURATION_S_MAX = 24 * 3600
/** Bytes of one file; the wire accepts messages of this size. */
export const FILE_BYTES_MAX = 100 * 1024 * 1024
export const LABEL_LENGTH_MAX = 80
/** Volts and more: no amplifier gives them, and squares stay far below overflow. */
export const VALUE_UV_MAX = 1e9

/** A recording that is in memory already. */
export function memoryChannel(
  name: string,
  label: string,
  samplingRateHz: number,
  samplesUv: Float64Array,
): EegChannel {
  return {
    name,
    label,
    samplingRateHz,
    samples: samplesUv.length,
    readUv: (from, to) => samplesUv.slice(from, to),
  }
}

/** Origin of a recording that the program made itself. */
export const KNOWN_ORIGIN: SignalOrigin = {
  channels_from: 'request',
  sampling_rate_from: 'request',
  unit: 'uV',
  unit_from: 'format',
  left_out: [],
}

/** A rate that somebody stated. `key` names it in the sentence. Throws ProtocolError for any other value. */
export function requireSamplingRate(value: unknown, key = 'sampling_rate'): number {
  const { min, max } = SAMPLING_RATE_HZ
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new ProtocolError(
      'invalid_request',
      `${key} is ${preview(value)}; it must be a number of samples per second from ${min} to ${max}, such as 250`,
    )
  }
  return value
}

/** Refuses a size before anything is allocated for it. `what` names the source, such as `eeg_signal`. */
export function requireSize(
  what: string,
  size: { channels: number; durationS: number; samplingRateHz: number; analysisRateHz: number },
): void {
  const { channels, samplingRateHz, durationS, analysisRateHz } = size
  if (channels < 1) {
    throw new ProtocolError('invalid_request', `${what} has no EEG channel; send at least one`)
  }
  if (!(durationS > 0)) {
    throw new ProtocolError('invalid_request', `${what} has no samples; send at least 2 s of them`)
  }
  if (channels > CHANNELS_MAX) throw tooManyChannels(what, channels)
  if (durationS > DURATION_S_MAX) {
    throw new ProtocolError(
      'too_large',
      `${what} lasts ${Math.round(durationS)} s at ${samplingRateHz} Hz, the limit is ${DURATION_S_MAX} s; split the recording or correct sampling_rate`,
    )
  }
  const values = Math.ceil(channels * durationS * analysisRateHz)
  if (values > ANALYSED_VALUES_MAX) {
    throw new ProtocolError(
      'too_large',
      `${what} has ${channels} channels of ${Math.round(durationS)} s, which are ${values} values at the ${analysisRateHz} Hz of the analysis; the limit is ${ANALYSED_VALUES_MAX}; split the recording`,
    )
  }
}

export function tooManyChannels(what: string, channels: number, hint = ''): ProtocolError {
  return new ProtocolError(
    'too_large',
    `${what} has ${channels} channels, the limit is ${CHANNELS_MAX}; ${hint || 'leave some out'}`,
  )
}

/** Whether a value can be an EEG sample in microvolts. */
export function isSampleUv(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= VALUE_UV_MAX
}

const NAMES_LISTED_MAX = 8

/** Names for a sentence; a header may be long. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_LISTED_MAX).map((name) => name.slice(0, 24) || '(no name)')
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
