import { describe, expect, test } from 'vitest'
import { editsOf, problemsByKey, undoOf, withText } from './config_draft.ts'
import { CONFIG_FIELDS, type ConfigField } from './config_fields.ts'
import { effectText } from './effect_text.ts'

const VALUES = { port: 8768, request_timeout: 30 }
const field = (key: string) => CONFIG_FIELDS.find((one) => one.key === key) as ConfigField

test('typing the original text is not a change', () => {
  const changed = withText({}, field('port'), VALUES, '8769')
  expect(changed).toEqual({ port: '8769' })
  expect(withText(changed, field('port'), VALUES, '8768')).toEqual({})
})

test('a changed key is set, an emptied one taken away, and both have a way back', () => {
  const edits = editsOf('emotion', { port: '8769', request_timeout: '', threads: '2' })
  expect(edits).toEqual([
    { edit: 'set', backend: 'emotion', path: ['port'], value: 8769 },
    { edit: 'unset', backend: 'emotion', path: ['request_timeout'] },
    { edit: 'set', backend: 'emotion', path: ['threads'], value: 2 },
  ])
  expect(undoOf(edits, VALUES)).toEqual([
    { edit: 'set', backend: 'emotion', path: ['port'], value: 8768 },
    { edit: 'set', backend: 'emotion', path: ['request_timeout'], value: 30 },
    { edit: 'unset', backend: 'emotion', path: ['threads'] },
  ])
})

test('a problem within a key is one of its field; those of other sections are of none', () => {
  const problem = (key: string) => ({ file: 'models.yaml', line: 1, key, message: key, remedy: '' })
  const found = problemsByKey(
    'emotion',
    [
      'model_backends.emotion.options.max_faces',
      'model_backends.emotion.prot',
      'model_backends.eeg.port',
      '',
    ].map(problem),
  )
  expect(found.get('options')?.map(({ key }) => key)).toEqual([
    'model_backends.emotion.options.max_faces',
  ])
  expect(found.get('')?.map(({ key }) => key)).toEqual([
    'model_backends.emotion.prot',
    'model_backends.eeg.port',
    '',
  ])
})

describe('what a key does depends on whether the backend runs', () => {
  test.each([
    ['live', true, false, 'applies immediately'],
    ['restart', true, false, 'restarts eeg'],
    ['restart', false, false, 'applies when eeg starts next'],
    ['switch', false, true, 'starts eeg'],
    ['switch', true, false, 'stops eeg'],
    ['switch', true, true, 'no effect now: already running'],
    ['switch', false, false, 'no effect now: already off'],
  ] as const)('%s, running %s, enabled %s', (effect, isRunning, isEnabled, words) => {
    expect(effectText({ effect }, { backend: 'eeg', isRunning, isEnabled })).toBe(words)
  })
})
