// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import type { ControlEvent } from '../../protocol/control.ts'
import type { PlaneEvent } from '../../protocol/events.ts'
import type { ConnectionStatus } from '../../client/control_client.ts'
import { fakeControl, refusal, type FakeControl } from '../testing/fake_control.ts'
import { TEST_EPOCH } from '../../testing/views.ts'
import { keepEvents, type EventSession } from './event_session.ts'
import {
  EVENTS_MAX,
  listedWith,
  noticeOf,
  reduceEvent,
  unseenTrouble,
  useEvents,
} from './event_store.ts'
import { useUi } from './ui_store.ts'

const anEvent = (seq: number, differing: Partial<PlaneEvent> = {}): PlaneEvent => ({
  seq,
  time: TEST_EPOCH + seq,
  kind: 'state',
  level: 'info',
  backend: 'emotion',
  message: 'ready on CPU',
  state: 'ready',
  ...differing,
})
const crash = (seq: number) => anEvent(seq, { kind: 'crash', level: 'error', message: 'signal 9' })
const seqs = () => useEvents.getState().events.map(({ seq }) => seq)

describe('a connection', () => {
  let control: FakeControl
  let session: EventSession
  let tell: (event: ControlEvent) => void = () => undefined
  let connect: (status: ConnectionStatus) => void = () => undefined

  beforeEach(() => {
    useEvents.setState({ events: [], hasEarlier: false, loadedAtMs: null, problem: null })
    useUi.setState({ eventsSeenSeq: null })
    control = fakeControl({
      'events.list': () => ({
        events: [anEvent(1), anEvent(2)],
        has_earlier: true,
      }),
    })
    session = keepEvents({
      call: control.call,
      onEvent: (listener) => {
        tell = listener
        return () => undefined
      },
      onStatus: (listener) => {
        connect = listener
        return () => undefined
      },
    })
  })
  const answered = () => new Promise((resolve) => setTimeout(resolve))

  test('asks for all, and keeps what is pushed before the answer, each once', async () => {
    connect({ phase: 'open' })
    tell({ event: 'event', data: anEvent(2) })
    tell({ event: 'event', data: anEvent(3) })
    await answered()
    expect(seqs()).toEqual([1, 2, 3])
    tell({ event: 'event', data: anEvent(4) })
    expect(seqs()).toEqual([1, 2, 3, 4])
  })
  test('can be asked for what came before, once for two clicks', async () => {
    connect({ phase: 'open' })
    await answered()
    expect(useEvents.getState().hasEarlier).toBe(true)
    control.handlers['events.list'] = () => ({ events: [anEvent(0)], has_earlier: false })
    await Promise.all([session.loadEarlier(), session.loadEarlier()])
    expect(seqs()).toEqual([0, 1, 2])
    expect(useEvents.getState().hasEarlier).toBe(false)
  })
  test('to another history lets the old one go', async () => {
    connect({ phase: 'open' })
    await answered()
    control.handlers['events.list'] = () => ({ events: [anEvent(0)], has_earlier: false })
    connect({ phase: 'open' })
    await answered()
    expect(seqs()).toEqual([0])
    expect(useUi.getState().eventsSeenSeq).toBeNull()
  })
  test('a failed request shows the reason and keeps the known events', async () => {
    connect({ phase: 'open' })
    await answered()
    control.handlers['events.list'] = () => refusal('not now')
    connect({ phase: 'open' })
    await answered()
    expect(useEvents.getState().problem).toBe('not now')
    expect(seqs()).toEqual([1, 2])
  })
  test('on the first visit leaves everything unseen', async () => {
    control.handlers['events.list'] = () => ({ events: [crash(8)], has_earlier: false })
    connect({ phase: 'open' })
    await answered()
    expect(useUi.getState().eventsSeenSeq).toBeNull()
  })
})

test('the store is bounded, and lets the oldest go', () => {
  const full = Array.from({ length: EVENTS_MAX }, (_, seq) => anEvent(seq))
  const after = reduceEvent({ events: full }, anEvent(EVENTS_MAX))
  expect(after.events).toHaveLength(EVENTS_MAX)
  expect(after.events?.[0]?.seq).toBe(1)
  expect(listedWith(full, [anEvent(EVENTS_MAX)])).toHaveLength(EVENTS_MAX)
})

test('crashes and failures after what was seen count, and nothing else', () => {
  const failed = anEvent(3, { state: 'failed', message: 'failed: port taken' })
  const events = [crash(1), anEvent(2), failed, crash(4), anEvent(5)]
  expect(unseenTrouble(events, { seenSeq: 1, sinceMs: 0 })).toBe(2)
  expect(unseenTrouble(events, { seenSeq: 4, sinceMs: 0 })).toBe(0)
})

test('where nobody has looked yet, trouble of the last hour counts and older does not', () => {
  const events = [crash(1), crash(2)]
  const since = events[1]?.time ?? 0
  expect(unseenTrouble(events, { seenSeq: null, sinceMs: 0 })).toBe(2)
  expect(unseenTrouble(events, { seenSeq: null, sinceMs: since })).toBe(1)
})

test('a crash and a failure become notices, each in words', () => {
  expect(noticeOf(crash(1))).toEqual({
    title: 'emotion crashed',
    text: 'signal 9',
    crashOf: 'emotion',
  })
  expect(noticeOf(anEvent(1, { state: 'failed', message: 'failed: port taken' }))).toEqual({
    title: 'emotion failed',
    text: 'port taken',
  })
  expect(noticeOf(anEvent(1))).toBeNull()
  expect(noticeOf(anEvent(1, { kind: 'config', backend: null, level: 'error' }))).toBeNull()
})
