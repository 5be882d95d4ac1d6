/** For the properties of fleet.ts: random changes of a configuration that the loader accepts. */
import fc from 'fast-check'
import {
  backendConfigSchema,
  type BackendConfig,
  type ModelsConfig,
} from '../../../protocol/config.ts'
import { FATES, type Fate } from './fleet_world.ts'

export type Change =
  | { change: 'set'; backend: string; values: Partial<BackendConfig> }
  | { change: 'remove'; backend: string }
  | { change: 'swap_ports'; backends: [string, string] }
  | { change: 'reverse' }

export const NAMES = ['ant', 'bee', 'cat', 'dog'] as const
const PORTS = [9000, 9010, 9020, 9030]

const EMPTY: ModelsConfig = { model_backends: {} }

/** Values with short timeouts. */
const newSection = (port: number): BackendConfig =>
  backendConfigSchema.parse({
    port,
    enabled: true,
    runtime: 'command',
    command: ['backend'],
    reconnect_interval: 1,
    max_reconnect_attempts: 1,
    request_timeout: 1,
    health_interval: 1,
    startup_timeout: 4,
    options: { fate: 'healthy' satisfies Fate },
  })

/** The changed configuration; a missing section that is set is added on a free port. */
export function changed(
  config: ModelsConfig = EMPTY,
  changes: readonly Change[] = [],
): ModelsConfig {
  return changes.reduce(changedOnce, config)
}

function changedOnce(config: ModelsConfig, change: Change): ModelsConfig {
  const { model_backends: sections } = config
  switch (change.change) {
    case 'set': {
      const old = sections[change.backend] ?? newSection(freePortIn(config))
      const section = backendConfigSchema.parse({ ...old, ...change.values })
      return { model_backends: { ...sections, [change.backend]: section } }
    }
    case 'remove': {
      const { [change.backend]: _gone, ...others } = sections
      return { model_backends: others }
    }
    case 'swap_ports':
      return withPortsSwapped(config, change.backends)
    case 'reverse':
      return { model_backends: Object.fromEntries(Object.entries(sections).reverse()) }
    default:
      return change satisfies never
  }
}

function withPortsSwapped(config: ModelsConfig, [one, other]: [string, string]): ModelsConfig {
  const { model_backends: sections } = config
  const [first, second] = [sections[one], sections[other]]
  if (first === undefined || second === undefined) return config
  const swapped = {
    [one]: { ...first, port: second.port },
    [other]: { ...second, port: first.port },
  }
  return { model_backends: { ...sections, ...swapped } }
}

function freePortIn({ model_backends: sections }: ModelsConfig): number {
  const taken = Object.values(sections).map(({ port }) => port)
  const free = PORTS.find((port) => !taken.includes(port))
  if (free === undefined) throw new Error(`no port is free beside ${taken.join()}`)
  return free
}

const name = fc.constantFrom(...NAMES)
const fates = Object.keys(FATES) as Fate[]

/** One key of each kind: switch, live, restart. */
const values: fc.Arbitrary<Partial<BackendConfig>> = fc.oneof(
  fc.record({ enabled: fc.boolean() }),
  fc.record({ options: fc.constantFrom(...fates).map((fate) => ({ fate })) }),
  fc.record({ replicas: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ threads: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ env: fc.constantFrom({}, { MODE: 'fast' }) }),
  fc.record({ request_timeout: fc.constantFrom(0.5, 1, 2) }),
  fc.record({ health_interval: fc.constantFrom(0.5, 1) }),
  fc.record({ max_reconnect_attempts: fc.nat({ max: 2 }) }),
  fc.record({ startup_timeout: fc.constantFrom(3, 4) }),
)

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({ change: fc.constant('set' as const), backend: name, values }),
  },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('remove' as const), backend: name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      change: fc.constant('swap_ports' as const),
      backends: fc.tuple(name, name).filter(([one, other]) => one !== other),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ change: 'reverse' as const }) },
)

/** The changes of one save. */
export const saving = fc.array(change, { minLength: 1, maxLength: 4 })
/** An initial file. */
export const firstFile = fc.array(
  fc.record({ change: fc.constant('set' as const), backend: name, values }),
  { maxLength: 8 },
)
