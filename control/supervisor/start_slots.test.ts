/** Random starts and ends: the limit, the order, and no starvation. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LogStore } from '../logs/log_store.ts'
import { SLOT_MS_MAX, StartSlots, type StartTicket } from './start_slots.ts'
import { Supervisor } from './supervisor.ts'
import { FakeMachine, POLITE, type Manners } from './testing/fake_process.ts'
import { CONFIG } from './testing/supervisor_world.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('never holds more than its number, begins in order, and lets each one begin', async () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: 'request' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('release' as const), pick: fc.nat(20) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'wait' as const }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(act), async (max, acts) => {
      vi.clearAllTimers()
      const slots = new StartSlots(max)
      const tickets: StartTicket[] = []
      const begun: number[] = []
      const released = new Set<number>()
      /** Started, not released, and recent enough to count. */
      const holding = new Map<number, number>()
      for (const one of acts) {
        if (one.kind === 'request') {
          const id = tickets.length
          tickets.push(
            slots.request(() => {
              begun.push(id)
              holding.set(id, Date.now())
            }),
          )
        } else if (one.kind === 'release' && tickets.length > 0) {
          const id = one.pick % tickets.length
          released.add(id)
          holding.delete(id)
          tickets[id]?.release()
        } else if (one.kind === 'wait') {
          await vi.advanceTimersByTimeAsync(SLOT_MS_MAX / 2)
        }
        await vi.advanceTimersByTimeAsync(0)
        for (const [id, sinceMs] of holding) {
          if (Date.now() - sinceMs >= SLOT_MS_MAX) holding.delete(id)
        }
        expect(holding.size).toBeLessThanOrEqual(max)
        expect(begun).toEqual([...begun].sort((a, b) => a - b))
        for (const [id, { ahead }] of tickets.entries()) {
          if (begun.includes(id) || released.has(id)) expect(ahead).toBe(0)
          else expect(ahead).toBeGreaterThanOrEqual(max)
        }
      }
      await vi.advanceTimersByTimeAsync(SLOT_MS_MAX * (tickets.length + 1))
      const never = tickets.map((_, id) => id).filter((id) => !begun.includes(id))
      expect(never.every((id) => released.has(id))).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    }),
    { numRuns: 200 },
  )
})

function supervisors(count: number, max: number, manners: (port: number) => Manners) {
  const machine = new FakeMachine(({ port }) => manners(port))
  const slots = new StartSlots(max)
  const nothing = () => undefined
  const all = Array.from({ length: count }, (_, index) => {
    const id = `b${index}`
    return new Supervisor({
      id,
      backend: id,
      config: { ...CONFIG, port: 9000 + index, startup_timeout: 3600 },
      launcherFor: (section) => machine.launcherFor(section),
      logs: new LogStore(() => Date.now()),
      threads: () => ({ shared: 1, alone: 1 }),
      tokenFor: () => null,
      inFlight: machine.load,
      slots,
      clock: { wall: () => Date.now(), monotonic: () => Date.now() },
      random: () => 0.5,
      stops: machine.stopAudit(),
      createProbe: machine.createProbe,
      events: {
        onChange: nothing,
        onState: nothing,
        onPong: nothing,
        onStarted: nothing,
        onEnded: nothing,
        onStopped: nothing,
        onCrashed: nothing,
      },
    })
  })
  return { machine, all }
}

it('starts of backends wait for each other, say so, and all become ready', async () => {
  const { machine, all } = supervisors(7, 2, () => ({ ...POLITE, health: 'healthy' }))
  for (const one of all) one.enable()
  expect(machine.live).toHaveLength(2)
  expect(all.map((one) => one.view().detail)).toEqual([
    null,
    null,
    ...[2, 3, 4, 5, 6].map((ahead) => `Waiting for ${ahead} other starts`),
  ])
  let starting = 0
  machine.onEntry = () => {
    const ready = all.filter((one) => one.isServing).length
    starting = Math.max(starting, machine.live.length - ready)
  }
  await vi.advanceTimersByTimeAsync(10_000)
  expect(all.map(({ phase }) => phase)).toEqual(all.map(() => 'ready'))
  expect(starting).toBe(2)
  await Promise.all([...all.map((one) => one.stop()), vi.advanceTimersByTimeAsync(1000)])
  expect(vi.getTimerCount()).toBe(0)
})

it('one that waits can be switched off, and starts nothing then', async () => {
  const { machine, all } = supervisors(3, 1, () => POLITE)
  const [first, second, third] = all
  for (const one of all) one.enable()
  await Promise.all([second?.stop(), vi.advanceTimersByTimeAsync(100)])
  expect(second?.phase).toBe('disabled')
  expect(third?.view().detail).toBe('Waiting for 1 other start')
  // It never listens, and yields its slot all the same.
  await vi.advanceTimersByTimeAsync(SLOT_MS_MAX)
  expect(first?.phase).toBe('starting')
  expect(machine.live.map(({ section }) => section.port)).toEqual([9000, 9002])
  await Promise.all([...all.map((one) => one.stop()), vi.advanceTimersByTimeAsync(1000)])
  expect(vi.getTimerCount()).toBe(0)
})

it('256 programs that do not exist come to their end', async () => {
  const { all } = supervisors(256, 4, () => ({ ...POLITE, isMissing: true }))
  for (const one of all) one.enable()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(new Set(all.map(({ phase }) => phase))).toEqual(new Set(['failed']))
})
