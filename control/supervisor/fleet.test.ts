/** Random configurations, applied in sequence: each is active as a whole or not at all, with the fewest restarts. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { planOf } from '../../config/plan.ts'
import type { ModelsConfig } from '../../protocol/config.ts'
import { changed, firstFile, NAMES, saving } from './testing/config_changes.ts'
import { APPLY_MS, comesUp, FleetWorld } from './testing/fleet_world.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const isOn = (config: ModelsConfig, backend: string) =>
  config.model_backends[backend]?.enabled === true

/** Running backends that restart with a section that does not become ready: the reason for a revert. */
function hopeless(before: ModelsConfig, next: ModelsConfig): string[] {
  return planOf(before, next).flatMap(({ backend, action }) =>
    action === 'restart' && isOn(before, backend) && !comesUp(next.model_backends[backend])
      ? [backend]
      : [],
  )
}

async function checkOneSaving(world: FleetWorld, next: ModelsConfig): Promise<void> {
  const { fleet } = world
  const before = fleet.config
  const pids = new Map(fleet.backends.map((backend) => [backend, world.pidsOf(backend)]))
  const faults = await world.apply(next)

  const expected = hopeless(before, next)
  const sectionOf = (id: string) => id.replace(/-\d$/, '')
  expect([...new Set(faults.map(({ backend }) => sectionOf(backend ?? '')))]).toEqual(expected)
  for (const { reason } of faults) expect(reason).not.toBe('')
  expect(fleet.config).toEqual(expected.length === 0 ? next : before)

  for (const { backend, action } of planOf(before, next)) {
    const section = fleet.config.model_backends[backend]
    const now = world.pidsOf(backend)
    if (section === undefined) expect(now).toEqual([])
    else if (!section.enabled) expect(now).toEqual(now.map(() => null))
    else if (comesUp(section)) {
      expect(now).not.toContain(null)
      const isKept = action === 'leave' || action === 'live'
      if (isKept) expect(now).toEqual(pids.get(backend))
      else for (const pid of pids.get(backend) ?? []) expect(now).not.toContain(pid ?? undefined)
    }
  }
}

it('a configuration is in force as a whole, or the one before is; what has not changed keeps its process', async () => {
  await fc.assert(
    fc.asyncProperty(firstFile, fc.array(saving, { maxLength: 6 }), async (first, savings) => {
      vi.clearAllTimers()
      const world = new FleetWorld()
      world.fleet.open(changed(undefined, first))
      await world.look(APPLY_MS)
      for (const changes of savings) {
        await checkOneSaving(world, changed(world.fleet.config, changes))
      }
      await world.finish()
    }),
    { numRuns: 100 },
  )
}, 120_000)

/** Events while configurations are applied; `pick` is the index of a supervisor or process, modulo their number. */
const happening = fc.oneof(
  { weight: 3, arbitrary: saving.map((changes) => ({ kind: 'save' as const, changes })) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('enable' as const, 'disable' as const, 'restart' as const),
      pick: fc.nat({ max: 20 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), pick: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10, 30, 600, 3000, 7000, APPLY_MS),
    }),
  },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

async function carryOut(world: FleetWorld, one: Happening): Promise<void> {
  switch (one.kind) {
    case 'save':
      world.applySoon((inForce) => changed(inForce, one.changes))
      break
    case 'crash': {
      const { live } = world.machine
      live[one.pick % Math.max(1, live.length)]?.end(1, null)
      break
    }
    case 'wait':
      break
    default: {
      const all = world.fleet.all()
      all[one.pick % Math.max(1, all.length)]?.[one.kind]()
    }
  }
  await world.look(one.kind === 'wait' ? one.ms : 0)
}

it('switches and crashes in the middle of it leave no process behind, none on an old section, and none in another one’s port', async () => {
  await fc.assert(
    fc.asyncProperty(
      firstFile,
      fc.array(happening, { maxLength: 25, size: 'max' }),
      async (first, happenings) => {
        vi.clearAllTimers()
        const world = new FleetWorld()
        world.fleet.open(changed(undefined, first))
        for (const one of happenings) await carryOut(world, one)
        await world.finish()
      },
    ),
    { numRuns: 200 },
  )
}, 120_000)

const set = (backend: string, values = {}) => ({ change: 'set' as const, backend, values })
const TWO = changed(undefined, [set('ant'), set('bee')])

it('one that a person switches on while the fleet waits for its end gets the new section', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const next = changed(TWO, [set('ant', { threads: 2 })])
  world.applySoon(() => next)
  // It was asked to stop and still runs.
  await world.look(1)
  expect(world.fleet.find('ant')[0]?.phase).toBe('stopping')
  world.fleet.find('ant')[0]?.enable()
  await world.look(APPLY_MS)
  expect(world.machine.live.map(({ section }) => section.threads)).toEqual([undefined, 2])
  await world.finish()
})

