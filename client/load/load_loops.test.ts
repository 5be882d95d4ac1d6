import { expect, test } from 'vitest'
import type { Outcome } from '../outcome.ts'
import { FakeClock } from '../testing/fake_clock.ts'
import type { LoadConnection } from './load_connection.ts'
import { closedLoop, openLoop, type Ended } from './load_loops.ts'

/** Answers each request after `latencyMs` with `outcome`. */
function connections(clock: FakeClock, count: number, latencyMs: number, outcome: Outcome) {
  const sentAtMs: number[] = []
  const connection: LoadConnection = {
    send: () => {
      sentAtMs.push(clock.now())
      return new Promise((resolve) => clock.after(latencyMs, () => resolve(outcome)))
    },
    close: () => Promise.resolve(),
  }
  return { sentAtMs, all: Array.from({ length: count }, () => connection) }
}

const answered: Outcome = {
  ...{ phase: 'answered', message: {}, reply: null, receivedText: '' },
  roundTripMs: 30,
}
const refused: Outcome = {
  ...{ phase: 'refused', receivedText: '', roundTripMs: 1 },
  reply: { type: 'error', error: 'full', code: 'queue_full' },
}

/** In steps of one millisecond, with pending microtasks. */
async function pass(clock: FakeClock, ms: number) {
  for (let count = 0; count < ms; count++) {
    clock.advance(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a closed loop sends when the last request has ended, and pauses after a refused one', async () => {
  const clock = new FakeClock()
  const { sentAtMs, all } = connections(clock, 1, 5, refused)
  const over = new AbortController()
  const loop = closedLoop(all, { clock, over: over.signal, onEnd: () => undefined })
  await pass(clock, 60)
  over.abort()
  await pass(clock, 5)
  await loop
  expect(sentAtMs).toEqual([0, 25, 50])
})

test('an open loop keeps its rate, and counts latency from when a request was due', async () => {
  const clock = new FakeClock()
  const { sentAtMs, all } = connections(clock, 2, 30, answered)
  const ended: Ended<Outcome>[] = []
  const loop = openLoop(
    all,
    { perSecond: 100, durationMs: 50 },
    { clock, onEnd: (one) => ended.push(one) },
  )
  await pass(clock, 15)
  // The generator is blocked.
  clock.advance(19)
  await pass(clock, 50)
  const { sent, drained } = await loop
  await drained
  expect(sent).toBe(5)
  expect(sentAtMs).toEqual([0, 10, 35, 35, 40])
  expect(ended.map(({ latencyMs }) => latencyMs)).toEqual([30, 30, 45, 35, 30])
  expect(ended.map(({ connection }) => connection)).toEqual([0, 1, 0, 1, 0])
})
