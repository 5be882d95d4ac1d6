/** Any accepted configuration can be applied and stopped while backends run, without an error. */
import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { parseConfig } from '../config/load.ts'
import { addressSchema, hostSchema } from '../protocol/address.ts'
import { backendConfigSchema } from '../protocol/config.ts'
import { temporaryConfig } from '../testing/processes.ts'
import { ConfigKeeper } from './config_keeper.ts'
import { APPLY_MS, FATES, FleetWorld } from './supervisor/testing/fleet_world.ts'

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const odd = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('constructor', '__proto__', '${HOME}', '$x', '~', '{port}', '', '\0', 'a b', '*'),
)
const host = fc
  .oneof(odd, fc.domain(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.webAuthority())
  .filter((text) => hostSchema.safeParse(text).success)
const address = fc
  .tuple(fc.oneof(host, fc.webAuthority()), fc.integer({ min: 1024, max: 65_535 }))
  .map(([name, port]) => `${name}:${port}`)
  .filter((text) => addressSchema.safeParse(text).success)

/** A field that the schema accepts by itself. */
const valid = <T>(key: string, values: fc.Arbitrary<T>) =>
  values.filter((value) => backendConfigSchema.safeParse({ port: 9000, [key]: value }).success)

const section = fc.record(
  {
    runtime: fc.constantFrom('builtin', 'command', 'external', 'onnx'),
    host,
    hosts: fc.array(address, { minLength: 1, maxLength: 3 }),
    // Unlikely to be equal on two machines, which the fake machine would treat as two processes in one place.
    port: fc.noBias(fc.integer({ min: 1024, max: 65_000 })),
    replicas: fc.integer({ min: 1, max: 3 }),
    enabled: fc.boolean(),
    env: valid('env', fc.dictionary(odd, fc.oneof(odd, fc.double(), fc.boolean()), { maxKeys: 2 })),
    command: valid('command', fc.array(odd, { minLength: 1, maxLength: 3 })),
    model: valid('model', odd),
    labels: valid('labels', fc.oneof(odd, fc.array(odd, { minLength: 1 }))),
    cwd: valid('cwd', odd),
    output: fc.constant({ type: 'classification' }),
    options: fc.constantFrom(...Object.keys(FATES)).map((fate) => ({ fate })),
    request_timeout: fc.constantFrom(0.1, 1),
    startup_timeout: fc.constantFrom(1, 4),
    max_reconnect_attempts: fc.constantFrom(0, 1),
  },
  { requiredKeys: ['port', 'options', 'request_timeout', 'startup_timeout'] },
)
const NAMES = ['ant', 'ant-1', 'constructor', 'has-own', 'x']
const text = fc
  .dictionary(fc.constantFrom(...NAMES), section, { maxKeys: 4 })
  .map((sections) => stringify({ model_backends: sections }))
  .filter((yaml) => parseConfig(yaml, 'models.yaml').ok)

it('an accepted configuration is applied live, and can always be stopped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 2, maxLength: 5 }), async (texts) => {
      vi.clearAllTimers()
      const [first = '', ...later] = texts
      const { file, remove } = temporaryConfig(first)
      const world = new FleetWorld()
      const keeper = new ConfigKeeper({
        file,
        open: (config) => world.fleet.open(config),
        apply: (config) => world.fleet.apply(config),
        wordsOf: ({ backend }) =>
          Promise.resolve({ key: '', message: '', remedy: '', taken_back: backend ?? '' }),
        onChange: () => undefined,
        onProblems: () => undefined,
        now: () => 0,
      })
      try {
        await keeper.open([])
        for (const next of later) {
          await vi.advanceTimersByTimeAsync(500)
          writeFileSync(file, next)
          await keeper.reload()
        }
        await vi.advanceTimersByTimeAsync(2 * APPLY_MS)
        const { problems } = keeper.view()
        expect(problems.filter((problem) => problem.taken_back === undefined)).toEqual([])
        for (const { url } of world.fleet.all()) expect(URL.canParse(url)).toBe(true)
      } finally {
        await keeper.close()
        remove()
      }
      await world.finish()
    }),
    { numRuns: 30 },
  )
}, 120_000)
