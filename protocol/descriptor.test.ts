import { expect, it } from 'vitest'
import { pongSchema } from './backend.ts'
import { BUILTIN_BACKENDS, BUILTIN_NAMES, descriptorOf } from './builtin_backends.ts'
import { backendConfigSchema } from './config.ts'
import { LABELS_MAX } from './descriptor.ts'

const descriptorIn = (descriptor: unknown) =>
  pongSchema.parse({ type: 'pong', status: 'healthy', descriptor }).descriptor

it.each(BUILTIN_NAMES)('the descriptor of %s passes the schema of a pong', (name) => {
  expect(descriptorIn(BUILTIN_BACKENDS[name])).toEqual(BUILTIN_BACKENDS[name])
})

it('a third-party pong without a descriptor, or with an unreadable one, is a pong without one', () => {
  expect(descriptorIn(undefined)).toBeUndefined()
  expect(descriptorIn('pictures')).toBeUndefined()
  expect(descriptorIn({ accepts: [{ kind: 'smell', name: 'x' }], returns: [] })).toBeUndefined()
})

it('more labels than a pong carries are left out, and the rest stays', () => {
  const labels = Array.from({ length: LABELS_MAX + 1 }, (_, index) => String(index))
  const returns = [{ kind: 'classification', labels }]
  expect(descriptorIn({ accepts: [], returns })).toEqual({
    accepts: [],
    returns: [{ kind: 'classification' }],
  })
})

it.each([
  ['a built-in backend, by its name', 'eeg', {}, BUILTIN_BACKENDS.eeg],
  [
    'an ONNX model, by its output and its list of labels',
    'net',
    { runtime: 'onnx', model: 'a.onnx', output: { type: 'detection' }, labels: ['cat'] },
    {
      accepts: BUILTIN_BACKENDS.emotion.accepts,
      returns: [{ kind: 'detections', labels: ['cat'] }],
    },
  ],
  [
    'no third-party program, whatever its name is',
    'eeg',
    { runtime: 'command', command: ['x'] },
    null,
  ],
])('before it runs, a descriptor is known of %s', (_, name, section, descriptor) => {
  const config = backendConfigSchema.parse({ port: 8800, ...section })
  expect(descriptorOf(name, config)).toEqual(descriptor)
})
