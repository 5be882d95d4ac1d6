import { expect, test } from 'vitest'
import {
  accuracy,
  areaUnderCurve,
  balancedAccuracy,
  balancedLogLoss,
  majorityAccuracy,
  meanAndSd,
} from './metrics.ts'

const LABELS = [0, 0, 0, 0, 0, 0, 1, 1]

test('always answering "open" is accurate where most are open, and 0.5 balanced', () => {
  const scores = LABELS.map(() => 0.1)
  expect(accuracy(LABELS, scores)).toBe(0.75)
  expect(balancedAccuracy(LABELS, scores)).toBe(0.5)
  expect(areaUnderCurve(LABELS, scores)).toBe(0.5)
  expect(majorityAccuracy(LABELS)).toBe(0.75)
})

test('balanced accuracy is the mean of both hit rates', () => {
  const scores = [0.1, 0.2, 0.3, 0.9, 0.9, 0.9, 0.9, 0.1]
  expect(balancedAccuracy(LABELS, scores)).toBe(0.5)
  expect(balancedAccuracy([0, 1, 1, 1], [0.2, 0.9, 0.9, 0.1])).toBeCloseTo((1 + 2 / 3) / 2, 12)
})

test('the area under the curve counts ordered pairs, ties half', () => {
  expect(areaUnderCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBe(0.75)
  expect(areaUnderCurve([0, 1], [0.5, 0.5])).toBe(0.5)
  expect(areaUnderCurve([0, 1], [0.9, 0.1])).toBe(0)
})

test('metrics that need both classes are null without them', () => {
  expect(balancedAccuracy([1, 1], [0.9, 0.1])).toBeNull()
  expect(areaUnderCurve([0, 0], [0.9, 0.1])).toBeNull()
})

test('the balanced log loss weighs both classes alike and stays finite', () => {
  const half = balancedLogLoss(
    LABELS,
    LABELS.map(() => 0.5),
  )
  expect(half).toBeCloseTo(Math.LN2, 12)
  expect(balancedLogLoss([0, 1], [1, 0])).toBeCloseTo(-Math.log(1e-12), 9)
})

test('mean and standard deviation are those of a sample', () => {
  expect(meanAndSd([2, 4, 4, 4, 5, 5, 7, 9]).mean).toBe(5)
  expect(meanAndSd([1, 3]).sd).toBeCloseTo(Math.SQRT2, 12)
})
