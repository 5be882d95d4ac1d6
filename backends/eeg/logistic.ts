/** Logistic regression: L2 penalty, standardised features, balanced classes, by Newton's method on a convex loss. */
import { solvePositive } from './dsp_matrix.ts'

export interface Logistic {
  mean: Float64Array
  scale: Float64Array
  weights: Float64Array
  bias: number
  l2: number
}

const STEPS_MAX = 50
const STEP_SMALL = 1e-9

/** Minimises mean(class weight * log loss) + l2 / 2 * |weights|². Throws if a class is missing. */
export function fitLogistic(
  rows: readonly Float64Array[],
  labels: readonly number[],
  l2: number,
): Logistic {
  const positives = labels.filter((label) => label === 1).length
  const negatives = labels.length - positives
  if (positives === 0 || negatives === 0) {
    throw new Error(`training rows of one class only (${negatives} open, ${positives} closed)`)
  }
  const { mean, scale } = standardOf(rows)
  const x = rows.map((row) => standardised(row, mean, scale))
  const rowWeights = labels.map((label) => 0.5 / (label === 1 ? positives : negatives))
  const width = mean.length
  // The last parameter is the bias, which is not penalised.
  const parameters = new Float64Array(width + 1)
  for (let step = 0; step < STEPS_MAX; step++) {
    const change = newtonStep(x, labels, rowWeights, parameters, l2)
    let largest = 0
    for (let at = 0; at <= width; at++) {
      parameters[at] = (parameters[at] as number) - (change[at] as number)
      largest = Math.max(largest, Math.abs(change[at] as number))
    }
    if (largest < STEP_SMALL) break
  }
  return { mean, scale, weights: parameters.slice(0, width), bias: parameters[width] as number, l2 }
}

export function predictLogistic(model: Logistic, row: Float64Array): number {
  const x = standardised(row, model.mean, model.scale)
  return sigmoid(
    x.reduce((sum, value, at) => sum + value * (model.weights[at] as number), model.bias),
  )
}

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

function newtonStep(
  x: readonly Float64Array[],
  labels: readonly number[],
  rowWeights: readonly number[],
  parameters: Float64Array,
  l2: number,
): Float64Array {
  const n = parameters.length
  const width = n - 1
  const gradient = new Float64Array(n)
  const hessian = new Float64Array(n * n)
  const bias = parameters[width] as number
  x.forEach((row, index) => {
    let z = bias
    for (let i = 0; i < width; i++) z += (row[i] as number) * (parameters[i] as number)
    const p = sigmoid(z)
    const slope = (rowWeights[index] as number) * (p - (labels[index] as number))
    const curve = (rowWeights[index] as number) * p * (1 - p)
    for (let i = 0; i < width; i++) {
      const xi = row[i] as number
      gradient[i] = (gradient[i] as number) + slope * xi
      const scaled = curve * xi
      for (let j = 0; j <= i; j++) {
        hessian[i * n + j] = (hessian[i * n + j] as number) + scaled * (row[j] as number)
      }
      hessian[width * n + i] = (hessian[width * n + i] as number) + scaled
    }
    gradient[width] = (gradient[width] as number) + slope
    hessian[width * n + width] = (hessian[width * n + width] as number) + curve
  })
  for (let i = 0; i < width; i++) {
    gradient[i] = (gradient[i] as number) + l2 * (parameters[i] as number)
    hessian[i * n + i] = (hessian[i * n + i] as number) + l2
  }
  // If all rows are certain, the curvature of the bias vanishes.
  hessian[width * n + width] = (hessian[width * n + width] as number) + 1e-9
  return solvePositive(hessian, gradient)
}

function standardOf(rows: readonly Float64Array[]): { mean: Float64Array; scale: Float64Array } {
  const width = rows[0]?.length ?? 0
  const mean = new Float64Array(width)
  const scale = new Float64Array(width)
  for (const row of rows) {
    for (let at = 0; at < width; at++)
      mean[at] = (mean[at] as number) + (row[at] as number) / rows.length
  }
  for (const row of rows) {
    for (let at = 0; at < width; at++) {
      const off = (row[at] as number) - (mean[at] as number)
      scale[at] = (scale[at] as number) + (off * off) / rows.length
    }
  }
  return { mean, scale: scale.map((variance) => Math.sqrt(variance) || 1) }
}

function standardised(row: Float64Array, mean: Float64Array, scale: Float64Array): Float64Array {
  return row.map((value, at) => (value - (mean[at] as number)) / (scale[at] as number))
}
