import { expect, test } from 'vitest'
import { timeTyped } from './go_to_time.tsx'

const NOW = new Date(2026, 0, 31, 14, 32, 10).getTime()
const at = (...parts: [number, number, number, number, number, number?]) =>
  new Date(2026, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5] ?? 0).getTime()

test.each([
  ['14:31', at(0, 31, 14, 31, 0)],
  ['9:05', at(0, 31, 9, 5, 0)],
  [' 14:31:38 ', at(0, 31, 14, 31, 38)],
  ['14:31:38.5', at(0, 31, 14, 31, 38, 500)],
  ['14:31:38,045', at(0, 31, 14, 31, 38, 45)],
  ['2026-01-02 23:00', at(0, 2, 23, 0, 0)],
  ['2026-01-02T23:00:01', at(0, 2, 23, 0, 1)],
  ['-5m', NOW - 5 * 60_000],
  ['\u221230 s', NOW - 30_000],
])('%s is understood', (typed, moment) => {
  expect(timeTyped(typed, NOW)).toBe(moment)
})

test('a time of day that is still to come is that of yesterday', () => {
  expect(timeTyped('23:59', NOW)).toBe(at(0, 30, 23, 59, 0))
})

test.each(['', '14', '25:00', '14:60', '14:31:61', 'noon', '2026-13-40 10:00', '-5', '5m'])(
  '"%s" is not a time',
  (typed) => {
    expect(timeTyped(typed, NOW)).toBeNull()
  },
)
