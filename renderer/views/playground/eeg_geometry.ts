import { EEG_BANDS, type EegResult } from '../../../protocol/results.ts'
import type { Point } from '../../charts/paths.ts'
import { ticksTo } from '../../charts/scale.ts'
import { number } from '../../format/number.ts'

type Trace = EegResult['traces']['channels'][number]

export interface Span {
  startS: number
  endS: number
  reasons: readonly string[]
}

/** Joins overlapping rejected windows into one span with all their reasons. */
export function artefactSpans(windows: EegResult['artefact_windows']): readonly Span[] {
  const spans: { startS: number; endS: number; reasons: string[] }[] = []
  for (const { t_start_s: startS, t_end_s: endS, reasons } of windows) {
    const last = spans.at(-1)
    if (!last || startS > last.endS) spans.push({ startS, endS, reasons: [...reasons] })
    else {
      last.endS = Math.max(last.endS, endS)
      last.reasons.push(...reasons.filter((reason) => !last.reasons.includes(reason)))
    }
  }
  return spans
}

const ROUND_UV = [1, 2, 5, 10]
/** Share of the points that fit into their row; a blink may be clipped. */
const FITTING_SHARE = 0.98

/** Microvolts from the middle of a row to its edge; the same for all channels, for comparison. */
export function rowReachUv(channels: readonly Trace[]): number {
  const reaches = channels
    .map(({ min_uv: low, max_uv: high }) => {
      const peaks = high.map((value, at) => Math.max(Math.abs(value), Math.abs(low[at] ?? 0)))
      return quantile(peaks, FITTING_SHARE)
    })
    .sort((left, right) => left - right)
  // One loose electrode must not flatten the others.
  const reach = quantile(reaches, 0.75)
  if (!(reach > 0)) return 1
  const magnitude = 10 ** Math.floor(Math.log10(reach))
  return (ROUND_UV.find((one) => one * magnitude >= reach) ?? 10) * magnitude
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

interface Row {
  stepX: number
  middleY: number
  scaleY: number
  /** Pixels from the middle at which a trace is clipped. */
  reachY: number
}

/** Along the maxima and back along the minima; a line where both are equal. */
export function tracePath({ min_uv: low, max_uv: high }: Trace, row: Row): string {
  const place = (uv: number, at: number) => {
    const offset = Math.max(-row.reachY, Math.min(row.reachY, uv * row.scaleY))
    return `${(at * row.stepX).toFixed(1)} ${(row.middleY - offset).toFixed(1)}`
  }
  if (high.length === 0) return ''
  const there = high.map((uv, at) => place(uv, at))
  const isLine = high.every((uv, at) => uv === low[at])
  const back = isLine ? [] : low.map((uv, at) => place(uv, at)).reverse()
  return `M${[...there, ...back].join('L')}${isLine ? '' : 'Z'}`
}

const TICKS_MAX = 10
const MINUTES_FROM_S = 600

export interface Tick {
  timeS: number
  label: string
}

/** In seconds, or minutes for long recordings. The last tick carries the unit. */
export function timeTicks(durationS: number, ticksMax = TICKS_MAX): readonly Tick[] {
  const [unitS, unit] = durationS >= MINUTES_FROM_S ? [60, 'min'] : [1, 's']
  const ticks = ticksTo(durationS / unitS, ticksMax).filter((tick) => tick * unitS <= durationS)
  const step = ticks[1] ?? 1
  const decimals = [0, 1, 2].find((one) => Number.isInteger(Number((step * 10 ** one).toFixed(6))))
  return ticks.map((tick, index) => ({
    timeS: tick * unitS,
    label: `${number(tick, decimals ?? 3)}${index === ticks.length - 1 ? ` ${unit}` : ''}`,
  }))
}

/** Scores at the end of each window; a gap where windows were rejected. */
export function scorePoints(
  windows: EegResult['window_results'],
  place: (timeS: number, score: number) => { x: number; y: number },
): readonly Point[] {
  return windows.flatMap((window, index) => {
    const before = windows[index - 1]
    const point = place(window.t_end_s, window.score_ema)
    const hop = window.t_end_s - (before?.t_end_s ?? window.t_end_s)
    return hop > HOP_S_MAX ? [{ x: point.x, y: null }, point] : [point]
  })
}

/** Windows start every second; allows for rounding. */
const HOP_S_MAX = 1.01

/** Lowest and highest band power as powers of ten; null if there is none. */
export function powerDecades(
  channels: EegResult['channels'],
): { first: number; last: number } | null {
  const logs = channels.flatMap(({ features }) =>
    EEG_BANDS.flatMap((band) => {
      const power = features?.band_power_uv2[band] ?? 0
      return power > 0 ? [Math.log10(power)] : []
    }),
  )
  if (logs.length === 0) return null
  const first = Math.floor(Math.min(...logs))
  return { first, last: Math.max(first + 1, Math.ceil(Math.max(...logs))) }
}

/** Bar length on the log scale, 0 to 1. */
export function decadeShare(power: number, decades: { first: number; last: number }): number {
  if (power <= 0) return 0
  const share = (Math.log10(power) - decades.first) / (decades.last - decades.first)
  return Math.max(0, Math.min(1, share))
}
