/** For the properties of supervisor.ts: what users, processes, health checks and ports may do, as fast-check commands. */
import fc from 'fast-check'
import type { Health } from './fake_process.ts'
import type { Model, SupervisorWorld } from './supervisor_world.ts'

type Command = fc.AsyncCommand<Model, SupervisorWorld>

/** `wait`: how long the world runs afterwards, in milliseconds. */
const command = (
  name: string,
  act: (world: SupervisorWorld, model: Model) => void,
  wait = 0,
): Command => ({
  check: () => true,
  run: async (model, world) => {
    act(world, model)
    await world.look(model, wait)
  },
  toString: () => name,
})

const switchOn = fc.constantFrom('enable', 'restart').map((how) =>
  command(how, (world, model) => {
    model.isWanted = true
    world.switchOn(how)
  }),
)

const switchOff = fc.boolean().map((isAwaited) =>
  command(isAwaited ? 'stop()' : 'disable', (world, model) => {
    model.isWanted = false
    if (isAwaited) world.await('stop')
    else world.supervisor.disable()
  }),
)

const settles = fc.constant(
  command('settles()', (world) => {
    world.await('settles')
  }),
)

/** At any stage, with or without last output. */
const crash = fc
  .record({
    end: fc.constantFrom<[number | null, string | null]>([1, null], [0, null], [null, 'SIGSEGV']),
    lastWords: fc.option(fc.constantFrom('ERROR it broke', 'just text')),
  })
  .map(({ end: [code, signal], lastWords }) =>
    command(`crash ${code ?? signal} ${lastWords ?? ''}`, ({ machine }) => {
      if (lastWords !== null) machine.live[0]?.say(lastWords)
      machine.live[0]?.end(code, signal)
    }),
  )

/** Another program holds the port: ours exits with the matching code, and waiting for the port fails. */
const portTheft = fc.constant(
  command('port theft', ({ machine }) => {
    machine.portsComeFree = false
    machine.live[0]?.say('ERROR port 8768 on localhost is already in use')
    machine.live[0]?.end(4, null)
  }),
)
const portReturn = fc.constant(
  command('port return', ({ machine }) => {
    machine.portsComeFree = true
  }),
)

const HEALTHS: readonly Health[] = [
  'closed',
  'silent',
  'wrong',
  'loading',
  'healthy',
  'slow',
  'stalled',
]

/** From now on, effective immediately; includes hangs and slow replies. */
const health = fc.constantFrom(...HEALTHS, 'healthy', 'healthy').map((next) =>
  command(`health ${next}`, ({ machine }) => {
    const probe = machine.probes.at(-1)
    if (probe === undefined || machine.live.length === 0) return
    probe.health = next
    probe.check()
  }),
)

/** What the gateway does with the running process. */
const request = fc.constant(
  command('request', ({ machine }) => {
    machine.request()
  }),
)
const answer = fc.constant(
  command('answer', ({ machine }) => {
    machine.answer()
  }),
)

/** Late replies of a process that exited long ago. */
const stale = fc
  .record({ pick: fc.nat({ max: 20 }), said: fc.constantFrom(...HEALTHS) })
  .map(({ pick, said }) =>
    command(`stale ${said} of ${pick}`, ({ machine }) => {
      const current = machine.live.length === 0 ? [] : machine.probes.slice(-1)
      const old = machine.probes.filter((probe) => !current.includes(probe))
      if (old.length > 0) old[pick % old.length]?.check(said)
    }),
  )

const manners = fc
  .record({
    obeys: fc.boolean(),
    dyingMs: fc.constantFrom(0, 5, 400),
    isMissing: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth === 0),
    health: fc.constantFrom(...HEALTHS, 'healthy', 'healthy', 'healthy', 'healthy'),
  })
  .map((next) =>
    command(`manners ${JSON.stringify(next)}`, (world) => {
      world.manners = next
    }),
  )

/** Keys that apply immediately. */
const configure = fc
  .record({
    reconnect_interval: fc.constantFrom(0.1, 1, 5),
    max_reconnect_attempts: fc.nat({ max: 3 }),
    request_timeout: fc.constantFrom(0.1, 2),
    health_interval: fc.constantFrom(0.5, 2),
    startup_timeout: fc.constantFrom(1, 8),
  })
  .map((keys) =>
    command(`configure ${JSON.stringify(keys)}`, ({ supervisor }) => {
      supervisor.configure({ ...supervisor.config, ...keys })
    }),
  )

const wait = fc
  .constantFrom(1, 30, 600, 600, 3000, 9000, 61_000)
  .map((ms) => command(`wait ${ms}`, () => undefined, ms))

export const sequences = fc.commands(
  [
    switchOn,
    switchOn,
    switchOff,
    settles,
    crash,
    crash,
    portTheft,
    portReturn,
    health,
    health,
    health,
    request,
    request,
    answer,
    stale,
    manners,
    configure,
    wait,
    wait,
    wait,
  ],
  { maxCommands: 40, size: 'max' },
)
