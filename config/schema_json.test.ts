import { readFileSync } from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { backendConfigSchema, modelsConfigSchema } from '../protocol/config.ts'
import { modelsJsonSchema } from './schema_json.ts'

const read = (file: string) => readFileSync(path.join(import.meta.dirname, file), 'utf8')
const validate = new Ajv({ allErrors: true }).compile(modelsJsonSchema())
const faultsOf = (value: unknown) => {
  void validate(value)
  return (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`)
}

describe('the JSON schema of models.yaml', () => {
  it('is named in the first line of models.yaml, for editors', () => {
    expect(read('models.yaml').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../docs/models.schema.json',
    )
  })

  it('accepts models.yaml', () => {
    expect(faultsOf(parse(read('models.yaml')))).toEqual([])
  })

  it('describes each key, and gives the default of each that has one', () => {
    const { properties } = modelsJsonSchema() as {
      properties: {
        model_backends: {
          additionalProperties: {
            properties: Record<string, { description?: string; default?: unknown }>
          }
        }
      }
    }
    const keys = properties.model_backends.additionalProperties.properties
    const defaults = backendConfigSchema.parse({ port: 8770 })
    expect(Object.keys(keys)).toEqual(Object.keys(backendConfigSchema.shape))
    for (const [key, { description, default: value }] of Object.entries(keys)) {
      expect(description, key).toMatch(/\w{3}/)
      if (key !== 'port') expect(value, key).toEqual(defaults[key as keyof typeof defaults])
    }
  })

  const section = (more: Record<string, unknown>) => ({
    model_backends: { a: { port: 8770, ...more } },
  })
  const onnx = { runtime: 'onnx', model: 'a.onnx', output: { type: 'classification' } }
  it.each<[string, unknown, boolean]>([
    ['a section with a port', section({}), true],
    ['no backends', { model_backends: {} }, true],
    ['an ONNX model', section(onnx), true],
    ['a program', section({ runtime: 'command', command: ['python3', 'a.py'] }), true],
    ['a list of providers', section({ providers: ['cuda', 'cpu'] }), true],
    ['a whole preprocess', section({ ...onnx, preprocess: { size: [224, 224], mean: 0.5 } }), true],
    ['nothing at all', {}, false],
    ['another key at the top', { model_backends: {}, backends: {} }, false],
    ['no port', { model_backends: { a: {} } }, false],
    ['a port below 1024', section({ port: 80 }), false],
    ['a port as text', section({ port: '8770' }), false],
    ['half a restart', section({ max_reconnect_attempts: 1.5 }), false],
    ['an unknown key', section({ prot: 1 }), false],
    ['an unknown provider', section({ providers: ['gpu'] }), false],
    ['no providers', section({ providers: [] }), false],
    ['an ONNX model without a file', section({ runtime: 'onnx' }), false],
    ['a program without a command', section({ runtime: 'command' }), false],
    ['a size with three sides', section({ preprocess: { size: [1, 2, 3] } }), false],
    ['an option that is a list', section({ options: { window: [1] } }), false],
  ])('and the loader judge alike: %s', (_title, value, isRight) => {
    expect(modelsConfigSchema.safeParse(value).success).toBe(isRight)
    expect(faultsOf(value).length === 0).toBe(isRight)
  })

  it('refuses a name that the loader would refuse', () => {
    expect(faultsOf({ model_backends: { '../a': { port: 8770 } } })).not.toEqual([])
  })
})
