/** Log of the 14 x 14 covariance as 105 numbers (log-Euclidean: Arsigny et al. 2006; for EEG Barachant et al. 2012). */
import { message } from '../../protocol/messages.ts'
import { bandPass, filterInPlace } from './dsp_filter.ts'
import { logSymmetric } from './dsp_matrix.ts'
import { passHz } from './dsp_resample.ts'
import { EMOTIV_14 } from './montage.ts'
import { subtractAverage, type PreparedChannel } from './prepare.ts'
import { ANALYSIS_RATE_HZ, WINDOW_SAMPLES } from './windows.ts'

/** Best of 22 combinations of band, window and features on the only recording; not tuned further. */
export const EYE_BAND_HZ = { low: 1, high: 40 } as const
/** Weight of the mean variance, without which the average reference makes the covariance singular. */
export const SHRINKAGE = 0.01
const CHANNELS = EMOTIV_14.length
export const FEATURES = (CHANNELS * (CHANNELS + 1)) / 2

export type EyeInput = { samples: Float64Array[] } | { reason: string }

/** Consumes the channels' samples: four hours are 200 MB, and each copy as much again. */
export function eyeInput(channels: readonly PreparedChannel[], samplingRateHz: number): EyeInput {
  const found = EMOTIV_14.map((name) => channels.find((channel) => channel.name === name))
  const missing = EMOTIV_14.filter((_, at) => found[at] === undefined)
  if (missing.length > 0) {
    return { reason: message('reply.eyes_channels', { missing: missing.join(', ') }).message }
  }
  if (passHz(samplingRateHz) < EYE_BAND_HZ.high) {
    const facts = { high: EYE_BAND_HZ.high, rate: samplingRateHz, end: passHz(samplingRateHz) }
    return { reason: message('reply.eyes_rate', facts).message }
  }
  const samples = found.flatMap((channel) => (channel === undefined ? [] : [channel.samplesUv]))
  const sections = bandPass(EYE_BAND_HZ.low, EYE_BAND_HZ.high, ANALYSIS_RATE_HZ)
  subtractAverage(samples)
  for (const one of samples) filterInPlace(one, sections)
  return { samples }
}

/** Upper triangle of the log-covariance; off-diagonal values times √2, so that distances are those of the matrices. */
export function logCovariance(samples: readonly Float64Array[], start: number): Float64Array {
  const log = logSymmetric(covariance(samples, start), CHANNELS)
  const features = new Float64Array(FEATURES)
  let at = 0
  for (let i = 0; i < CHANNELS; i++) {
    for (let j = i; j < CHANNELS; j++) {
      features[at++] = (log[i * CHANNELS + j] as number) * (i === j ? 1 : Math.SQRT2)
    }
  }
  return features
}

/** Variance of a silent window (µV²) instead of zero. */
const VARIANCE_MIN = 1e-6

function covariance(samples: readonly Float64Array[], start: number): Float64Array {
  const centred = samples.map((channel) => centredWindow(channel, start))
  const out = new Float64Array(CHANNELS * CHANNELS)
  let trace = 0
  for (const [i, x] of centred.entries()) {
    for (let j = i; j < CHANNELS; j++) {
      const y = centred[j] as Float64Array
      let sum = 0
      for (let at = 0; at < WINDOW_SAMPLES; at++) sum += (x[at] as number) * (y[at] as number)
      const value = (sum / WINDOW_SAMPLES) * (1 - SHRINKAGE)
      out[i * CHANNELS + j] = value
      out[j * CHANNELS + i] = value
      if (i === j) trace += sum / WINDOW_SAMPLES
    }
  }
  const floor = SHRINKAGE * (trace / CHANNELS) + VARIANCE_MIN
  for (let i = 0; i < CHANNELS; i++) {
    out[i * CHANNELS + i] = (out[i * CHANNELS + i] as number) + floor
  }
  return out
}

function centredWindow(samples: Float64Array, start: number): Float64Array {
  const window = samples.slice(start, start + WINDOW_SAMPLES)
  let sum = 0
  for (let at = 0; at < WINDOW_SAMPLES; at++) sum += window[at] as number
  for (let at = 0; at < WINDOW_SAMPLES; at++) {
    window[at] = (window[at] as number) - sum / WINDOW_SAMPLES
  }
  return window
}
