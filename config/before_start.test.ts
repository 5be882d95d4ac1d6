import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemText } from '../protocol/config_problem.ts'
import { problemsBeforeStart, type StartPlace } from './before_start.ts'
import { parseConfig } from './load.ts'

const FILES = [
  '/usr/bin/python3',
  '/usr/bin/node',
  '/usr/bin/bash',
  '/app/backend.py',
  '/srv/lab/serve.js',
  '/srv/lab/.venv/bin/python',
  '/app/m.onnx',
]
const FOLDERS = ['/app', '/srv/lab']
const PLACE: StartPlace = {
  rootDir: '/app',
  platform: 'linux',
  env: { PATH: '/usr/local/bin:/usr/bin' },
  isFile: (file) => FILES.includes(file),
  isFolder: (file) => FOLDERS.includes(file),
}

function sentencesOf(
  section: string,
  place = PLACE,
  name = 'lab',
  folder = '/app/config',
): string[] {
  const text = `model_backends:\n  ${name}: { port: 8768, ${section} }\n`
  const loaded = parseConfig(text, 'models.yaml')
  if (!loaded.ok) throw new Error(loaded.problems.map(problemText).join('\n'))
  const source = { text, file: path.resolve(folder, 'models.yaml') }
  return problemsBeforeStart(loaded.config, source, place).map((problem) =>
    problemText({ ...problem, file: 'models.yaml' }),
  )
}
const command = (list: string, more = '') => `runtime: command, command: [${list}]${more}`

describe.skipIf(process.platform === 'win32')('a section that can start', () => {
  it.each([
    command('python3, backend.py'),
    command('python3, -u, backend.py, --port, "{port}"'),
    command('python3, -m, package.server'),
    command('node, serve.js', ', cwd: /srv/lab'),
    command('.venv/bin/python, -c, "import x"', ', cwd: /srv/lab'),
    command('bash, -c, "exec ./missing.sh"'),
    command('node, --import, tsx, missing.ts'),
    command('serve', ', env: { PATH: /opt }'),
    'runtime: onnx, model: m.onnx, output: { type: classification }',
    'runtime: external',
  ])('%s', (section) => {
    const isFile = (file: string) => file === '/opt/serve' || PLACE.isFile(file)
    expect(sentencesOf(section, { ...PLACE, isFile })).toEqual([])
  })

  it('files beside a configuration elsewhere, and those of Switchyard', () => {
    const isFile = (file: string) => file === '/home/me/own.onnx' || PLACE.isFile(file)
    const place = { ...PLACE, isFile }
    for (const model of ['own.onnx', 'm.onnx']) {
      const section = `runtime: onnx, model: ${model}, output: { type: classification }`
      expect(sentencesOf(section, place, 'lab', '/home/me')).toEqual([])
    }
    const [missing] = sentencesOf(
      'runtime: onnx, model: gone.onnx, output: { type: classification }',
      place,
      'lab',
      '/home/me',
    )
    expect(missing).toContain('/home/me/gone.onnx')
  })

  it('a program of Windows without its extension', () => {
    const place: StartPlace = {
      ...PLACE,
      platform: 'win32',
      env: { Path: '/tools', PATHEXT: '.EXE;.CMD' },
      isFile: (file) => file === '/tools/npm.CMD',
    }
    expect(sentencesOf(command('npm, start'), place)).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('what would keep it from starting', () => {
  it.each([
    [
      command('pyhton3, backend.py'),
      'The program "pyhton3" is not on the PATH of Switchyard. Use its full path in command, or extend PATH in env.',
    ],
    [
      command('venv/bin/python, backend.py'),
      'The program /app/venv/bin/python does not exist. Correct command; a relative path begins at cwd.',
    ],
    [
      command('python3, bakend.py'),
      'The script /app/bakend.py does not exist. Correct command or cwd.',
    ],
    [
      command('python3, backend.py', ', cwd: /srv/lab'),
      'The script /srv/lab/backend.py does not exist. Correct command or cwd.',
    ],
    [
      command('bash, -eu, start.sh'),
      'The script /app/start.sh does not exist. Correct command or cwd.',
    ],
    [
      command('python3, backend.py', ', cwd: gone'),
      'The folder /app/gone does not exist. Correct cwd; a relative path begins at /app.',
    ],
    [
      'runtime: onnx, model: gone.onnx, labels: gone.txt, output: { type: classification }',
      'The file /app/gone.onnx of model does not exist. Correct model; a relative path begins at /app.',
      'The file /app/gone.txt of labels does not exist. Correct labels; a relative path begins at /app.',
    ],
  ])('%s', (section, ...sentences) => {
    expect(sentencesOf(section)).toEqual(sentences.map((one) => `models.yaml:2: lab: ${one}`))
  })

  it('a name that is not a built-in backend, with the one that was probably meant', () => {
    expect(sentencesOf('enabled: true', PLACE, 'animals')).toEqual([
      expect.stringMatching(
        /There is no built-in backend "animals"\. .* For your own .* set runtime: onnx/,
      ),
    ])
    expect(sentencesOf('enabled: true', PLACE, 'emotoin')).toEqual([
      expect.stringMatching(/Rename the section to emotion\. For your own/),
    ])
  })
})
