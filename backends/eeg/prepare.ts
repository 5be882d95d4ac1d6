/** From a recording at any rate to repaired channels at the analysis rate, not yet filtered. */
import { repairOutliers } from './dsp_repair.ts'
import { makeResampler } from './dsp_resample.ts'
import type { EegSignal } from './signal.ts'
import { ANALYSIS_RATE_HZ, WINDOW_S } from './windows.ts'

export interface PreparedChannel {
  name: string
  label: string
  /** Repaired, at the recording's own rate. */
  rawUv: Float64Array
  isRepaired: Uint8Array
  repairedCount: number
  /** Repaired, at the analysis rate, and near zero at its start, so that filters begin at rest. */
  samplesUv: Float64Array
}

export function prepareChannels({ channels, samplingRateHz }: EegSignal): PreparedChannel[] {
  const resample = makeResampler(samplingRateHz, ANALYSIS_RATE_HZ)
  return channels.map(({ name, label, samplesUv }) => {
    const repaired = repairOutliers(samplesUv, samplingRateHz)
    const resampled = resample(repaired.samplesUv)
    return {
      name,
      label,
      rawUv: repaired.samplesUv,
      isRepaired: repaired.isRepaired,
      repairedCount: repaired.repairedCount,
      samplesUv: withoutOffset(resampled),
    }
  })
}

/** Share of repaired raw samples in the window that starts at `startS`. */
export function repairedShare(
  { isRepaired, repairedCount }: PreparedChannel,
  startS: number,
  samplingRateHz: number,
): number {
  if (repairedCount === 0) return 0
  const from = Math.round(startS * samplingRateHz)
  const window = isRepaired.subarray(from, Math.round((startS + WINDOW_S) * samplingRateHz))
  return window.reduce((sum, one) => sum + one, 0) / window.length
}

/** Minus the median of the first second: a single odd first sample must not set the level. */
function withoutOffset(samples: Float64Array): Float64Array {
  const first = samples.slice(0, ANALYSIS_RATE_HZ).sort()
  const level = first[first.length >> 1] ?? 0
  const out = samples.slice()
  for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) - level
  return out
}

/** Each sample minus the mean of all channels at that moment (common average reference). */
export function averageReferenced(channels: readonly Float64Array[]): Float64Array[] {
  const mean = new Float64Array(channels[0]?.length ?? 0)
  for (const samples of channels) {
    for (let at = 0; at < mean.length; at++) {
      mean[at] = (mean[at] as number) + (samples[at] as number) / channels.length
    }
  }
  return channels.map((samples) => {
    const out = samples.slice()
    for (let at = 0; at < mean.length; at++) out[at] = (out[at] as number) - (mean[at] as number)
    return out
  })
}
