/** Random lives of one backend against its invariants, with fake time, randomness, processes, health checks and ports. */
import { quoted, type Message } from '../../protocol/messages.ts'
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

it.each(['builtin', 'command'] as const)(
  'keeps one process at most, loses none, ends those that hang and no other, whatever happens in whatever order: %s',
  async (runtime) => {
    const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(sequences, chances, async (commands, chance) => {
        vi.clearAllTimers()
        const world = new SupervisorWorld(
          { ...CONFIG, runtime },
          () => chance.next().value as number,
        )
        const model: Model = { isWanted: false }
        await fc.asyncModelRun(() => ({ model, real: world }), commands)
        await world.finish(model)
      }),
      { numRuns: 300 },
    )
  },
  120_000,
)

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

  it('settles() returns why it gave up', async () => {
    const world = new SupervisorWorld({ ...CONFIG, max_reconnect_attempts: 0 })
    world.manners = { ...world.manners, isMissing: true }
    world.switchOn('enable')
    expect((await world.supervisor.settles())?.message).toBe('could not be started: spawn ENOENT')
    expect(world.supervisor.phase).toBe('failed')
  })

  it.each([
    ['builtin', 'exit code 4: could not listen on its port'],
    ['command', 'exit code 4'],
  ] as const)(
    'exit codes are only interpreted for built-in programs: %s',
    async (runtime, said) => {
      const world = new SupervisorWorld({ ...CONFIG, runtime, max_reconnect_attempts: 0 })
      world.switchOn('enable')
      world.machine.live[0]?.end(4, null)
      expect((await world.supervisor.settles())?.message).toBe(said)
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

  it('health checks that a sleep of the machine made it miss do not count', async () => {
    const world = new SupervisorWorld({ ...CONFIG, runtime: 'builtin', command: undefined })
    world.switchOn('enable')
    await vi.advanceTimersByTimeAsync(1000)
    const [probe] = world.machine.probes
    const killed = () => world.machine.journal.filter(({ kind }) => kind === 'killed').length
    probe?.check('healthy')
    await vi.advanceTimersByTimeAsync(0)
    expect(world.supervisor.phase).toBe('ready')
    for (const _check of [1, 2]) probe?.check('silent')
    world.supervisor.forgiveSilence()
    for (const _check of [1, 2]) probe?.check('silent')
    expect(killed()).toBe(0)
    probe?.check('silent')
    expect(killed()).toBe(1)
    await world.finish(ON)
  })

  it('what somebody else runs is looked for without end, named as unreachable, and holds nobody up', async () => {
    const world = new SupervisorWorld({ ...CONFIG, runtime: 'external', command: undefined })
    const { supervisor } = world
    supervisor.enable()
    expect(await supervisor.settles()).toBeNull()
    await vi.advanceTimersByTimeAsync(CONFIG.startup_timeout * 3000)
    expect(supervisor.view()).toMatchObject({ state: 'unreachable', detail: 'nothing listens' })
    world.machine.probes[0]?.check('wrong')
    expect(supervisor.view()).toMatchObject({ state: 'unreachable', detail: 'HTTP 200' })
    world.machine.probes[0]?.check('healthy')
    expect(supervisor.phase).toBe('ready')
    world.machine.probes[0]?.check('closed')
    expect(supervisor.phase).toBe('unreachable')
    expect(world.machine.journal.filter(({ kind }) => kind === 'killed')).toEqual([])
    await Promise.all([supervisor.stop(), vi.advanceTimersByTimeAsync(1000)])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a stranger on the port of a command is not served, and is the reason of the failure', async () => {
    const world = new SupervisorWorld({ ...CONFIG, max_reconnect_attempts: 0 })
    let tell: (reason: Message | null) => void = () => undefined
    world.stranger = new Promise((resolve) => {
      tell = resolve
    })
    world.manners = { ...world.manners, health: 'healthy' }
    world.supervisor.enable()
    await vi.advanceTimersByTimeAsync(2500)
    expect(world.supervisor.phase).toBe('starting')
    tell(quoted('port 8768 is held by python3 (pid 4711), which is not this backend'))
    await vi.advanceTimersByTimeAsync(2500)
    expect(world.supervisor.view()).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining(
        'port 8768 is held by python3 (pid 4711), which is not this backend',
      ),
    })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a holder of the port that nobody finds out in time holds nothing up', async () => {
    const world = new SupervisorWorld()
    world.stranger = new Promise(() => undefined)
    world.manners = { ...world.manners, health: 'healthy' }
    world.supervisor.enable()
    await vi.advanceTimersByTimeAsync(5000)
    expect(world.supervisor.phase).toBe('ready')
    await Promise.all([world.supervisor.stop(), vi.advanceTimersByTimeAsync(1000)])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('an unreachable one is logged once for each reason', async () => {
    const world = new SupervisorWorld({ ...CONFIG, runtime: 'external', command: undefined })
    world.supervisor.enable()
    await vi.advanceTimersByTimeAsync(30_000)
    const [probe] = world.machine.probes
    for (const health of ['wrong', 'wrong', 'closed', 'closed'] as const) probe?.check(health)
    expect(world.warnings()).toEqual([
      'one: unreachable: nothing listens; it is tried again',
      'one: unreachable: HTTP 200; it is tried again',
      'one: unreachable: nothing listens; it is tried again',
    ])
    await Promise.all([world.supervisor.stop(), vi.advanceTimersByTimeAsync(1000)])
  })

  it('a third-party backend that blocks while it loads has its startup_timeout', async () => {
    const world = new SupervisorWorld({ ...CONFIG, startup_timeout: 15 })
    world.manners = { ...world.manners, health: 'loading' }
    world.switchOn('enable')
    await world.look(ON, 1500)
    const [probe] = world.machine.probes
    if (probe !== undefined) probe.health = 'silent'
    await world.look(ON, 12_000)
    expect(world.supervisor.view()).toMatchObject({
      state: 'loading',
      detail: expect.stringMatching(/^warm-up 1 of 2; No answer to health checks for 1\d s$/),
    })
    await world.look(ON, 3000)
    expect(world.supervisor.phase).toBe('backoff')
    expect(world.supervisor.view().detail).toContain(
      'it did not become ready within 15 s (startup_timeout): no answer',
    )
    await world.finish(ON)
  })

  it('the rate of one that counts its requests itself is unknown while it is silent', async () => {
    const world = new SupervisorWorld({ ...CONFIG, runtime: 'builtin' })
    world.manners = { ...world.manners, health: 'healthy' }
    world.switchOn('enable')
    await world.look(ON, 2000)
    expect(world.supervisor.view().requests_per_s).toBe(0)
    const [probe] = world.machine.probes
    if (probe === undefined) throw new Error('there is no probe')
    probe.health = 'silent'
    await world.look(ON, 2000)
    expect(world.supervisor.view().requests_per_s).toBe(null)
    await world.finish(ON)
  })

  it('one that works on a request is busy, then served again; one that never answers is ended', async () => {
    const world = new SupervisorWorld({ ...CONFIG, request_timeout: 30 })
    const { supervisor, machine } = world
    world.manners = { ...world.manners, health: 'healthy' }
    world.switchOn('enable')
    await world.look(ON, 2000)
    const [probe] = machine.probes
    if (probe === undefined) throw new Error('there is no probe')
    machine.request()
    probe.health = 'silent'
    await world.look(ON, 20_000)
    expect(supervisor.isServing).toBe(true)
    expect(supervisor.view()).toMatchObject({
      state: 'busy',
      is_ready: true,
      detail: 'Busy 20 s; 1 request in flight',
      silent_since: Date.now() - 20_000,
    })
    machine.answer()
    await world.look(ON, 10_000)
    expect(supervisor.view()).toMatchObject({
      state: 'degraded',
      detail: 'No answer to health checks for 10 s',
    })
    probe.health = 'healthy'
    await world.look(ON, 1000)
    expect(supervisor.phase).toBe('ready')
    machine.request()
    probe.health = 'silent'
    await world.look(ON, 37_000)
    expect(world.warnings()).toContain(
      'one: killed: no answer to health checks or requests for 36 s (request_timeout 30 s)',
    )
    await world.finish(ON)
  })
})
