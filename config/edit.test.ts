import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { editConfig, type ConfigEdit } from './edit.ts'

const TEXT = `# The backends.
model_backends:   # all of them
  # Tired?
  fatigue:
    host: "localhost"   # quoted
    port: 8767


    enabled: false # later
    providers: # in order
      # fastest first
      - cuda
      - cpu # slow

    # device_ids: [0]

  # Glad?
  emotion:
    port: 8768
    env: { A: "1", B: 'two' }
    options:
      window: 5 # frames

  eeg: {port: 8769, enabled: false}
`

const edited = (text: string, ...edits: ConfigEdit[]) => {
  const result = editConfig(text, edits)
  expect(result.ok ? [] : result.problems).toEqual([])
  return result.ok ? result.text : ''
}
const set = (backend: string, key: string, value: unknown): ConfigEdit => ({
  edit: 'set',
  backend,
  path: key.split('.') as [string, ...string[]],
  value,
})
const unset = (backend: string, key: string): ConfigEdit => ({
  edit: 'unset',
  backend,
  path: key.split('.') as [string, ...string[]],
})

describe('an edit changes its own line only', () => {
  const cases: [string, ConfigEdit[], [string, string][]][] = [
    ['a number', [set('fatigue', 'port', 9000)], [['8767', '9000']]],
    [
      'a text in its quotes',
      [set('fatigue', 'host', '0.0.0.0')],
      [['"localhost"   #', '"0.0.0.0"   #']],
    ],
    [
      'a switch with its comment',
      [set('fatigue', 'enabled', true)],
      [['false # later', 'true # later']],
    ],
    ['the same value again', [set('fatigue', 'port', 8767)], []],
    [
      'an item of a list',
      [set('fatigue', 'providers', ['cuda', 'webgpu'])],
      [['- cpu #', '- webgpu #']],
    ],
    [
      'one more item of a list',
      [set('fatigue', 'providers', ['cuda', 'cpu', 'webgpu'])],
      [['# slow\n', '# slow\n      - webgpu\n']],
    ],
    [
      'one item of a list less',
      [set('fatigue', 'providers', ['cuda'])],
      [['      - cpu # slow\n', '']],
    ],
    [
      'a word in place of a list',
      [set('fatigue', 'providers', 'auto')],
      [
        ['providers: #', 'providers: auto #'],
        ['      - cuda\n      - cpu # slow\n', ''],
      ],
    ],
    ['a new key', [set('fatigue', 'threads', 2)], [['# slow\n', '# slow\n    threads: 2\n']]],
    [
      'a new list',
      [set('emotion', 'device_ids', [0, 1]), set('emotion', 'providers', ['cuda', 'cpu'])],
      [['# frames\n', '# frames\n    device_ids: [0, 1]\n    providers: [cuda, cpu]\n']],
    ],
    ['a key of a map on one line', [set('emotion', 'env.B', "it's")], [["B: 'two'", "B: 'it''s'"]]],
    [
      'a new key of a map on one line',
      [set('emotion', 'env', { A: '1', B: 'two', C: 'a, b' })],
      [["'two' }", `'two', C: "a, b" }`]],
    ],
    ['a key of a map', [set('emotion', 'options.window', 7)], [['window: 5 #', 'window: 7 #']]],
    [
      'a new key of a map',
      [set('emotion', 'options.name', 'yes: no')],
      [['# frames\n', '# frames\n      name: "yes: no"\n']],
    ],
    [
      'a new map',
      [set('fatigue', 'options.window', 9)],
      [['# slow\n', '# slow\n    options:\n      window: 9\n']],
    ],
    [
      'a section on one line',
      [set('eeg', 'enabled', true), set('eeg', 'threads', 2)],
      [['enabled: false}', 'enabled: true, threads: 2}']],
    ],
    ['a key less', [unset('fatigue', 'enabled')], [['    enabled: false # later\n', '']]],
    ['a key less that was not there', [unset('fatigue', 'threads')], []],
    [
      'the last key of a map less',
      [unset('emotion', 'options.window')],
      [['    options:\n      window: 5 # frames\n', '']],
    ],
    ['a key less on one line', [unset('emotion', 'env.A')], [['{ A: "1", B', '{ B']]],
    ['the last key less on one line', [unset('emotion', 'env.B')], [[`, B: 'two'`, '']]],
    [
      'another name',
      [{ edit: 'rename', backend: 'emotion', to: 'mood' }],
      [['  emotion:', '  mood:']],
    ],
    [
      'two ports in exchange',
      [set('fatigue', 'port', 8768), set('emotion', 'port', 8767)],
      [
        ['port: 8767', 'port: first'],
        ['port: 8768', 'port: 8767'],
        ['port: first', 'port: 8768'],
      ],
    ],
  ]
  it.each(cases)('%s', (_title, edits, replacements) => {
    const expected = replacements.reduce((text, [from, to]) => {
      expect(text).toContain(from)
      return text.replace(from, to)
    }, TEXT)
    expect(edited(TEXT, ...edits)).toBe(expected)
    expect(edited(TEXT.replaceAll('\n', '\r\n'), ...edits)).toBe(expected.replaceAll('\n', '\r\n'))
  })
})

