/** Traces as minimum and maximum of equal intervals, so that no spike is lost. */
import { ANALYSIS_RATE_HZ } from './windows.ts'

export interface Traces {
  step_s: number
  /** Per point, in microvolts with one decimal, after the band-pass. */
  channels: { name: string; min_uv: number[]; max_uv: number[] }[]
}

export const TRACE_POINTS_MAX = 1000
export const TRACE_POINTS_TOTAL_MAX = 32_000

export function tracesOf(channels: readonly { name: string; filteredUv: Float64Array }[]): Traces {
  const points = Math.min(
    TRACE_POINTS_MAX,
    Math.floor(TRACE_POINTS_TOTAL_MAX / Math.max(1, channels.length)),
  )
  const samples = channels[0]?.filteredUv.length ?? 0
  const stretch = Math.max(1, Math.ceil(samples / points))
  return {
    step_s: stretch / ANALYSIS_RATE_HZ,
    channels: channels.map(({ name, filteredUv }) => ({ name, ...envelope(filteredUv, stretch) })),
  }
}

function envelope(samples: Float64Array, stretch: number): { min_uv: number[]; max_uv: number[] } {
  const lows: number[] = []
  const highs: number[] = []
  for (let start = 0; start < samples.length; start += stretch) {
    let low = Infinity
    let high = -Infinity
    for (let at = start; at < Math.min(samples.length, start + stretch); at++) {
      low = Math.min(low, samples[at] as number)
      high = Math.max(high, samples[at] as number)
    }
    lows.push(Math.round(low * 10) / 10)
    highs.push(Math.round(high * 10) / 10)
  }
  return { min_uv: lows, max_uv: highs }
}
