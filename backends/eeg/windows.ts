import type { EegOptions } from './options.ts'

/** The analysis rate: 2 s are 256 samples, and 45 Hz is far below its Nyquist frequency. */
export const ANALYSIS_RATE_HZ = 128
export const WINDOW_S = 2
export const HOP_S = 1
export const WINDOW_SAMPLES = WINDOW_S * ANALYSIS_RATE_HZ
export const HOP_SAMPLES = HOP_S * ANALYSIS_RATE_HZ

export function windowStarts(samples: number, hop = HOP_SAMPLES): number[] {
  const count = Math.max(0, Math.floor((samples - WINDOW_SAMPLES) / hop) + 1)
  return Array.from({ length: count }, (_, at) => at * hop)
}

export const ARTEFACT_REASONS = ['flat', 'amplitude', 'gradient', 'repaired'] as const
export type ArtefactReason = (typeof ARTEFACT_REASONS)[number]

/** Why a window is an artefact; null if good. `repairedShare` refers to its raw samples. */
export function artefactOf(
  samplesUv: Float64Array,
  start: number,
  repairedShare: number,
  options: EegOptions,
): ArtefactReason | null {
  let min = Infinity
  let max = -Infinity
  let step = 0
  for (let at = start; at < start + WINDOW_SAMPLES; at++) {
    const value = samplesUv[at] as number
    if (value < min) min = value
    if (value > max) max = value
    if (at > start) step = Math.max(step, Math.abs(value - (samplesUv[at - 1] as number)))
  }
  const stepMs = 1000 / ANALYSIS_RATE_HZ
  if (max - min < options.flat_uv_min) return 'flat'
  if (max - min > options.amplitude_uv_max) return 'amplitude'
  if (step / stepMs > options.gradient_uv_per_ms_max) return 'gradient'
  return repairedShare > options.repaired_share_max ? 'repaired' : null
}

export interface Screening {
  /** Channels that are good in at least half of the windows, or all if none is. */
  used: readonly number[]
  /** Used channels that are good per window; null if the window is rejected. */
  goodChannels: readonly (readonly number[] | null)[]
}

const GOOD_SHARE_MIN = 0.5

/** `reasons[channel][window]`, from `artefactOf`. */
export function screenWindows(
  reasons: readonly (readonly (ArtefactReason | null)[])[],
  channelShareMax: number,
): Screening {
  const all = reasons.map((_, channel) => channel)
  const usable = all.filter((channel) => goodShare(reasons[channel] ?? []) >= GOOD_SHARE_MIN)
  // Setting all channels aside would reject windows in which all are good.
  const used = usable.length > 0 ? usable : all
  const windows = reasons[0]?.length ?? 0
  return {
    used,
    goodChannels: Array.from({ length: windows }, (_, window) => {
      const good = used.filter((channel) => reasons[channel]?.[window] === null)
      const isRejected =
        good.length === 0 || used.length - good.length > channelShareMax * used.length
      return isRejected ? null : good
    }),
  }
}

/** Share of windows without an artefact; 0 without windows. */
export function goodShare(reasons: readonly (ArtefactReason | null)[]): number {
  const good = reasons.filter((reason) => reason === null).length
  return reasons.length === 0 ? 0 : good / reasons.length
}

export function spanOf(
  window: number,
  starts: readonly number[],
): { window_index: number; t_start_s: number; t_end_s: number } {
  const start = (starts[window] as number) / ANALYSIS_RATE_HZ
  return { window_index: window, t_start_s: start, t_end_s: start + WINDOW_S }
}
