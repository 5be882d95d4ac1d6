import { describe, expect, test } from 'vitest'
import { aSample, TEST_EPOCH } from '../testing/views.ts'
import { areaPath, linePath } from './paths.ts'
import { ticksTo } from './scale.ts'
import { sampleColumns } from './series.ts'

describe('ticks are few and round, and reach the peak', () => {
  test.each([
    [0, 4, [0, 1]],
    [0.83, 2, [0, 0.5, 1]],
    [38, 4, [0, 10, 20, 30, 40]],
    [64, 2, [0, 50, 100]],
    [107, 6, [0, 20, 40, 60, 80, 100, 120]],
    [742, 2, [0, 500, 1000]],
  ])('a peak of %d with at most %d gaps', (peak, gaps, ticks) => {
    expect(ticksTo(peak, gaps)).toEqual(ticks)
  })
})

test('counts have whole steps', () => expect(ticksTo(1, 2, 1)).toEqual([0, 1]))

describe('a gap stays a gap', () => {
  test('in a line and in an area', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: null },
      { x: 2, y: 3 },
      { x: 3, y: 4 },
    ]
    expect(linePath(points)).toBe('M0.0 1.0M2.0 3.0L3.0 4.0')
    expect(areaPath(points, 9)).toContain('M2.0 3.0L3.0 4.0L3.0 9L2.0 9Z')
  })

  test('samples that are missing for longer than usual leave a null between them', () => {
    const samples = [0, 1000, 2000, 3000, 60_000, 61_000].map((offset) =>
      aSample({ time: TEST_EPOCH + offset }),
    )
    expect(sampleColumns(samples).perS).toEqual([12, 12, 12, 12, null, 12, 12])
  })
})

test('close checks during a start do not turn the usual interval into gaps', () => {
  const samples = [0, 250, 500, 750, 2750, 4750, 6750].map((offset) =>
    aSample({ time: TEST_EPOCH + offset }),
  )
  expect(sampleColumns(samples).perS).not.toContain(null)
})

test('a long health interval is no gap', () => {
  const samples = [0, 60_000, 120_000].map((offset) => aSample({ time: TEST_EPOCH + offset }))
  expect(sampleColumns(samples).perS).toEqual([12, 12, 12])
})

test('a sample without an answer has no latency, but a rate', () => {
  const { p50, perS } = sampleColumns([aSample({ latency_ms: null, requests_per_s: 0 })])
  expect(p50).toEqual([null])
  expect(perS).toEqual([0])
})
