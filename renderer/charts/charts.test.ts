/** What is drawn, as numbers: ticks, paths with their gaps, and the words of a time axis. */
import { describe, expect, test } from 'vitest'
import { areaPath, linePath } from './paths.ts'
import { tickLabels, ticksTo } from './scale.ts'
import { TEST_EPOCH } from '../testing/views.ts'
import { spanLabels } from './span_labels.ts'

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

test('the top tick carries the unit, and long times are in seconds', () => {
  expect(tickLabels([0, 2.5, 5], '/s')).toEqual(['0', '2.5', '5/s'])
  expect(tickLabels([0, 2000, 4000], ' ms')).toEqual(['0', '2,000', '4,000 ms'])
  expect(tickLabels([0, 7500, 15_000], ' ms')).toEqual(['0', '7.5', '15 s'])
  expect(tickLabels([0, 10_000], '')).toEqual(['0', '10,000'])
})

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
})

describe('a time axis ends now, in words that fit', () => {
  test.each([
    [5, true, '\u22125 min|\u22124|\u22123|\u22122|\u22121|now'],
    [5, false, '\u22125 min|now'],
    [60, true, '13:00|13:15|13:30|13:45|now'],
    [60, false, '13:00|now'],
    [24 * 60, true, '14:00|20:00|02:00|08:00|now'],
  ])('%d minutes, wide: %s', (minutes, isWide, words) => {
    const labels = spanLabels(minutes * 60_000, isWide, TEST_EPOCH)
    expect(labels.map(({ text }) => text).join('|')).toBe(words)
    expect([labels[0]?.share, labels.at(-1)?.share]).toEqual([0, 1])
  })
})