describe('a whole section', () => {
  const section = { port: 8770, enabled: true, providers: ['cuda', 'cpu'], options: { window: 3 } }

  it('is added at the end, set apart like the others', () => {
    expect(edited(TEXT, { edit: 'add', backend: 'gaze', section })).toBe(
      `${TEXT}\n  gaze:\n    port: 8770\n    enabled: true\n    providers: [cuda, cpu]\n    options:\n      window: 3\n`,
    )
  })

  it('is added without a gap where there are none', () => {
    const text = 'model_backends:\n    a:\n        port: 8766\n    b:\n        port: 8767\n'
    expect(edited(text, { edit: 'add', backend: 'c', section: { port: 8768 } })).toBe(
      `${text}    c:\n      port: 8768\n`,
    )
  })

  it.each([
    ['an empty file', '', ''],
    ['a comment alone', '# nothing yet\n', '# nothing yet\n'],
    ['nothing', 'model_backends: # none\n', ''],
    ['an empty map', 'model_backends: {} # none\n', ''],
    ['a text without an end of line', 'model_backends:', ''],
  ])('is added to %s', (_title, text, before) => {
    const result = edited(text, { edit: 'add', backend: 'a', section: { port: 8766 } })
    const comment = text.includes('# none') ? ' # none' : ''
    const end = text.endsWith('\n') || text === '' ? '\n' : ''
    expect(result).toBe(`${before}model_backends:${comment}\n  a:\n    port: 8766${end}`)
  })

  it('goes with its comments and one gap', () => {
    expect(edited(TEXT, { edit: 'remove', backend: 'fatigue' })).toBe(
      TEXT.slice(0, TEXT.indexOf('  # Tired?')) + TEXT.slice(TEXT.indexOf('  # Glad?')),
    )
    expect(edited(TEXT, { edit: 'remove', backend: 'emotion' })).toBe(
      TEXT.slice(0, TEXT.indexOf('  # Glad?')) + TEXT.slice(TEXT.indexOf('  eeg:')),
    )
    expect(edited(TEXT, { edit: 'remove', backend: 'eeg' })).toBe(
      TEXT.slice(0, TEXT.indexOf('\n  eeg:')),
    )
  })

  it('leaves an empty map behind when it was the last one', () => {
    expect(
      edited('# x\nmodel_backends: # all\n  # one\n  a:\n    port: 8766\n', {
        edit: 'remove',
        backend: 'a',
      }),
    ).toBe('# x\nmodel_backends: {} # all\n')
  })

  it('comes back as it was when it is added and removed', () => {
    const text = readFileSync(path.join(import.meta.dirname, 'models.yaml'), 'utf8')
    const edits: ConfigEdit[] = [
      { edit: 'add', backend: 'gaze', section },
      { edit: 'remove', backend: 'gaze' },
    ]
    expect(edited(text, ...edits)).toBe(text)
  })
})

