/** Common form and limits of recordings from all readers. */
import { shown } from '../../protocol/describe.ts'
import { EEG_RATE_HZ } from '../../protocol/eeg_input.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { type Message, message } from '../../protocol/messages.ts'
import type { Warning, WarningCode } from '../../protocol/warnings.ts'

export interface EegChannel {
  /** 10-5 name if recognised (`Fp1`), else the label. Unique in a signal. */
  name: string
  label: string
  samplingRateHz: number
  samples: number
  /** Samples `from` to (excluding) `to` in microvolts, as a new array. NaN if missing. */
  readUv(from: number, to: number): Float64Array
}

/** A warning with a built-in code. */
export type EegWarning = Warning & { code: WarningCode }

export interface LeftOut {
  label: string
  reason: string
}

/** Where the reader found rate, unit and channels; wire keys. */
export interface SignalOrigin {
  /** `position`: no channel names given. `format`: the layout of a known recorder. */
  channels_from: 'electrode_names' | 'generic_names' | 'request' | 'position' | 'format'
  sampling_rate_from: 'request' | 'file' | 'clock' | 'assumed'
  /** A rate that the channels suggest; only beside an assumed rate. */
  sampling_rate_suggested?: number
  /** nV, uV, mV or V; several if channels differ. */
  unit: string
  /** `format`: the documented unit of this input. */
  unit_from: 'request' | 'file' | 'format' | 'assumed'
  left_out: readonly LeftOut[]
}

export interface EegSignal {
  /** At least one; lengths differ by at most a sample. */
  channels: readonly EegChannel[]
  samplingRateHz: number
  durationS: number
  origin: SignalOrigin
  warnings: readonly EegWarning[]
  notes: readonly string[]
}

export const SAMPLING_RATE_HZ = EEG_RATE_HZ
export const CHANNELS_MAX = 512
/** Values of a text file or of rows: 192 MB as float64. */
export const VALUES_MAX = 24_000_000
/** Channels times resampled samples: the maximum of a 16-bit file. */
export const ANALYSED_VALUES_MAX = 53_000_000
export const DURATION_S_MAX = 24 * 3600
/** The wire accepts messages of this size. */
export const FILE_BYTES_MAX = 100 * 1024 * 1024
export const LABEL_LENGTH_MAX = 80
/** Volts exceed any amplifier, and squares stay far below overflow. */
export const VALUE_UV_MAX = 1e9

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

/** Origin of generated recordings. */
export const KNOWN_ORIGIN: SignalOrigin = {
  channels_from: 'request',
  sampling_rate_from: 'request',
  unit: 'uV',
  unit_from: 'format',
  left_out: [],
}

/** Validates a stated rate. Throws ProtocolError. */
export function requireSamplingRate(value: unknown): number {
  const { min, max } = SAMPLING_RATE_HZ
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.rate', { value: shown(value), min, max }),
    )
  }
  return value
}

export const fileName = (format: string) => message('eeg.file', { format })

/** Rejects a size before allocation. `what` names the source, such as `eeg_signal`. */
export function requireSize(
  what: Message,
  size: { channels: number; durationS: number; samplingRateHz: number; analysisRateHz: number },
): void {
  const { channels, samplingRateHz, durationS, analysisRateHz } = size
  if (channels < 1) {
    throw new ProtocolError('invalid_request', message('eeg.no_channel', { what }))
  }
  if (!(durationS > 0)) {
    throw new ProtocolError('invalid_request', message('eeg.no_samples', { what }))
  }
  if (channels > CHANNELS_MAX) throw tooManyChannels(what, channels)
  if (durationS > DURATION_S_MAX) {
    throw new ProtocolError(
      'too_large',
      message('eeg.too_long', {
        what,
        seconds: Math.round(durationS),
        rate: samplingRateHz,
        max: DURATION_S_MAX,
      }),
    )
  }
  const values = Math.ceil(channels * durationS * analysisRateHz)
  if (values > ANALYSED_VALUES_MAX) {
    throw new ProtocolError(
      'too_large',
      message('eeg.too_many_values', {
        what,
        channels,
        seconds: Math.round(durationS),
        values,
        rate: analysisRateHz,
        max: ANALYSED_VALUES_MAX,
      }),
    )
  }
}

export function tooManyChannels(
  what: Message,
  channels: number,
  remedy = message('eeg.leave_out'),
): ProtocolError {
  return new ProtocolError(
    'too_large',
    message('eeg.channels', { what, channels, max: CHANNELS_MAX, remedy }),
  )
}

export function isSampleUv(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= VALUE_UV_MAX
}

const NAMES_LISTED_MAX = 8

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_LISTED_MAX).map((name) => name.slice(0, 24) || '(no name)')
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
