/** Random lives of one backend against what must always hold, with time, chance, processes, health and ports in the test's hands. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sequences } from './testing/supervisor_commands.ts'
import { CONFIG, SupervisorWorld, type Model } from './testing/supervisor_world.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('keeps one process at most, loses none, and comes to an end, whatever happens in whatever order', async () => {
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))
  await fc.assert(
    fc.asyncProperty(sequences, chances, async (commands, chance) => {
      vi.clearAllTimers()
      const world = new SupervisorWorld(CONFIG, () => chance.next().value as number)
      const model: Model = { isWanted: false }
      await fc.asyncModelRun(() => ({ model, real: world }), commands)
      await world.finish(model)
    }),
    { numRuns: 300 },
  )
}, 120_000)

describe('waiting for a backend', () => {
  const ON: Model = { isWanted: true }

  it('stop() resolves although somebody switches it on again meanwhile', async () => {
    const world = new SupervisorWorld()
    world.switchOn('enable')
    await world.look(ON)
    world.await('stop')
    world.switchOn('enable')
    await world.finish(ON)
  })

  it('settles() tells why it was given up', async () => {
    const world = new SupervisorWorld({ ...CONFIG, max_reconnect_attempts: 0 })
    world.manners = { ...world.manners, isMissing: true }
    world.switchOn('enable')
    expect(await world.supervisor.settles()).toBe('could not be started: spawn ENOENT')
    expect(world.supervisor.phase).toBe('failed')
  })

  it.each([
    ['builtin', 'exit code 4: could not listen on its port'],
    ['command', 'exit code 4'],
  ] as const)(
    'what exit codes mean is known of our own programs alone: %s',
    async (runtime, said) => {
      const world = new SupervisorWorld({ ...CONFIG, runtime, max_reconnect_attempts: 0 })
      world.switchOn('enable')
      world.machine.live[0]?.end(4, null)
      expect(await world.supervisor.settles()).toBe(said)
      await world.finish(ON)
    },
  )

  it('a start whose port never takes a connection is hung after startup_timeout', async () => {
    const world = new SupervisorWorld()
    world.switchOn('enable')
    await world.look(ON, CONFIG.startup_timeout * 1000 + 2000)
    expect(world.machine.children.map(({ isLive }) => isLive)).toEqual([false, true])
    await world.finish(ON)
  })

  it('what somebody else runs is waited for without end, and holds nobody up', async () => {
    const world = new SupervisorWorld({ ...CONFIG, runtime: 'external', command: undefined })
    world.switchOn('enable')
    await world.look(ON)
    expect(await world.supervisor.settles()).toBeNull()
    await world.look(ON, CONFIG.startup_timeout * 3000)
    expect(world.supervisor.phase).toBe('starting')
    world.machine.probes[0]?.check('healthy')
    expect(world.supervisor.phase).toBe('ready')
    await world.finish(ON)
  })
})
