import { expect, test } from 'vitest'
import { sectionsIn } from './sections.ts'

test('a section is returned as it is written, without defaults, with its lines and not the comments after it', () => {
  const text = [
    'model_backends:',
    '  # of eeg',
    '  eeg:',
    '    port: 8769 # its own',
    '    options:',
    '      max_faces: 2',
    '',
    '  # of fatigue',
    '  fatigue: { port: 8767 }',
    '  pose:',
    '    port: 8772',
    '    env: {',
    '      A: b',
    '    }',
    '# the end',
    '',
  ].join('\n')
  expect(sectionsIn(text)).toEqual([
    {
      backend: 'eeg',
      values: { port: 8769, options: { max_faces: 2 } },
      first_line: 3,
      last_line: 6,
    },
    { backend: 'fatigue', values: { port: 8767 }, first_line: 9, last_line: 9 },
    { backend: 'pose', values: { port: 8772, env: { A: 'b' } }, first_line: 10, last_line: 14 },
  ])
})

test('an anchor counts as what it stands for', () => {
  const text = 'model_backends:\n  a:\n    env: &shared { A: b }\n  b:\n    env: *shared\n'
  expect(sectionsIn(text)).toMatchObject([
    { backend: 'a', last_line: 3 },
    { backend: 'b', values: { env: { A: 'b' } }, first_line: 4, last_line: 5 },
  ])
})

test('a block scalar ends on its last line', () => {
  const text = 'model_backends:\n  a:\n    cwd: |\n      one\n      two\n  b:\n'
  expect(sectionsIn(text)).toMatchObject([
    { first_line: 2, last_line: 5 },
    { backend: 'b', values: {}, first_line: 6, last_line: 6 },
  ])
})

test.each([
  ['invalid YAML', 'model_backends: ['],
  ['an alias without its anchor', 'model_backends:\n  a:\n    env: *gone\n'],
  ['another file', 'other: 1\n'],
  ['nothing', ''],
])('%s has no sections', (_what, text) => {
  expect(sectionsIn(text)).toEqual([])
})
