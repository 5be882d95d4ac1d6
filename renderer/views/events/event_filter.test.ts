import { describe, expect, test } from 'vitest'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { storiesOf } from '../../state/stories.ts'
import { kindCounts, NO_FILTER, rowsByDay, storiesThatMatch } from './event_filter.ts'
import { goalOf } from './event_goal.ts'
import { eventText, storyText } from './event_text.ts'

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
  anEvent(0, { time: NOON - DAY_MS, kind: 'action', message: 'started by you' }),
  anEvent(1),
  anEvent(2, { kind: 'crash', level: 'error', message: 'exit code 1', backend: 'eeg' }),
  anEvent(3, { kind: 'config', level: 'warn', message: 'config refused', backend: null }),
]
const shown = (filter: Partial<typeof NO_FILTER>) =>
  storiesThatMatch(storiesOf(events), { ...NO_FILTER, ...filter }).map(
    ({ events: [first] }) => first.seq,
  )

describe('a filter', () => {
  test('shows all, newest first, when it is empty', () => {
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
    const counts = kindCounts(storiesOf(events), { ...NO_FILTER, kinds: ['crash'], level: 'warn' })
    expect(counts).toMatchObject({ crash: 1, config: 1, state: 0, action: 0 })
  })
})

test('each day has one heading, with how many events are below it', () => {
  const rows = rowsByDay(storiesThatMatch(storiesOf(events), NO_FILTER))
  expect(
    rows.map((row) => (row.row === 'day' ? `${row.date} ${row.amount}` : row.story.events[0].seq)),
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
  [anEvent(0, { kind: 'crash', message: 'signal 9' }), 'Signal 9.'],
  [anEvent(0, { kind: 'action', message: 'stopped by you' }), 'Stopped by you.'],
])('an event in words: %#', (event, words) => {
  expect(eventText(event)).toBe(words)
})

/** `afterMs` later than the previous event. */
const at = (afterMs: number, differing: Partial<PlaneEvent>) =>
  anEvent(afterMs, { time: NOON + afterMs, ...differing })

test.each([
  [
    'Started by you, ready on CPU after 1.4 s.',
    [
      at(0, { kind: 'action', action: 'start', message: 'started by you' }),
      at(1, { state: 'starting' }),
      at(1400, { state: 'ready', provider: 'CPU' }),
    ],
  ],
  [
    'Restarted by you, starting.',
    [
      at(0, { kind: 'action', action: 'restart', message: 'restarted by you' }),
      at(1, { state: 'stopping' }),
      at(2, { state: 'starting' }),
    ],
  ],
  [
    'Started, degraded after 2.0 s.',
    [at(0, { state: 'starting' }), at(2000, { state: 'degraded' })],
  ],
  [
    'Ended by signal SIGKILL; ready again after 4.6 s.',
    [
      at(0, { state: 'backoff', message: 'ended by signal SIGKILL; try 1 of 10 in 2.6 s' }),
      at(1, { kind: 'crash', message: 'ended by signal SIGKILL.' }),
      at(2600, { state: 'starting' }),
      at(4600, { state: 'ready' }),
    ],
  ],
  [
    'Exit code 1 (2 times); no longer restarted.',
    [
      at(0, { state: 'backoff', message: 'exit code 1; try 1 of 1 in 2.6 s' }),
      at(2, { state: 'starting' }),
      at(3, { state: 'failed', message: 'failed: exit code 1' }),
    ],
  ],
  [
    'Started by you; port 8768 on 127.0.0.1 is held by process 7; stop it; no longer restarted.',
    [
      at(0, { kind: 'action', action: 'start', message: 'started by you' }),
      at(1, { state: 'starting' }),
      at(2, { kind: 'start_failed', message: 'listen EADDRINUSE' }),
      at(3, { state: 'failed', message: 'failed: listen EADDRINUSE' }),
      at(4, { kind: 'port', message: 'port 8768 on 127.0.0.1 is held by process 7; stop it' }),
    ],
  ],
  [
    'emotion keeps its old port 8768.',
    [
      at(0, { kind: 'config', message: 'config: port' }),
      at(1, { state: 'stopping' }),
      at(2, { state: 'starting' }),
      at(3, { kind: 'config', message: 'emotion keeps its old port 8768.', taken_back: true }),
    ],
  ],
  [
    'Stopped by you. Freed 81 MiB RAM.',
    [
      at(0, { kind: 'action', action: 'stop', message: 'stopped by you' }),
      at(1, { state: 'stopping' }),
      at(2, { state: 'disabled' }),
      at(3, { kind: 'stop', message: 'freed 81 MiB RAM' }),
    ],
  ],
])('a story in words: %s', (words, events) => {
  expect(storiesOf(events).map(storyText)).toEqual([words])
})

describe('a story leads', () => {
  const known = { backends: ['emotion'] }
  const goal = (event: PlaneEvent) => storiesOf([event]).map((story) => goalOf(story, known))
  test('to the crash card of its backend, however old', () => {
    expect(goal(anEvent(-DAY_MS, { kind: 'crash', crash_id: 'c1' }))).toEqual(['crash card'])
  })
  test('to the logs, where a start was refused and has no card', () => {
    expect(goal(anEvent(1, { kind: 'start_failed' }))).toEqual(['logs'])
  })
  test('to the logs of its moment, of an earlier run as well', () => {
    expect(goal(anEvent(1))).toEqual(['logs'])
    expect(goal(anEvent(1, { kind: 'config', backend: null }))).toEqual(['logs'])
  })
  test('nowhere, where nothing is left of it', () => {
    expect(goal(anEvent(1, { kind: 'crash', crash_id: 'c1', backend: 'gone' }))).toEqual([null])
  })
})
