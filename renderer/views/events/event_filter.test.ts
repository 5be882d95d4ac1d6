/** Which events a filter shows, in which order and under which day, and what their kinds count. */
import { describe, expect, test } from 'vitest'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { eventsThatMatch, kindCounts, NO_FILTER, rowsByDay } from './event_filter.ts'
import { goalOf } from './event_goal.ts'
import { eventSentence } from './event_words.ts'

const NOON = new Date(2026, 0, 31, 12, 0, 0).getTime()
const DAY_MS = 24 * 3_600_000

const anEvent = (seq: number, differing: Partial<PlaneEvent> = {}): PlaneEvent => ({
  seq,
  time: NOON + seq,
  kind: 'state',
  level: 'info',
  backend: 'emotion',
  message: 'ready on CPU',
  state: 'ready',
  ...differing,
})
const events = [
  anEvent(0, { time: NOON - DAY_MS, kind: 'action', message: 'start was asked for' }),
  anEvent(1),
  anEvent(2, { kind: 'crash', level: 'error', message: 'exit code 1', backend: 'eeg' }),
  anEvent(3, { kind: 'config', level: 'warn', message: 'config refused', backend: null }),
]
const shown = (filter: Partial<typeof NO_FILTER>) =>
  eventsThatMatch(events, { ...NO_FILTER, ...filter }).map(({ seq }) => seq)

describe('a filter', () => {
  test('shows all, newest first, when it says nothing', () => {
    expect(shown({})).toEqual([3, 2, 1, 0])
  })
  test.each([
    [{ kinds: ['crash', 'action'] as const }, [2, 0]],
    [{ level: 'warn' as const }, [3, 2]],
    [{ level: 'error' as const }, [2]],
    [{ backend: 'emotion' }, [1, 0]],
    [{ text: 'CODE' }, [2]],
    [{ text: 'eeg' }, [2]],
    [{ backend: 'emotion', text: 'code' }, []],
  ])('%j', (filter, seqs) => {
    expect(shown(filter)).toEqual(seqs)
  })
  test('leaves the counts of the kinds that it hides', () => {
    const counts = kindCounts(events, { ...NO_FILTER, kinds: ['crash'], level: 'warn' })
    expect(counts).toMatchObject({ crash: 1, config: 1, state: 0, action: 0 })
  })
})

test('each day has one heading, with how many events are below it', () => {
  const rows = rowsByDay(eventsThatMatch(events, NO_FILTER))
  expect(
    rows.map((row) => (row.row === 'day' ? `${row.date} ${row.amount}` : row.event.seq)),
  ).toEqual(['2026-01-31 3', 3, 2, 1, '2026-01-30 1', 0])
})

test.each([
  [anEvent(0), 'Ready on CPU.'],
  [
    anEvent(0, { state: 'backoff', message: 'exit code 1; try 1 of 10 in 2.6 s' }),
    'Backoff: exit code 1; try 1 of 10 in 2.6 s.',
  ],
  [anEvent(0, { state: 'failed', message: 'failed: port taken' }), 'Failed: port taken.'],
  [anEvent(0, { state: 'hibernating', message: 'hibernating' }), 'Hibernating.'],
  [anEvent(0, { kind: 'crash', message: 'signal 9' }), 'Crashed: signal 9.'],
  [anEvent(0, { kind: 'action', message: 'stop was asked for' }), 'Stop was asked for.'],
])('an event in words: %#', (event, words) => {
  expect(eventSentence(event)).toBe(words)
})

describe('an event leads', () => {
  const known = { backends: ['emotion'], startedAtMs: NOON }
  test('to the crash card of its backend, however old', () => {
    expect(goalOf(anEvent(-DAY_MS, { kind: 'crash' }), known)).toBe('crash card')
  })
  test('to the logs of its moment', () => {
    expect(goalOf(anEvent(1), known)).toBe('logs')
    expect(goalOf(anEvent(1, { kind: 'config', backend: null }), known)).toBe('logs')
  })
  test('nowhere, where nothing is left of it', () => {
    expect(goalOf(anEvent(-1), known)).toBeNull()
    expect(goalOf(anEvent(1, { kind: 'crash', backend: 'gone' }), known)).toBeNull()
  })
})
