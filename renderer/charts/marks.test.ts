import { expect, test } from 'vitest'
import type { PlaneEvent } from '../../protocol/events.ts'
import { marksOf } from './marks.ts'

const NOW = 1_000_000
const event = (seq: number, time: number, differing: Partial<PlaneEvent>): PlaneEvent => ({
  seq,
  time,
  kind: 'config',
  level: 'info',
  backend: 'emotion',
  message: `event ${seq}`,
  ...differing,
})
const marks = (events: PlaneEvent[]) =>
  marksOf(events, 'emotion', { fromMs: NOW - 300_000, toMs: NOW }).map(({ key, kind }) => [
    key,
    kind,
  ])

test('changes of the configuration, crashes and starts are marked, of this backend and no other', () => {
  expect(
    marks([
      event(1, NOW - 200_000, {}),
      event(2, NOW - 150_000, { kind: 'crash', backend: 'emotion' }),
      event(3, NOW - 149_000, { kind: 'state', state: 'starting', backend: 'emotion' }),
      event(4, NOW - 148_000, { kind: 'state', state: 'ready', backend: 'emotion' }),
      event(5, NOW - 147_000, { kind: 'crash', backend: 'eeg' }),
      event(6, NOW - 146_000, { backend: 'eeg' }),
      event(7, NOW - 145_000, { backend: null }),
    ]),
  ).toEqual([
    [1, 'config'],
    [2, 'crash'],
    [3, 'start'],
  ])
})

test('what is older than the span is not, and of many in one place only the newest', () => {
  expect(
    marks([
      event(1, NOW - 400_000, {}),
      event(2, NOW - 10_000, {}),
      event(3, NOW - 9000, {}),
      event(4, NOW - 1000, {}),
    ]),
  ).toEqual([
    [3, 'config'],
    [4, 'config'],
  ])
})
