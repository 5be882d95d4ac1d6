import { describe, expect, test } from 'vitest'
import { backendConfigSchema } from '../../../../protocol/config.ts'
import { CONFIG_FIELDS, isForRuntime, textOf, valueOf, type ConfigField } from './config_fields.ts'

const field = (key: string): ConfigField => {
  const found = CONFIG_FIELDS.find((one) => one.key === key)
  if (!found) throw new Error(`no field ${key}`)
  return found
}

test('the form has a field for each key', () => {
  expect(CONFIG_FIELDS.map(({ key }) => key)).toEqual(Object.keys(backendConfigSchema.shape))
  expect(field('request_timeout')).toMatchObject({
    kind: 'number',
    fallback: '30',
    unit: 'seconds',
  })
  expect(field('enabled')).toMatchObject({ kind: 'choice', choices: ['true', 'false'] })
})

describe('a value is typed as it is shown', () => {
  test.each([
    ['port', 8768, '8768'],
    ['enabled', false, 'false'],
    ['dialect', 'platform', 'platform'],
    ['host', '127.0.0.1', '127.0.0.1'],
    ['providers', 'auto', 'auto'],
    ['providers', ['cuda', 'cpu'], 'cuda, cpu'],
    ['device_ids', [0, 1], '0, 1'],
    ['command', ['python3', 'a, b.py'], '["python3","a, b.py"]'],
    ['env', { A: 'b' }, '{"A":"b"}'],
    ['labels', 'labels.txt', 'labels.txt'],
    ['preprocess', { mean: [1, 2, 3] }, '{"mean":[1,2,3]}'],
  ])('%s: %j', (key, value, text) => {
    expect(textOf(field(key), value)).toBe(text)
    expect(valueOf(field(key), text)).toEqual(value)
  })
})

test('an empty field has no value, and what fits nowhere goes on as text', () => {
  expect(valueOf(field('port'), '  ')).toBeUndefined()
  expect(valueOf(field('port'), '80 80')).toBe('80 80')
  expect(valueOf(field('env'), '{"A":')).toBe('{"A":')
  expect(textOf(field('threads'), undefined)).toBe('')
})

test('one provider alone is a list, as the schema wants it', () => {
  expect(valueOf(field('providers'), 'cuda')).toEqual(['cuda'])
})

test('keys of another runtime are left out', () => {
  expect(isForRuntime(field('command'), 'builtin')).toBe(false)
  expect(isForRuntime(field('command'), 'command')).toBe(true)
  expect(isForRuntime(field('hosts'), 'external')).toBe(true)
  expect(isForRuntime(field('max_in_flight'), 'external')).toBe(true)
  expect(isForRuntime(field('port'), 'external')).toBe(true)
})
