import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { engagementOf, scoreOf, smoothScores, type BandPowers } from './engagement.ts'
import { readOptions } from './options.ts'

const OPTIONS = readOptions()
const powers = (theta: number, alpha: number, beta: number | null): BandPowers => ({
  delta: 1000,
  theta,
  alpha,
  beta,
  gamma: 1000,
})

describe('the engagement index', () => {
  test('is beta over alpha plus theta, of the sums over all channels', () => {
    expect(engagementOf([powers(2, 3, 10)])).toBe(2)
    expect(engagementOf([powers(2, 3, 10), powers(10, 5, 0)])).toBe(0.5)
  })

  test('is missing where a band or all power is', () => {
    expect(engagementOf([powers(2, 3, null)])).toBeNull()
    expect(engagementOf([powers(0, 0, 0)])).toBeNull()
    expect(engagementOf([])).toBeNull()
  })
})

describe('the score', () => {
  test('is 0 without beta, 50 at the midpoint, and below 100', () => {
    expect(scoreOf(0, 1)).toBe(0)
    expect(scoreOf(0.4, 0.4)).toBe(50)
    expect(scoreOf(3, 1)).toBe(75)
  })

  test('orders windows as the index does', () => {
    const value = fc.double({ min: 0, max: 1e3, noNaN: true })
    fc.assert(
      fc.property(
        value,
        value,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (a, b, midpoint) => {
          const [low, high] = a < b ? [a, b] : [b, a]
          // Up to rounding in the last digits.
          expect(scoreOf(low, midpoint)).toBeLessThanOrEqual(scoreOf(high, midpoint) + 1e-9)
          expect(scoreOf(high, midpoint)).toBeLessThanOrEqual(100)
        },
      ),
    )
  })
})

describe('smoothing', () => {
  const run = (scores: number[], options = OPTIONS) =>
    smoothScores(scores, options).map(({ scoreEma, state, stateChanged }) => [
      Math.round(scoreEma * 100) / 100,
      state,
      stateChanged,
    ])

  test('keeps 0.7 of the previous value and starts with the first score', () => {
    expect(run([50, 100, 0])).toEqual([
      [50, 'low', false],
      [65, 'high', true],
      [45.5, 'low', true],
    ])
  })

  test('has hysteresis: high from 60, low down to 50, and between them as before', () => {
    const unsmoothed = readOptions({ smoothing: 0 })
    expect(run([55, 60, 55, 50.1, 50, 55, 59.9, 60], unsmoothed)).toEqual([
      [55, 'low', false],
      [60, 'high', true],
      [55, 'high', false],
      [50.1, 'high', false],
      [50, 'low', true],
      [55, 'low', false],
      [59.9, 'low', false],
      [60, 'high', true],
    ])
  })

  test('of a first score that is high is a state, not a change', () => {
    expect(run([80])).toEqual([[80, 'high', false]])
  })

  test('of nothing is nothing', () => {
    expect(run([])).toEqual([])
  })
})
