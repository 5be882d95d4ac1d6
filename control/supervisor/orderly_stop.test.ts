import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { OrderlyStop } from './orderly_stop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function stopOf(given: { drainsItself?: boolean; requestTimeoutMs?: number } = {}) {
  const world = { count: 0, reported: 0 }
  const events: string[] = []
  const startMs = performance.now()
  const note = (what: string) => events.push(`${what} at ${performance.now() - startMs}`)
  const stop = new OrderlyStop({
    drainsItself: false,
    requestTimeoutMs: 300_000,
    ...given,
    graceMs: 5000,
    load: () => ({ count: world.count, oldestMs: null, sinceAnswerMs: null }),
    reportedInFlight: () => world.reported,
    ask: () => note('asked'),
    kill: (reason) => note(`killed (${reason.message})`),
    now: () => performance.now(),
    wall: (act) => act,
  })
  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { stop, world, events, later }
}
const KILLED = 'killed (it did not exit within 5 s after it was asked to stop)'

it.each([true, false])(
  'idle, it is asked immediately and killed after the short grace (ours: %s)',
  async (drainsItself) => {
    const { stop, events, later } = stopOf({ drainsItself })
    stop.begin()
    await later(400_000)
    expect(events).toEqual(['asked at 0', `${KILLED} at 5000`])
  },
)

it('a foreign program is asked after its last answer', async () => {
  const { stop, world, events, later } = stopOf()
  world.count = 2
  stop.begin()
  await later(60_000)
  expect(events).toEqual([])
  world.count = 0
  await later(50)
  expect(events).toEqual(['asked at 60050'])
})

it('a foreign program that never answers is asked at the deadline of its requests', async () => {
  const { stop, world, events, later } = stopOf({ requestTimeoutMs: 1000 })
  world.count = 1
  stop.begin()
  await later(60_000)
  expect(events).toEqual(['asked at 1000', `${KILLED} at 6000`])
})

it.each(['by the gateway', 'by its pong'] as const)(
  'ours is asked immediately and drains as long as something is in flight %s',
  async (who) => {
    const { stop, world, events, later } = stopOf({ drainsItself: true })
    const set = (count: number) =>
      who === 'by its pong' ? (world.reported = count) : (world.count = count)
    set(1)
    stop.begin()
    await later(200_000)
    expect(events).toEqual(['asked at 0'])
    set(0)
    await later(1000)
    expect(events).toHaveLength(2)
  },
)

it('what is in flight for ever bounds the stop by request_timeout and the grace', async () => {
  const { stop, world, events, later } = stopOf({ drainsItself: true, requestTimeoutMs: 30_000 })
  world.reported = 1
  stop.begin()
  await later(100_000)
  expect(events.map((event) => event.split(' ')[0])).toEqual(['asked', 'killed'])
  expect(events[1]).toMatch(/ at 35000$/)
})

it('once disposed, nothing is asked or killed; what is left of the grace is known', async () => {
  const { stop, events, later } = stopOf()
  stop.begin()
  await later(2000)
  stop.dispose()
  expect(stop.graceLeftMs).toBe(3000)
  await later(60_000)
  expect(events).toEqual(['asked at 0'])
  expect([stop.graceLeftMs, vi.getTimerCount()]).toEqual([0, 0])
})
