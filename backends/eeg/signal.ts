/** A recording as every reader returns it, and the bounds that every reader keeps. */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'

export interface EegChannel {
  /** Name in the 10-10 system where it could be recognised (`Fp1`), else the label as given. Unique in a signal. */
  name: string
  /** As the client or the file calls it. */
  label: string
  samplesUv: Float64Array
}

export interface EegSignal {
  /** At least one; all equally long. */
  channels: readonly EegChannel[]
  samplingRateHz: number
  /** What was assumed or left out while reading, as sentences for the reply. */
  notes: readonly string[]
}

export const SAMPLING_RATE_HZ = { min: 32, max: 2048, default: 250 } as const
export const CHANNELS_MAX = 128
/** Samples times channels: 128 MB as float64. An hour of 14 channels at 250 Hz takes 12.6 million. */
export const VALUES_MAX = 16_000_000
export const DURATION_S_MAX = 4 * 3600
/** Bytes of one file; the wire accepts messages of this size. */
export const FILE_BYTES_MAX = 100 * 1024 * 1024
export const LABEL_LENGTH_MAX = 80
/** Volts and more: no amplifier gives them, and squares stay far below overflow. */
export const VALUE_UV_MAX = 1e9

/** The rate that a client gave, or the default. `key` names it in the sentence. */
export function requireSamplingRate(value: unknown, key = 'sampling_rate'): number {
  if (value === undefined || value === null) return SAMPLING_RATE_HZ.default
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
  size: { channels: number; samples: number; samplingRateHz: number },
): void {
  const { channels, samples, samplingRateHz } = size
  if (channels < 1) {
    throw new ProtocolError('invalid_request', `${what} has no EEG channel; send at least one`)
  }
  if (samples < 1) {
    throw new ProtocolError('invalid_request', `${what} has no samples; send at least 2 s of them`)
  }
  if (channels > CHANNELS_MAX) {
    throw new ProtocolError(
      'too_large',
      `${what} has ${channels} channels, the limit is ${CHANNELS_MAX}; leave some out`,
    )
  }
  if (channels * samples > VALUES_MAX) {
    throw new ProtocolError(
      'too_large',
      `${what} has ${samples} samples of ${channels} channels, the limit is ${VALUES_MAX} values in all; split the recording`,
    )
  }
  const durationS = samples / samplingRateHz
  if (durationS > DURATION_S_MAX) {
    throw new ProtocolError(
      'too_large',
      `${what} lasts ${Math.round(durationS)} s at ${samplingRateHz} Hz, the limit is ${DURATION_S_MAX} s; split the recording or correct sampling_rate`,
    )
  }
}

/** Whether a value can be an EEG sample in microvolts. */
export function isSampleUv(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= VALUE_UV_MAX
}

export const durationS = ({ channels, samplingRateHz }: EegSignal): number =>
  (channels[0]?.samplesUv.length ?? 0) / samplingRateHz
