import { expect, it } from 'vitest'
import { CRASH_ID_PATTERN } from './crash.ts'

it.each([
  '../../etc/passwd',
  '',
  '20260101T000000000Z-../x-01234567',
  '20260101T000000000Z-a-0123456',
])('no id of a card: "%s"', (id) => {
  expect(CRASH_ID_PATTERN.test(id)).toBe(false)
})
