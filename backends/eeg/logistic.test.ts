import { describe, expect, test } from 'vitest'
import { fitLogistic, predictLogistic, sigmoid } from './logistic.ts'
import { noise, seededRandom } from './testing/signals.ts'

/** Labels depend on the first two of four features, in odd units. */
function problem(count: number): { rows: Float64Array[]; labels: number[] } {
  const random = seededRandom(7)
  const values = noise(count * 4, 5)
  const rows = Array.from({ length: count }, (_, at) => values.slice(at * 4, at * 4 + 4))
  const labels = rows.map(([a, b]) => (random() < sigmoid(2 * (a ?? 0) - (b ?? 0)) ? 1 : 0))
  return { rows: rows.map((row) => row.map((value, at) => value * 10 ** at + 100)), labels }
}

describe('logistic regression', () => {
  test('finds the weights that made the labels', () => {
    const { rows, labels } = problem(8000)
    const { weights } = fitLogistic(rows, labels, 1e-6)
    ;[2, -1, 0, 0].forEach((weight, at) => {
      expect(Math.abs((weights[at] as number) - weight)).toBeLessThan(0.12)
    })
  })

  test('stops where the gradient of its loss is zero', () => {
    const { rows, labels } = problem(300)
    const l2 = 0.05
    const model = fitLogistic(rows, labels, l2)
    const positives = labels.filter((label) => label === 1).length
    const gradient = new Float64Array(5)
    rows.forEach((row, index) => {
      const label = labels[index] as number
      const slope =
        (predictLogistic(model, row) - label) * (0.5 / (label === 1 ? positives : 300 - positives))
      row.forEach((value, at) => {
        const x = (value - (model.mean[at] as number)) / (model.scale[at] as number)
        gradient[at] = (gradient[at] as number) + slope * x
      })
      gradient[4] = (gradient[4] as number) + slope
    })
    model.weights.forEach((weight, at) => (gradient[at] = (gradient[at] as number) + l2 * weight))
    for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-7)
  })

  test('separable rows do not run away: the penalty holds the weights', () => {
    const rows = [-2, -1, 1, 2].map((x) => Float64Array.from([x, 5]))
    const model = fitLogistic(rows, [0, 0, 1, 1], 0.001)
    expect(model.weights.every(Number.isFinite)).toBe(true)
    expect(predictLogistic(model, Float64Array.from([3, 5]))).toBeGreaterThan(0.99)
    // A constant feature has no weight.
    expect(model.weights[1]).toBe(0)
  })

  test('a larger penalty gives smaller weights', () => {
    const { rows, labels } = problem(300)
    const norms = [0.001, 0.1, 10].map((l2) => Math.hypot(...fitLogistic(rows, labels, l2).weights))
    expect(norms[0]).toBeGreaterThan(norms[1] as number)
    expect(norms[1]).toBeGreaterThan(norms[2] as number)
  })

  test('weighs both classes alike: without a signal a rare class is as likely as a frequent one', () => {
    const values = noise(400, 3)
    const rows = Array.from({ length: 400 }, (_, at) => values.slice(at, at + 1))
    const model = fitLogistic(
      rows,
      rows.map((_, at) => (at % 10 === 0 ? 1 : 0)),
      10,
    )
    expect(predictLogistic(model, Float64Array.from([0]))).toBeCloseTo(0.5, 1)
  })

  test('of one class only is refused', () => {
    expect(() => fitLogistic([new Float64Array(2)], [1], 1)).toThrow(
      'training rows of one class only (0 open, 1 closed)',
    )
  })
})
