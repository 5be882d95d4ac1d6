import { describe, expect, test } from 'vitest'
import { areaPath, linePath } from './paths.ts'
import { tickLabels, ticksTo } from './scale.ts'
import { TEST_EPOCH } from '../../testing/views.ts'
import { spanLabels, type AxisSpan } from './span_labels.ts'

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

describe('a time axis has words that fit', () => {
  const at = (text: string) => new Date(text).getTime()
  const words = (span: AxisSpan, isWide: boolean) =>
    spanLabels(span, isWide)
      .map(({ text }) => text)
      .join('|')

  test.each([
    [5, true, '\u22125 min|\u22124|\u22123|\u22122|\u22121|now'],
    [5, false, '\u22125 min|now'],
    [60, true, '13:00|13:15|13:30|13:45|now'],
    [60, false, '13:00|now'],
    [24 * 60, true, '30 Jan 18:00|31 Jan|06:00|now'],
    [24 * 60, false, '30 Jan 14:00|now'],
    [7 * 24 * 60, true, '26 Jan|28 Jan|30 Jan|now'],
  ])('%d minutes that end now, wide: %s', (minutes, isWide, expected) => {
    const span = { fromMs: TEST_EPOCH - minutes * 60_000, toMs: TEST_EPOCH, isLive: true }
    expect(words(span, isWide)).toBe(expected)
    expect(spanLabels(span, isWide).at(-1)?.share).toBe(1)
  })

  test.each([
    ['2026-01-30T14:00', '2026-01-30T15:00', true, '30 Jan 14:00|14:15|14:30|14:45'],
    ['2026-01-30T14:00', '2026-01-30T15:00', false, '30 Jan 14:00|15:00'],
    ['2026-01-30T22:00', '2026-01-31T02:00', true, '30 Jan 22:00|23:00|31 Jan|01:00'],
    ['2026-01-30T22:00', '2026-01-31T02:00', false, '30 Jan 22:00|31 Jan 02:00'],
    ['2026-01-30T14:00', '2026-01-30T14:01', false, '30 Jan 14:00:00|14:01:00'],
    [
      '2026-01-30T14:00:05',
      '2026-01-30T14:00:25',
      true,
      '30 Jan 14:00:05|14:00:10|14:00:15|14:00:20',
    ],
  ])('%s to %s, wide: %s', (from, to, isWide, expected) => {
    expect(words({ fromMs: at(from), toMs: at(to), isLive: false }, isWide)).toBe(expected)
  })
})