describe('nothing invalid is written', () => {
  const problemOf = (text: string, ...edits: ConfigEdit[]) => {
    const result = editConfig(text, edits, {
      reserved: [{ host: '127.0.0.1', port: 8765, owner: 'the gateway' }],
    })
    return result.ok ? null : result.problems[0]
  }
  it.each<[string, ConfigEdit, string, RegExp]>([
    ['a wrong type', set('fatigue', 'port', 'x'), 'model_backends.fatigue.port', /not a string/],
    [
      'an unknown key',
      set('fatigue', 'prot', 1),
      'model_backends.fatigue.prot',
      /Unknown key prot/,
    ],
    [
      'a port twice',
      set('fatigue', 'port', 8768),
      'model_backends.emotion.port',
      /belongs to fatigue/,
    ],
    ['a reserved port', set('fatigue', 'port', 8765), 'model_backends.fatigue.port', /the gateway/],
    ['no port', unset('fatigue', 'port'), 'model_backends.fatigue.port', /is missing/],
    [
      'a bad name',
      { edit: 'rename', backend: 'eeg', to: 'E E G' },
      'model_backends.E E G',
      /not a valid backend name/,
    ],
    [
      'a name that is taken',
      { edit: 'rename', backend: 'eeg', to: 'emotion' },
      'model_backends.eeg',
      /already/,
    ],
    [
      'a section twice',
      { edit: 'add', backend: 'eeg', section: { port: 9000 } },
      'model_backends.eeg',
      /already/,
    ],
    ['no such backend', set('gaze', 'port', 9000), 'model_backends.gaze', /no backend "gaze"/],
    ['not a number', set('fatigue', 'port', Number.NaN), 'model_backends.fatigue.port', /null/],
  ])('%s', (_title, edit, key, message) => {
    const problem = problemOf(TEXT, edit)
    expect(problem).toMatchObject({ key, message: expect.stringMatching(message) as string })
    expect(problem?.remedy).not.toBe('')
  })

  it.each([
    ['a tab', 'model_backends:\n\ta: 1\n', 2],
    ['a key twice', 'model_backends:\n  a:\n    port: 8766\n    port: 8767\n', 4],
    ['an alias without an anchor', 'model_backends:\n  a:\n    port: *none\n', null],
  ])('a text whose syntax is broken already: %s', (_title, text, line) => {
    const problem = problemOf(text, set('a', 'port', 8766))
    expect(problem?.line).toBe(line)
    expect(problem?.message).toMatch(/^YAML syntax: \w/)
    expect(problem?.remedy).toMatch(/by hand first/)
  })

  it('the only key of a section less', () => {
    const text = 'model_backends:\n  a:\n    port: 8766\n'
    expect(problemOf(text, unset('a', 'port'))).toMatchObject({ key: 'model_backends.a.port' })
  })

  it.each([
    [
      'an alias',
      'model_backends:\n  a: &all\n    port: 8766\n  b: *all\n',
      set('b', 'port', 8767),
      4,
    ],
    [
      'a value that others repeat',
      'model_backends:\n  a:\n    port: 8766\n    threads: &n 2\n    max_batch_size: *n\n',
      set('a', 'threads', 3),
      null,
    ],
    [
      'an anchor that others need',
      'model_backends:\n  a:\n    port: 8766\n    threads: &n 2\n    max_batch_size: *n\n',
      unset('a', 'threads'),
      null,
    ],
    [
      'a key with a question mark',
      'model_backends:\n  a:\n    ? port\n    : 8766\n    ? enabled\n    : false\n',
      unset('a', 'enabled'),
      5,
    ],
  ])('%s, which cannot be changed alone', (_title, text, edit, line) => {
    const problem = problemOf(text, edit)
    expect(problem).toMatchObject({ line, remedy: 'Edit the file by hand.' })
  })
})

describe('texts of every kind come back as they went in', () => {
  it.each([
    'true',
    'null',
    '8768',
    '',
    ' x ',
    'a: b',
    'a # b',
    '- a',
    '*a',
    'a\nb',
    'ä"\'\\',
    '\u0007',
    '%x',
    '@x',
    '{',
    'x'.repeat(300),
  ])('%j', (value) => {
    const isPath = value !== '' && !/\p{Cc}/u.test(value)
    expect(editConfig(TEXT, [set('emotion', 'cwd', value)]).ok).toBe(isPath)
    for (const key of [...(isPath ? ['cwd'] : []), 'env.B', 'env.NEW', 'options.new']) {
      const result = editConfig(TEXT, [set('emotion', key, value)])
      expect(result.ok ? result.config.model_backends['emotion'] : result.problems).toHaveProperty(
        key,
        value,
      )
    }
  })
})
