import { expect, test } from 'vitest'
import { TEST_EPOCH } from '../../testing/views.ts'
import { lanesOf, spanOf, TIMELINE_MS } from './timeline_lanes.ts'

const change = (id: number, state: 'ready' | 'failed', atMs: number) => ({
  id,
  backend: 'emotion',
  state,
  detail: null,
  atMs: TEST_EPOCH + atMs,
})
const span = { fromMs: TEST_EPOCH, toMs: TEST_EPOCH + 1000 }

test('a state lasts until the next one, the last one until now', () => {
  const [lane] = lanesOf([change(1, 'ready', 0), change(2, 'failed', 250)], ['emotion'], span)
  expect(lane?.stretches).toEqual([
    { id: 1, kind: 'ready', from: 0, width: 0.25 },
    { id: 2, kind: 'down', from: 0.25, width: 0.75 },
  ])
})

test('what was over before the span is left out, what began before it is cut', () => {
  const changes = [change(1, 'failed', -900), change(2, 'ready', -500)]
  const [lane] = lanesOf(changes, ['emotion'], span)
  expect(lane?.stretches).toEqual([{ id: 2, kind: 'ready', from: 0, width: 1 }])
})

test('the span is at most an hour, and not less than ten minutes', () => {
  const nowMs = TEST_EPOCH + 1000
  expect(spanOf([], TEST_EPOCH, nowMs).fromMs).toBe(nowMs - 600_000)
  expect(spanOf([change(1, 'ready', -9 * TIMELINE_MS)], TEST_EPOCH, nowMs).fromMs).toBe(
    nowMs - TIMELINE_MS,
  )
})
