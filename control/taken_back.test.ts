import { expect, it } from 'vitest'
import { backendConfigSchema } from '../protocol/config.ts'
import { quoted } from '../protocol/messages.ts'
import { takenBackText, type TakenBack } from './taken_back.ts'

const section = (more: object) => backendConfigSchema.parse({ port: 42769, ...more })
const HOLDER = {
  pid: 9321,
  command: '/usr/bin/python3 -m http.server 42780',
  started_at: null,
  user: 'ann',
  reason: null,
}
const given = (more: Partial<TakenBack>): TakenBack => ({
  backend: 'eeg',
  before: section({}),
  tried: section({ port: 42780 }),
  reason: quoted('exit code 4: could not listen on its port'),
  held: { holder: HOLDER, freePort: 42771 },
  ...more,
})

it('a port that another program holds is reported with the program and a free port, once', () => {
  expect(takenBackText(given({}))).toMatchObject({
    key: 'model_backends.eeg.port',
    message: 'eeg keeps its old port 42769. Port 42780 is already in use by python3 (pid 9321).',
    remedy: 'Use 42771, or stop that program.',
    taken_back: 'eeg',
    ports: { tried: 42780, kept: 42769 },
    free_port: 42771,
    holder: HOLDER,
  })
})

it.each([
  [{ ...HOLDER, command: '"C:\\Program Files\\node.exe" a.js' }, 'node.exe (pid 9321)'],
  [{ ...HOLDER, command: null }, 'process 9321'],
  [{ ...HOLDER, pid: null }, 'another program'],
  [null, 'another program'],
])('the program is named as far as it is known: %j', (holder, name) => {
  const { message, remedy } = takenBackText(given({ held: { holder, freePort: null } }))
  expect(message).toMatch(new RegExp(`is already in use by ${name.replace(/[()]/g, '.')}\\.$`))
  expect(remedy).toBe('Set another port, or stop that program.')
})

it.each<[object, string, string]>([
  [
    { runtime: 'command', command: ['python3', 'b.py'] },
    'eeg keeps its previous runtime, command. With the new runtime, command: ModuleNotFoundError: x.',
    'model_backends.eeg',
  ],
  [
    { threads: 3 },
    'eeg keeps its previous threads. With the new threads: ModuleNotFoundError: x.',
    'model_backends.eeg.threads',
  ],
  [
    { threads: 3, warmup: 2, sessions: 2, cache_size: 1 },
    'eeg keeps its previous settings. With the new settings: ModuleNotFoundError: x.',
    'model_backends.eeg',
  ],
])('any other change is reported with its keys and the reason: %j', (more, message, key) => {
  const words = takenBackText(
    given({ tried: section(more), reason: quoted('ModuleNotFoundError: x'), held: null }),
  )
  expect(words).toMatchObject({
    key,
    message,
    remedy: 'Fix the file and save it again.',
    taken_back: 'eeg',
  })
})
