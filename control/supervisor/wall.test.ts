/** Whatever throws for one backend, at any time: that backend fails with the reason, and nothing else changes. */
import { message, quoted } from '../../protocol/messages.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LaunchRequest, LaunchEvents } from '../launcher/launcher.ts'
import { LogStore } from '../logs/log_store.ts'
import type { HealthProbeOptions } from './health_probe.ts'
import { ProcessRun } from './process_run.ts'
import { StartSlots } from './start_slots.ts'
import { Supervisor, type SupervisorOptions } from './supervisor.ts'
import { FakeMachine, POLITE } from './testing/fake_process.ts'
import { CONFIG } from './testing/supervisor_world.ts'
import { createWall } from './wall.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** All dependencies of a supervisor. */
const PLACES = [
  'launcherFor',
  'launch',
  'createProbe',
  'setInterval',
  'close',
  'askToStop',
  'kill',
  'tell',
  'logs',
  'threads',
  'tokenFor',
  'inFlight',
  'strangerOn',
  'strangerOnLater',
  'random',
  'begin',
  'finish',
  'beginLater',
  'finishLater',
  'onChange',
  'onState',
  'onPong',
  'onStarted',
  'onEnded',
  'onStopped',
  'onCrashed',
] as const
type Place = (typeof PLACES)[number]

/** Longer than every wait of a supervisor. */
const LONG_MS = 60_000

class World {
  readonly machine = new FakeMachine(() => ({ ...POLITE, health: 'healthy' }))
  readonly victim: Supervisor
  readonly neighbour: Supervisor
  armed: Place | null = null
  /** Throws once, or as long as it is armed. */
  isOnce = false
  hasThrown = false
  readonly logs = new LogStore(() => Date.now())
  private readonly slots = new StartSlots(2)

  constructor() {
    this.neighbour = new Supervisor(this.plain('neighbour', 9001))
    this.victim = new Supervisor(this.sabotaged(this.plain('victim', 9000)))
  }

  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  /** Throws when this place is armed. */
  private readonly at = (place: Place): void => {
    if (this.armed !== place) return
    if (this.isOnce) this.armed = null
    this.hasThrown = true
    throw new Error(`sabotage at ${place}`)
  }

  private plain(id: string, port: number): SupervisorOptions {
    const nothing = () => undefined
    return {
      id,
      backend: id,
      config: { ...CONFIG, port },
      launcherFor: (section) => this.machine.launcherFor(section),
      logs: this.logs,
      threads: () => ({ shared: 1, alone: 1 }),
      tokenFor: () => null,
      inFlight: this.machine.load,
      slots: this.slots,
      strangerOn: () => Promise.resolve(null),
      clock: { wall: () => Date.now(), monotonic: () => Date.now() },
      random: () => 0.5,
      stops: this.machine.stopAudit(),
      createProbe: this.machine.createProbe,
      events: {
        onChange: nothing,
        onState: nothing,
        onPong: nothing,
        onStarted: nothing,
        onEnded: nothing,
        onStopped: nothing,
        onCrashed: nothing,
      },
    }
  }

  private sabotaged(plain: SupervisorOptions): SupervisorOptions {
    const { at } = this
    const { stops } = plain
    const before =
      <A extends unknown[], R>(place: Place, act: (...args: A) => R) =>
      (...args: A): R => {
        at(place)
        return act(...args)
      }
    const launch = (section: typeof CONFIG, request: LaunchRequest, events: LaunchEvents) => {
      at('launch')
      const child = this.machine.launcherFor(section).launch(request, events)
      const { tell, askToStop, kill } = child
      return Object.assign(child, {
        tell: before('tell', tell.bind(child)),
        askToStop: before('askToStop', askToStop.bind(child)),
        kill: before('kill', kill.bind(child)),
      })
    }
    const createProbe = (options: HealthProbeOptions) => {
      at('createProbe')
      const probe = this.machine.createProbe(options)
      const { setInterval, close } = probe
      return Object.assign(probe, {
        setInterval: before('setInterval', setInterval.bind(probe)),
        close: () => {
          close.call(probe)
          at('close')
        },
      })
    }
    const later = async (place: Place) => {
      at(place)
    }
    return {
      ...plain,
      launcherFor: (section) => {
        at('launcherFor')
        return { kind: 'command', launch: (request, events) => launch(section, request, events) }
      },
      createProbe,
      logs: Object.assign(Object.create(plain.logs) as LogStore, {
        add: before('logs', plain.logs.add.bind(plain.logs)),
      }),
      threads: before('threads', plain.threads),
      tokenFor: before('tokenFor', plain.tokenFor),
      inFlight: before('inFlight', plain.inFlight),
      strangerOn: before('strangerOn', async () => {
        await later('strangerOnLater')
        return null
      }),
      random: before('random', plain.random),
      stops: Object.assign(Object.create(stops) as typeof stops, {
        begin: before('begin', async (...args: Parameters<typeof stops.begin>) => {
          await later('beginLater')
          await stops.begin(...args)
        }),
        finish: before('finish', async (...args: Parameters<typeof stops.finish>) => {
          await later('finishLater')
          return stops.finish(...args)
        }),
      }),
      events: {
        onChange: before('onChange', plain.events.onChange),
        onState: before('onState', plain.events.onState),
        onPong: before('onPong', plain.events.onPong),
        onStarted: before('onStarted', plain.events.onStarted),
        onEnded: before('onEnded', plain.events.onEnded),
        onStopped: before('onStopped', plain.events.onStopped),
        onCrashed: before('onCrashed', plain.events.onCrashed),
      },
    }
  }

