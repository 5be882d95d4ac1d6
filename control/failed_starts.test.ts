/** Third-party programs that fail to start: the row, the event and the crash card name the cause. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { BackendView } from '../protocol/control.ts'
import { endPanels, startHeadless } from '../testing/headless.ts'
import { freePort, until } from '../testing/processes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'failed-starts-'))
afterAll(async () => {
  await endPanels()
  rmSync(folder, { recursive: true })
})
mkdirSync(path.join(folder, 'bin'))
writeFileSync(path.join(folder, 'bin', 'moved'), '#!/old/.venv/bin/python\n', { mode: 0o755 })
writeFileSync(path.join(folder, 'bin', 'plain'), 'x\n', { mode: 0o644 })

const node = (program: string) => [process.execPath, '-e', program]
const LISTENS_ELSEWHERE = `require('node:net').createServer().listen(0, '127.0.0.1')`

/** Name, the section's keys besides its port, the row's text, the cause on the crash card. */
const CASES: [string, object, RegExp, string][] = [
  ['animals', {}, /^There is no backend "animals"; .* set runtime: onnx\./, ''],
  [
    'venv',
    { command: ['.venv/bin/python', 'main.py'], cwd: folder },
    /\.venv\/bin\/python does not exist\. Create the virtual environment: `python3 -m venv/,
    'program_not_found',
  ],
  [
    'folder',
    { command: ['/bin/true'], cwd: path.join(folder, 'gone') },
    /could not be started: its folder .*gone \(`cwd`\) does not exist/,
    'working_folder_missing',
  ],
  [
    'moved',
    { command: ['bin/moved'], cwd: folder },
    /its interpreter \/old/,
    'interpreter_missing',
  ],
  ['plain', { command: ['bin/plain'], cwd: folder }, /not executable/, 'program_not_executable'],
  [
    'conda',
    { command: ['no-such-conda'] },
    /"no-such-conda" is not on the PATH/,
    'program_not_found',
  ],
  [
    'script',
    { command: ['/usr/bin/python3', 'backend.py'], cwd: folder },
    /can't open file '.*backend\.py'/,
    'program_not_found',
  ],
  [
    'module',
    { command: ['/usr/bin/python3', '-c', 'import cv2_missing'] },
    /ModuleNotFoundError: No module named 'cv2_missing'/,
    'python_module_missing',
  ],
  [
    'syntax',
    { command: ['/usr/bin/python3', '-c', 'x = ='] },
    /SyntaxError: invalid syntax/,
    'python_syntax',
  ],
  [
    'taken',
    { command: node(`require('node:net').createServer().listen(1, '203.0.113.1')`) },
    /Error: listen EADDRNOTAVAIL: .* 203\.0\.113\.1/,
    'address_unavailable',
  ],
  [
    'illegal',
    { command: node(`process.kill(process.pid, 'SIGILL'); setInterval(() => {}, 1000)`) },
    /SIGILL/,
    'unsupported_cpu_instruction',
  ],
  [
    'elsewhere',
    { command: node(LISTENS_ELSEWHERE), startup_timeout: 8 },
    /startup_timeout\): it listens on port \d+, and port \d+ is configured/,
    'wrong_port',
  ],
]

/** `animals`: settings that our program rejects are not a crash. */
const REFUSED = 1

it('names the cause in the row, the event and the crash card', { timeout: 120_000 }, async () => {
  const sections: Record<string, object> = {}
  for (const [name, keys] of CASES) {
    sections[name] = {
      port: await freePort(),
      host: '127.0.0.1',
      enabled: true,
      health_interval: 0.5,
      max_reconnect_attempts: 0,
      ...('command' in keys ? { runtime: 'command' } : {}),
      ...keys,
    }
  }
  const panel = await startHeadless(JSON.stringify({ model_backends: sections }))
  const isOver = ({ state }: BackendView) => state === 'failed'
  let waiting: string[] = []
  const { backends } = await panel
    .snapshotWhere(({ backends: all }) => {
      waiting = all
        .filter((one) => !isOver(one))
        .map((one) => `${one.name}: ${one.state} ${one.detail}`)
      return all.length === CASES.length && waiting.length === 0
    })
    .catch((error: unknown) => {
      throw new Error(`not failed yet: ${waiting.join('; ')}`, { cause: error })
    })
  const crashes = await until('all crash cards', async () => {
    const listed = await panel.call('crashes.list', {})
    return listed.crashes.length === CASES.length - REFUSED ? listed.crashes : null
  })
  const { events } = await panel.call('events.list', {})
  for (const [name, , shown, cause] of CASES) {
    const row = backends.find((one) => one.name === name)
    expect(row?.detail).toMatch(shown)
    expect(crashes.find(({ backend }) => backend === name)?.cause?.code ?? '').toBe(cause)
    const own = events.filter(({ backend }) => backend === name)
    const end = own.findIndex(({ kind }) => kind === 'start_failed')
    expect(own[end]?.message).toMatch(shown)
    expect(own[end + 1]).toMatchObject({ kind: 'state', state: 'failed' })
    expect(own.filter(({ kind }) => kind === 'crash')).toEqual([])
  }
})

it('a backend killed while it serves is an error line and a crash, and what follows comes after it', async () => {
  const panel = await startHeadless(
    JSON.stringify({ model_backends: { eeg: { port: await freePort(), threads: 1 } } }),
  )
  await panel.call('backends.start', { name: 'eeg' })
  const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
  process.kill(pid ?? 0, 'SIGKILL')
  await panel.backendWhere(({ state }) => state === 'backoff')
  const { lines } = await panel.call('logs.search', {
    query: { levels: ['error'] },
    limit: 10,
  })
  expect(lines.map(({ message }) => message)).toEqual([`eeg: pid ${pid}: ended by signal SIGKILL`])
  const { events } = await panel.call('events.list', {})
  const told = events
    .filter(({ backend }) => backend === 'eeg')
    .map(({ kind, state, message }) => (kind === 'state' ? state : `${kind}: ${message}`))
  expect(told).toEqual([
    'action: started by you',
    'starting',
    'loading',
    'ready',
    'crash: ended by signal SIGKILL; likely cause: Killed from outside (SIGKILL).',
    'backoff',
  ])
})
