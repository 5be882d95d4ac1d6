import { describe, expect, test } from 'vitest'
import { aboutKey, backendConfigSchema, CONFIG_KEYS } from './config.ts'

const faultsOf = (section: Record<string, unknown>) =>
  backendConfigSchema
    .safeParse({ port: 8770, ...section })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []

describe('the keys of a section', () => {
  test('each has a description and an effect', () => {
    expect(CONFIG_KEYS).toEqual(Object.keys(backendConfigSchema.shape))
    for (const key of CONFIG_KEYS) {
      expect(aboutKey(key)).toMatchObject({
        description: expect.stringMatching(/^[A-Z`].*\.$/) as string,
        effect: expect.stringMatching(/^(switch|live|restart)$/) as string,
      })
    }
  })

  test('apply immediately where the control plane reads them, or passes them to the process', () => {
    expect(CONFIG_KEYS.filter((key) => aboutKey(key).effect === 'live').sort()).toEqual([
      'health_interval',
      'max_in_flight',
      'max_reconnect_attempts',
      'reconnect_interval',
      'request_timeout',
      'startup_timeout',
      'stop_timeout',
    ])
  })

  test('of another runtime are ignored, unless they would change what is reached', () => {
    expect(faultsOf({ cwd: 'app', model: 'm.onnx', stop_signal: 'SIGINT' })).toEqual([])
    expect(faultsOf({ hosts: ['gpu:8768'] })).toEqual([
      'hosts hosts is for runtime: external; use host and port',
    ])
  })
})

describe('device_ids', () => {
  test.each([
    [{ device_ids: [0, 1], providers: ['cuda'] }],
    [{ device_ids: [1], providers: ['tensorrt', 'cuda', 'dml', 'cpu'] }],
    [{}],
  ])('%o is accepted', (section) => {
    expect(faultsOf(section)).toEqual([])
  })

  test.each([
    ['auto', 'auto'],
    ['a provider that knows no number', ['webgpu', 'cpu']],
  ])('with %s is refused', (_, providers) => {
    expect(faultsOf({ device_ids: [0, 1], providers })).toEqual([
      `device_ids needs providers by name, each one of cuda, tensorrt, dml, cpu, not ${String(providers)}`,
    ])
  })

  test('that name a GPU twice are refused', () => {
    expect(faultsOf({ device_ids: [0, 0], providers: ['cuda'] })).toEqual([
      'device_ids names a GPU twice: 0, 0',
    ])
  })
})

describe('command', () => {
  test('may have empty arguments', () => {
    expect(faultsOf({ runtime: 'command', command: ['serve', '', '--name', ''] })).toEqual([])
  })

  test.each([
    [['', 'serve'], 'command.0 the program must not be empty'],
    [['serve', 'a\0b'], 'command.1 contains a NUL character'],
  ])('%j is refused', (command, fault) => {
    expect(faultsOf({ runtime: 'command', command })).toEqual([fault])
  })
})

test.each([
  [{ runtime: 'builtin' }, true],
  [{ runtime: 'onnx', model: 'm.onnx', output: { type: 'classification' } }, true],
  [{ runtime: 'command', command: ['serve'] }, false],
  [{ runtime: 'external' }, false],
])('max_in_flight with %j', (section, isRefused) => {
  const fault = 'max_in_flight max_in_flight is for runtime: command, external; use max_batch_size'
  expect(faultsOf({ ...section, max_in_flight: 2 })).toEqual(isRefused ? [fault] : [])
})
