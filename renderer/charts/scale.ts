/** Axis ticks: few, round, with zero at the bottom. Pure. */
const STEPS = [1, 2, 2.5, 5, 10]

/**
 * Ticks from 0 to the first round value at or above `peak`, with at most `gaps` gaps between them. Counts of things want
 * a `stepMin` of 1: there is no half request.
 */
export function ticksTo(peak: number, gaps: number, stepMin = 0): readonly number[] {
  if (!(peak > 0)) return [0, 1]
  const rough = Math.max(stepMin, peak / gaps)
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const step = (STEPS.find((one) => one * magnitude >= rough * 0.9999) ?? 10) * magnitude
  const count = Math.max(1, Math.ceil(peak / step - 1e-9))
  // Multiplied, not summed up: 0.1 + 0.1 + 0.1 is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}
