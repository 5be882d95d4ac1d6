import { expect, it } from 'vitest'
import type { LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'
import { queryMatcher } from './log_filter.ts'

const line: LogLine = {
  seq: 5,
  time: 1000,
  level: 'warn',
  source: 'emotion',
  message: 'Slow batch of 8',
  request_id: 'AB-12',
}

it.each<[LogQuery, 'yes' | 'no' | 'level']>([
  [{}, 'yes'],
  [{ pattern: '' }, 'yes'],
  [{ pattern: 'slow BATCH' }, 'yes'],
  [{ pattern: 'slow', case_sensitive: true }, 'no'],
  [{ pattern: 'Slow', case_sensitive: true }, 'yes'],
  [{ pattern: 'ab-1' }, 'yes'],
  [{ pattern: 'b.tch' }, 'no'],
  [{ pattern: '^slow b.tch of \\d$', is_regex: true }, 'yes'],
  [{ pattern: '^slow', is_regex: true, case_sensitive: true }, 'no'],
  [{ pattern: '^AB-\\d+$', is_regex: true, case_sensitive: true }, 'yes'],
  [{ sources: [] }, 'yes'],
  [{ sources: ['eeg', 'emotion'] }, 'yes'],
  [{ sources: ['eeg'] }, 'no'],
  [{ levels: ['warn'] }, 'yes'],
  [{ levels: ['info'] }, 'level'],
  [{ levels: [] }, 'level'],
  [{ levels: ['info'], pattern: 'other' }, 'no'],
  [{ time_from: 1000, time_to: 1000 }, 'yes'],
  [{ time_from: 1001 }, 'no'],
  [{ time_to: 999 }, 'no'],
  [{ request_id: 'AB-12' }, 'yes'],
  [{ request_id: 'AB-1' }, 'no'],
  [{ after_seq: 4 }, 'yes'],
  [{ after_seq: 5 }, 'no'],
])('%j: %s', (query, match) => {
  expect(queryMatcher(query)(line)).toBe(match)
})
