/** Axis ticks and their labels: few, round, starting at zero. */
import { number } from '../format/number.ts'

const STEPS = [1, 2, 2.5, 5, 10]

/** Up to the first round value at or above `peak`, at most `gaps` steps apart. Counts need a `stepMin` of 1. */
export function ticksTo(peak: number, gaps: number, stepMin = 0): readonly number[] {
  if (!(peak > 0)) return [0, 1]
  const rough = Math.max(stepMin, peak / gaps)
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const step = (STEPS.find((one) => one * magnitude >= rough * 0.9999) ?? 10) * magnitude
  const count = Math.max(1, Math.ceil(peak / step - 1e-9))
  // Multiplied instead of summed: 0.1 + 0.1 + 0.1 is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

const MS = ' ms'
/** From here on milliseconds are shown as seconds, as everywhere in the panel. */
const SECONDS_FROM_MS = 10_000

export function tickLabels(ticks: readonly number[], unit: string): readonly string[] {
  const isSeconds = unit === MS && (ticks.at(-1) ?? 0) >= SECONDS_FROM_MS
  const shown = isSeconds ? ticks.map((tick) => tick / 1000) : ticks
  return shown.map((tick, index) => {
    const decimals = Number.isInteger(tick) ? 0 : tick * 10 === Math.round(tick * 10) ? 1 : 2
    const isTop = index === shown.length - 1
    return `${number(tick, decimals)}${isTop ? (isSeconds ? ' s' : unit) : ''}`
  })
}
