import { describe, expect, test } from 'vitest'
import { clockMinutes, clockMs, clockSeconds, duration, secondsUntil } from './time.ts'

const at = new Date(2026, 0, 31, 14, 3, 7, 21).getTime()
const DAY = 86_400_000

describe('a duration names its two largest units', () => {
  test.each([
    [-500, '0 s'],
    [6_900, '6 s'],
    [(48 * 60 + 7) * 1000, '48 m 07 s'],
    [(3 * 60 + 12) * 60_000, '3 h 12 m'],
    [2 * DAY + 4 * 3_600_000, '2 d 4 h'],
  ])('%d ms reads as %s', (span, text) => expect(duration(span)).toBe(text))
})

test('a time of today has no date, another day has the ISO date', () => {
  expect(clockMinutes(at, at)).toBe('14:03')
  expect(clockSeconds(at, at + DAY)).toBe('2026-01-31 14:03:07')
})

test('a log time has milliseconds', () => expect(clockMs(at)).toBe('14:03:07.021'))

test('a countdown counts whole seconds and stops at zero', () => {
  expect(secondsUntil(at + 11_200, at)).toBe(12)
  expect(secondsUntil(at - 1, at)).toBe(0)
})
