/** Statistics of a series of rounds. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
export const mean = (values: readonly number[]) => sum(values) / values.length

/** Minimum and maximum. */
export const rangeOf = (values: readonly number[]): [number, number] => [
  Math.min(...values),
  Math.max(...values),
]

export interface Slope {
  value: number
  /** Half the width of the 95 % confidence interval. */
  halfWidth: number
}

/** Least squares with the t interval of the slope; assumes independent residuals. */
export function slopeOf(points: readonly { x: number; y: number }[]): Slope {
  const count = points.length
  if (count < 3) return { value: NaN, halfWidth: Infinity }
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const spreadX = sum(points.map(({ x }) => (x - meanX) ** 2))
  const value = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spreadX
  const residuals = points.map(({ x, y }) => y - meanY - value * (x - meanX))
  const variance = sum(residuals.map((one) => one ** 2)) / (count - 2)
  return { value, halfWidth: studentT95(count - 2) * Math.sqrt(variance / spreadX) }
}

/** Two-sided 95 % quantile of Student's t: Cornish-Fisher expansion, exact below 4 degrees. */
function studentT95(degrees: number): number {
  const few = [12.706, 4.303, 3.182][degrees - 1]
  if (few !== undefined) return few
  const z = 1.959964
  const first = (z ** 3 + z) / (4 * degrees)
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  return z + first + second + third
}
