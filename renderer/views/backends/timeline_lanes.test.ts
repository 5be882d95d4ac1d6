import { expect, test } from 'vitest'
import type { BackendState } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { TEST_EPOCH } from '../../../testing/views.ts'
import { configMarks, laneOf, spanOf, TIMELINE_MS } from './timeline_lanes.ts'

const event = (seq: number, atMs: number, differing: Partial<PlaneEvent>): PlaneEvent => ({
  seq,
  time: TEST_EPOCH + atMs,
  kind: 'state',
  level: 'info',
  backend: 'emotion',
  message: '',
  ...differing,
})
const span = { fromMs: TEST_EPOCH, toMs: TEST_EPOCH + 1000 }
const emotionLane = (
  events: PlaneEvent[],
  now: { state: BackendState; since: number },
  startedAtMs = -Infinity,
) => laneOf({ name: 'emotion', ...now }, { events, startedAtMs, span })

test('a state lasts until the next one, the last one until now', () => {
  const events = [event(1, 0, { state: 'ready' }), event(2, 250, { state: 'failed' })]
  const lane = emotionLane(events, { state: 'failed', since: TEST_EPOCH + 250 })
  expect(lane?.stretches.filter(({ width }) => width > 0)).toEqual([
    { id: 1, kind: 'ready', from: 0, width: 0.25 },
    { id: -1, kind: 'down', from: 0.25, width: 0.75 },
  ])
})

test('what was over before the span is left out, what began before it is cut', () => {
  const events = [event(1, -900, { state: 'failed' }), event(2, -500, { state: 'ready' })]
  const lane = emotionLane(events, { state: 'ready', since: TEST_EPOCH - 500 })
  expect(lane?.stretches).toEqual([{ id: -1, kind: 'ready', from: 0, width: 1 }])
})

test('a state whose event was dropped is known from the backend itself', () => {
  const lane = emotionLane([], { state: 'ready', since: TEST_EPOCH + 500 })
  expect(lane?.stretches).toEqual([{ id: -1, kind: 'ready', from: 0.5, width: 0.5 }])
})

test('a state of an earlier run ends with the last that is known of that run', () => {
  const events = [event(1, 0, { state: 'ready' }), event(2, 100, { kind: 'config', backend: null })]
  const lane = emotionLane(events, { state: 'starting', since: TEST_EPOCH + 600 }, TEST_EPOCH + 500)
  expect(lane?.stretches).toEqual([
    { id: 1, kind: 'ready', from: 0, width: 0.1 },
    { id: -1, kind: 'starting', from: 0.6, width: 0.4 },
  ])
})

test('a crash is a mark of its lane, a change of the configuration one of the axis', () => {
  const crash = event(1, 500, { kind: 'crash', message: 'exit code 1' })
  const config = event(2, 750, { kind: 'config', backend: null, message: 'changed: port' })
  const lane = emotionLane([crash, config], { state: 'ready', since: TEST_EPOCH })
  expect(lane?.marks).toEqual([{ id: 1, kind: 'crash', at: 0.5, message: 'exit code 1' }])
  expect(configMarks([crash, config], span)).toEqual([
    { id: 2, kind: 'config', at: 0.75, message: 'changed: port' },
  ])
})

test('the span is the last hour', () => {
  expect(spanOf(TEST_EPOCH)).toEqual({ fromMs: TEST_EPOCH - TIMELINE_MS, toMs: TEST_EPOCH })
})