  act(what: string): void {
    const ofVictim = () =>
      this.machine.live.find(({ section }) => section.port === this.victim.config.port)
    switch (what) {
      case 'enable':
      case 'disable':
      case 'restart':
        this.victim[what]()
        return
      case 'configure':
        this.victim.configure({ ...this.victim.config, request_timeout: 2 })
        return
      case 'crash':
        ofVictim()?.end(1, null)
        return
      case 'output':
        ofVictim()?.say('ERROR it broke')
        return
      case 'silence':
        for (const probe of this.machine.probes.slice(1)) probe.health = 'silent'
        return
      default:
        throw new Error(what)
    }
  }
}

const ACTS = ['enable', 'disable', 'restart', 'configure', 'crash', 'output', 'silence']

it('a throw at any place and time fails that backend alone, which can be stopped and started again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PLACES),
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.constantFrom(0, 1, 30, 600, 4000)), {
        maxLength: 8,
      }),
      fc.nat({ max: 8 }),
      async (place, isOnce, acts, armedAt) => {
        vi.clearAllTimers()
        const world = new World()
        const { victim, neighbour, machine } = world
        neighbour.enable()
        await world.pass(3000)
        const neighbourPid = neighbour.pid
        expect(neighbour.phase).toBe('ready')
        for (const [index, [what, ms]] of acts.entries()) {
          if (index === armedAt) Object.assign(world, { armed: place, isOnce })
          world.act(what)
          await world.pass(ms)
        }
        let isStopped = false
        void victim.stop().then(() => {
          isStopped = true
        })
        await world.pass(LONG_MS)
        expect(isStopped).toBe(true)
        expect(victim.phase).toBe('disabled')
        world.armed = null
        // A process whose kill throws cannot be ended.
        if (place !== 'kill') expect(machine.live.map(({ pid }) => pid)).toEqual([neighbourPid])
        victim.enable()
        await world.pass(3000)
        expect(victim.phase).toBe('ready')
        expect(neighbour.pid).toBe(neighbourPid)
        expect(neighbour.phase).toBe('ready')
        await Promise.all([victim.stop(), neighbour.stop(), world.pass(LONG_MS)])
        expect(vi.getTimerCount()).toBe(0)
      },
    ),
    { numRuns: 400 },
  )
}, 120_000)

it.each([
  ['launcherFor', []],
  ['createProbe', []],
  ['onStarted', []],
  ['onPong', []],
  ['onState', []],
  ['logs', ['output']],
] as const)('a throw at %s is the reason of the row and of an error line', async (place, acts) => {
  const world = new World()
  const { victim, machine } = world
  if (acts.length === 0) Object.assign(world, { armed: place, isOnce: true })
  victim.enable()
  await world.pass(1500)
  if (acts.length > 0) Object.assign(world, { armed: place, isOnce: true })
  for (const act of acts) world.act(act)
  await world.pass(1500)
  const reason = `internal error: sabotage at ${place}`
  expect(victim.view()).toMatchObject({ state: 'failed', detail: reason, wanted: true, pid: null })
  expect(machine.live).toEqual([])
  expect((await victim.settles())?.message).toBe(reason)
  const { lines } = world.logs.query({ levels: ['error'] }, 10)
  expect(lines.map(({ message }) => message)).toContain(`victim: ${reason}`)
  await Promise.all([victim.stop(), world.pass(LONG_MS)])
})

it.each([
  ['whose kill does nothing', () => undefined],
  [
    'that may not be killed',
    () => {
      throw new Error('kill EPERM')
    },
  ],
])('a process %s is given up after 10 s, and named', async (_what, kill) => {
  const nothing = () => undefined
  const onExit = vi.fn()
  const run = new ProcessRun({
    launcher: {
      kind: 'command',
      launch: () => ({ pid: 77, tell: nothing, askToStop: nothing, kill }),
    },
    name: 'one',
    args: [],
    env: {},
    url: 'ws://127.0.0.1:1',
    token: null,
    healthIntervalMs: 1000,
    clock: { wall: () => Date.now(), monotonic: () => Date.now() },
    wall: createWall(nothing),
    createProbe: () => ({ setInterval: nothing, close: nothing }),
    onLine: nothing,
    onPong: nothing,
    onMissed: nothing,
    strangerOn: () => Promise.resolve(null),
    onStranger: nothing,
    onExit,
  })
  run.start()
  createWall(nothing)(() => {
    run.kill(quoted('it hangs'))
  })()
  await vi.advanceTimersByTimeAsync(9999)
  expect(onExit).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  const failure = message('reason.survived', { pid: 77, seconds: 10 })
  expect(onExit.mock.calls).toEqual([[{ code: null, signal: null, failure }]])
  expect(vi.getTimerCount()).toBe(0)
})
