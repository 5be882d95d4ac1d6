import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockedFolds, lastPartFold, requireApart, shuffledFolds, type Span } from './folds.ts'
import { seededRandom } from '../../backends/eeg/testing/signals.ts'

/** Windows of 256 samples every 32, as in training. */
const windowsOf = (samples: number): Span[] =>
  Array.from({ length: Math.floor((samples - 256) / 32) + 1 }, (_, at) => ({
    start: at * 32,
    end: at * 32 + 256,
  }))

describe('blocked folds', () => {
  test('never let a training window come within the purge of a test window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 600, max: 8000 }),
        fc.integer({ min: 2, max: 10 }),
        fc.integer({ min: 0, max: 512 }),
        (samples, count, purge) => {
          const windows = windowsOf(samples)
          const folds = blockedFolds(windows, samples, count, purge)
          expect(folds).toHaveLength(count)
          for (const fold of folds) requireApart(fold, windows, purge)
          const tested = folds.flatMap(({ test: indices }) => indices)
          expect(new Set(tested).size).toBe(tested.length)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('test nearly every window: those across a border are left out', () => {
    const windows = windowsOf(14_980)
    const tested = blockedFolds(windows, 14_980, 8, 256).flatMap(({ test: indices }) => indices)
    expect(windows.length - tested.length).toBeLessThanOrEqual(7 * 8)
  })
})

test('the last part trains on what comes before it', () => {
  const windows = windowsOf(4000)
  const { train, test: tested } = lastPartFold(windows, 4000, 0.3, 256)
  const end = Math.max(...train.map((at) => windows[at]?.end ?? 0))
  const start = Math.min(...tested.map((at) => windows[at]?.start ?? 0))
  expect(start).toBeGreaterThanOrEqual(2800)
  expect(start - end).toBeGreaterThanOrEqual(256)
})

describe('folds are refused', () => {
  const windows = windowsOf(2000)
  test('when a training window overlaps a test window', () => {
    expect(() => requireApart({ train: [0, 1, 2], test: [5, 6] }, windows)).toThrow(
      'the folds leak: training window 0 (samples 0-256) and test window 5 (160-416) overlap; split the recording into blocks in time',
    )
  })

  test('when they are the same window', () => {
    expect(() => requireApart({ train: [3], test: [3] }, windows)).toThrow('overlap')
  })

  test('when they touch and a gap is asked for', () => {
    const touching = { train: [0], test: [8] }
    expect(() => requireApart(touching, windows)).not.toThrow()
    expect(() => requireApart(touching, windows, 1)).toThrow('are less than 1 samples apart')
  })

  test('when they are shuffled', () => {
    const shuffled = shuffledFolds(windows.length, 10, seededRandom(1))
    for (const fold of shuffled) expect(() => requireApart(fold, windows)).toThrow('the folds leak')
    const tested = shuffled.flatMap((fold) => fold.test).sort((a, b) => a - b)
    expect(tested).toEqual(windows.map((_, at) => at))
  })
})