it('a wish that comes while the fleet waits for the end of a backend is not lost', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  world.fleet.find('ant')[0]?.disable()
  world.applySoon(() => changed(TWO, [set('ant', { threads: 2 })]))
  await world.look(1)
  expect(world.fleet.find('ant')[0]?.phase).toBe('stopping')
  world.fleet.find('ant')[0]?.enable()
  await world.look(APPLY_MS)
  expect(world.machine.live.map(({ section }) => section.threads).sort()).toEqual([2, undefined])
  await world.finish()
})

it('what was switched off by hand stays off through a restart, and does not count as a fault', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  world.fleet.find('ant')[0]?.disable()
  await world.look(APPLY_MS)
  const next = changed(TWO, [set('ant', { options: { fate: 'missing' } })])
  expect(await world.apply(next)).toEqual([])
  expect(world.fleet.config).toEqual(next)
  expect(world.pidsOf('ant')).toEqual([null])
  await world.finish()
})

it('a fleet that ends in the middle of an application starts nothing after it', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const launches = world.machine.children.length
  world.applySoon(() =>
    changed(
      TWO,
      NAMES.map((name) => set(name, { threads: 2 })),
    ),
  )
  await world.look(1)
  await world.finish()
  expect(world.machine.children).toHaveLength(launches)
})

it('a newer configuration does not wait for a start that never ends, and fixes it', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const broken = changed(TWO, [set('ant', { options: { fate: 'mute' }, startup_timeout: 3600 })])
  let first: unknown = 'unknown'
  world.applySoon(
    () => broken,
    (faults) => (first = faults),
  )
  await world.look(3000)
  expect(first).toBe('unknown')
  const fixed = changed(TWO, [set('ant', { threads: 2 }), set('bee', { request_timeout: 2 })])
  expect(await world.apply(fixed)).toEqual([])
  expect({ first, config: world.fleet.config }).toEqual({ first: null, config: fixed })
  await world.finish()
})

it('a slow start of one backend does not hold up a later change of another', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const [antPid] = world.pidsOf('ant')
  const loading = changed(TWO, [
    set('bee', { options: { fate: 'loading' }, startup_timeout: 3600 }),
  ])
  world.applySoon(() => loading)
  await world.look(3000)
  const [beePid] = world.pidsOf('bee')
  world.applySoon(() => changed(loading, [set('ant', { threads: 2 })]))
  await world.look(3000)
  expect(world.pidsOf('ant')).not.toContain(antPid)
  expect(world.fleet.find('ant')[0]?.isServing).toBe(true)
  expect(world.pidsOf('bee')).toEqual([beePid])
  await world.finish()
})

it('when a newer configuration fails too, the last good one comes back', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const mute = changed(TWO, [set('ant', { options: { fate: 'mute' } })])
  world.applySoon(() => mute)
  await world.look(1000)
  const faults = await world.apply(changed(mute, [set('bee', { threads: 2 })]))
  expect(faults.map(({ backend }) => backend)).toEqual(['ant'])
  expect(world.fleet.config).toEqual(TWO)
  await world.finish()
})

it('a backend is found by its section with all its replicas, or by the name of one', async () => {
  const world = new FleetWorld()
  world.fleet.open(changed(TWO, [set('bee', { replicas: 2 })]))
  const ids = (name: string) => world.fleet.find(name).map(({ id }) => id)
  expect(['ant', 'bee', 'bee-2', 'cat'].map(ids)).toEqual([
    ['ant'],
    ['bee-1', 'bee-2'],
    ['bee-2'],
    [],
  ])
  await world.finish()
})

it('a backend that cannot be set up is left out of the first configuration, and tried with the next', async () => {
  const world = new FleetWorld()
  world.uncreatable = 'ant'
  expect(world.fleet.open(TWO)).toEqual([
    { backend: null, reason: { message: 'ant could not be set up: planted' } },
  ])
  await world.look(APPLY_MS)
  expect(world.fleet.backends).toEqual(['bee'])
  expect(world.pidsOf('bee')).not.toContain(null)
  world.uncreatable = null
  expect(await world.apply(TWO)).toEqual([])
  expect(world.fleet.backends).toEqual(['ant', 'bee'])
  await world.finish()
})

it('a backend that cannot be set up refuses a later configuration before anything is stopped', async () => {
  const world = new FleetWorld()
  world.fleet.open(TWO)
  await world.look(APPLY_MS)
  const pids = ['ant', 'bee'].map((name) => world.pidsOf(name))
  world.uncreatable = 'cat'
  const next = changed(TWO, [set('ant', { threads: 2 }), set('cat')])
  expect(await world.apply(next)).toEqual([
    { backend: null, reason: { message: 'cat could not be set up: planted' } },
  ])
  expect(['ant', 'bee'].map((name) => world.pidsOf(name))).toEqual(pids)
  expect(world.fleet.config).toEqual(TWO)
  await world.finish()
})
