import { describe, expect, it } from 'vitest'
import { backendConfigSchema } from '../protocol/config.ts'
import { expandPath, expandSection } from './expand.ts'

const CONTEXT = { env: { MODELS: '/srv/models', EMPTY: '' }, home: '/home/ada' }
const expanded = (values: object) =>
  expandSection(backendConfigSchema.parse({ port: 8768, ...values }), CONTEXT)

it.each([
  ['~', '/home/ada'],
  ['~/m.onnx', '/home/ada/m.onnx'],
  ['~\\m.onnx', '/home/ada\\m.onnx'],
  ['~ada/m.onnx', '~ada/m.onnx'],
  ['a/~/b', 'a/~/b'],
  ['$MODELS/m.onnx', '/srv/models/m.onnx'],
  ['${MODELS}.old/$MODELS', '/srv/models.old//srv/models'],
  ['[${EMPTY}]', '[]'],
  ['$${MODELS} $$MODELS $$5 $5 $', '${MODELS} $MODELS $$5 $5 $'],
])('%s is %s', (text, result) => {
  expect(expandPath(text, CONTEXT)).toBe(result)
})

describe('a section', () => {
  it('is expanded in its paths, its command and its environment', () => {
    const { section, faults } = expanded({
      runtime: 'command',
      model: '~/m.onnx',
      labels: '$MODELS/l.txt',
      cwd: '${MODELS}',
      command: ['~/run', '--dir=$MODELS', '{port}'],
      env: { DIR: '$MODELS' },
      options: { note: '$MODELS' },
    })
    expect(faults).toEqual([])
    expect(section).toMatchObject({
      model: '/home/ada/m.onnx',
      labels: '/srv/models/l.txt',
      cwd: '/srv/models',
      command: ['/home/ada/run', '--dir=/srv/models', '{port}'],
      env: { DIR: '/srv/models' },
      options: { note: '$MODELS' },
    })
  })

  it('names a variable that is not set', () => {
    expect(expanded({ env: { A: '${GONE}' }, cwd: '$GONE' }).faults).toMatchObject([
      {
        path: ['cwd'],
        message: { message: 'cwd refers to the environment variable GONE, which is not set.' },
      },
      { path: ['env', 'A'] },
    ])
  })

  it('leaves the variables of a shell script to the shell', () => {
    const command = ['sh', '-c', 'for f in *; do echo $f $? $1; done']
    expect(expanded({ runtime: 'command', command })).toMatchObject({
      section: { command },
      faults: [],
    })
  })
})
