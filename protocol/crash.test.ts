/** What a crash card shares with the ControlApi without importing it. */
import { expect, expectTypeOf, it } from 'vitest'
import { logLineSchema, type LogLine } from './control.ts'
import { CRASH_ID_PATTERN, crashLogLineSchema, type CrashLogLine } from './crash.ts'

it('a log line of a card is a log line of the ControlApi, and the other way round', () => {
  expectTypeOf<CrashLogLine>().toEqualTypeOf<LogLine>()
  expect(Object.keys(crashLogLineSchema.shape)).toEqual(Object.keys(logLineSchema.shape))
})

it.each([
  '../../etc/passwd',
  '',
  '20260101T000000000Z-../x-01234567',
  '20260101T000000000Z-a-0123456',
])('no id of a card: "%s"', (id) => {
  expect(CRASH_ID_PATTERN.test(id)).toBe(false)
})
