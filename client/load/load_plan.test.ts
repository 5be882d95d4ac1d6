import { describe, expect, test } from 'vitest'
import { hasTooManyErrors, kneeOf, sweepSteps, type StepResult } from './load_plan.ts'

describe('a sweep', () => {
  test.each([
    [1, [1]],
    [2, [1, 2]],
    [8, [1, 2, 4, 8]],
    [24, [1, 2, 4, 8, 16, 24]],
  ])('to %d has the steps %j', (max, steps) => {
    expect(sweepSteps(max)).toEqual(steps)
  })
})

describe('errors', () => {
  const outcomes = (good: number, bad: number) => [
    ...Array<boolean>(good).fill(true),
    ...Array<boolean>(bad).fill(false),
  ]
  test('stop a test when a fifth of the last ones failed', () => {
    expect(hasTooManyErrors(outcomes(41, 9))).toBe(false)
    expect(hasTooManyErrors(outcomes(40, 10))).toBe(true)
    expect(hasTooManyErrors(outcomes(0, 10))).toBe(true)
  })
  test('at the very start prove nothing, and old ones are forgotten', () => {
    expect(hasTooManyErrors(outcomes(0, 9))).toBe(false)
    expect(hasTooManyErrors([...outcomes(0, 50), ...outcomes(50, 0)])).toBe(false)
  })
})

describe('the knee', () => {
  const step = (concurrency: number, perSecond: number, p95: number): StepResult => ({
    concurrency,
    seconds: 1,
    answers: perSecond,
    errors: {},
    perSecond,
    p50: p95,
    p95,
    p99: p95,
    maxMs: p95,
  })
  test('is where throughput over p95 is greatest', () => {
    const steps = [step(1, 60, 8), step(4, 240, 13), step(8, 318, 20), step(16, 330, 45)]
    expect(kneeOf(steps)?.concurrency).toBe(4)
  })
  test('is not known when the last step is the best, or there are too few', () => {
    expect(kneeOf([step(1, 10, 10), step(2, 20, 10), step(4, 40, 10)])).toBeNull()
    expect(kneeOf([step(1, 10, 10), step(2, 11, 20)])).toBeNull()
  })
})
