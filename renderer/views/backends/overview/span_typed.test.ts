import { describe, expect, test } from 'vitest'
import { TEST_EPOCH } from '../../../../testing/views.ts'
import { fieldsOf, spanTyped, yesterday } from './span_typed.ts'

const HOUR_MS = 3_600_000
const typed = (from: string, to: string) => {
  const [fromDate = '', fromTime = ''] = from.split(' ')
  const [toDate = '', toTime = ''] = to.split(' ')
  return spanTyped({ fromDate, fromTime, toDate, toTime }, TEST_EPOCH)
}

describe('a span that cannot be', () => {
  test.each([
    ['without a start', '', '2026-01-31 12:00', 'no_start'],
    ['without a time of the end', '2026-01-31 12:00', '2026-01-31', 'no_end'],
    ['of a day that does not exist', '2026-13-45 12:00', '2026-01-31 12:00', 'no_start'],
    ['that ends before it begins', '2026-01-31 13:00', '2026-01-31 12:59', 'order'],
    ['that ends as it begins', '2026-01-31 13:00', '2026-01-31 13:00', 'order'],
    ['that is still to come', '2026-02-01 13:00', '2026-02-01 14:00', 'future'],
    ['from before anything is kept', '2026-01-02 13:00', '2026-01-03 14:00', 'too_old'],
  ])('%s', (_title, from, to, kind) => {
    expect(typed(from, to)).toMatchObject({ kind })
  })
})

test('a span that reaches beyond what can be known is cut to it', () => {
  expect(typed('2026-01-01 00:00', '2026-02-28 00:00')).toEqual({
    fromMs: TEST_EPOCH - 7 * 24 * HOUR_MS,
    toMs: TEST_EPOCH,
  })
})

test('the fields of a span mean that span', () => {
  const span = { fromMs: TEST_EPOCH - 3 * HOUR_MS, toMs: TEST_EPOCH - HOUR_MS }
  expect(spanTyped(fieldsOf(span), TEST_EPOCH)).toEqual(span)
})

test('yesterday is the day before, from midnight to midnight', () => {
  expect(fieldsOf(yesterday(TEST_EPOCH))).toEqual({
    fromDate: '2026-01-30',
    fromTime: '00:00',
    toDate: '2026-01-31',
    toTime: '00:00',
  })
})
