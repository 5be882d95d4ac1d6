/** How Switchyard exits, and what its terminal may do meanwhile: real processes, pipes and a pseudo terminal. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ROOT_DIR,
  endStarted,
  freePort,
  isAlive,
  isPortFree,
  startNode,
  startProgram,
  until,
  type RunningProcess,
} from '../testing/processes.ts'
import { startPlane } from './start_plane.ts'
import { ControlPlane } from './plane.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'entry-'))
})
afterEach(async () => {
  await endStarted()
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string) => path.join(folder, name)

/** Records its pid and the stop request; some exit slowly, some never. */
const PROGRAM = `
const { writeFileSync } = require('node:fs')
const [, note, manner] = process.argv
writeFileSync(note + '.pid', String(process.pid))
process.on('SIGTERM', () => {
  if (manner === 'stubborn') return
  writeFileSync(note, 'stopped in order')
  process.exit(0)
})
setInterval(() => undefined, 1000)
`

async function configure(manner = 'obedient'): Promise<string> {
  const command = JSON.stringify([process.execPath, '-e', PROGRAM, file('note'), manner])
  const section = `    enabled: true\n    runtime: command\n    command: ${command}\n    port: ${await freePort()}\n`
  writeFileSync(file('models.yaml'), `model_backends:\n  one:\n${section}`)
  return file('models.yaml')
}

const headlessArgs = (config: string, port = 0) => [
  path.join(ROOT_DIR, 'scripts', 'start.mjs'),
  '--headless',
  '--no-open',
  '--port',
  String(port),
  '--config',
  config,
]
const env = () => ({ SWITCHYARD_STATE_DIR: file('state') })

async function startHeadless(
  manner = 'obedient',
  more: Record<string, string> = {},
): Promise<{ plane: RunningProcess; url: string; pid: number }> {
  const plane = startNode(headlessArgs(await configure(manner)), { ...env(), ...more })
  const [, url = ''] = await plane.waitFor(/Panel: (http:\/\/[^/]+)\//)
  return { plane, url, pid: await programPid() }
}

const programPid = () =>
  until('the program to run', () => {
    try {
      return Number(readFileSync(file('note.pid'), 'utf8'))
    } catch {
      return null
    }
  })

const isLive = async (url: string) => (await fetch(`${url}/health/live`)).status === 200

/** Each rejected edit logs a hundred lines on stderr, some 15 KB. */
async function refuseEdits(config: string, count: number, url: string): Promise<void> {
  for (let edit = 0; edit < count; edit++) {
    const keys = Array.from({ length: 100 }, (_, index) => `    k${edit}_${index}: 1\n`)
    writeFileSync(config, `model_backends:\n  one:\n${keys.join('')}`)
    await until(`edit ${edit} to be refused`, () => logs().includes(`k${edit}_99`))
    expect(await isLive(url)).toBe(true)
  }
}

function logs(): string {
  const dir = path.join(file('state'), 'logs')
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.(log|jsonl|ndjson)$/.test(name))
    .map((name) => readFileSync(path.join(dir, name), 'utf8'))
    .join('')
}

describe('output', () => {
  it('a reader that exits costs nothing: the panel serves on and stops in order', async () => {
    const { plane, url } = await startHeadless()
    plane.closeOutput()
    await refuseEdits(file('models.yaml'), 3, url)
    plane.signal('SIGTERM')
    expect(await plane.exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(file('note'), 'utf8')).toBe('stopped in order')
  })

  it.skipIf(process.platform !== 'linux')(
    'a full disk below the output costs nothing',
    async () => {
      const args = headlessArgs(await configure(), await freePort())
      const line = `exec "$@" > /dev/full 2>&1`
      const plane = startProgram('sh', ['-c', line, 'sh', process.execPath, ...args], env())
      await programPid()
      const url = `http://127.0.0.1:${args[4]}`
      await refuseEdits(file('models.yaml'), 2, url)
      plane.signal('SIGTERM')
      expect(await plane.exited).toEqual({ code: 0, signal: null })
    },
  )

  const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0
  it.skipIf(!hasPython)(
    'a paused terminal holds nobody up, neither at work nor at the end',
    async () => {
      const args = headlessArgs(await configure())
      const terminal = startProgram('python3', ['-c', PTY, process.execPath, ...args], env())
      const [, pid = ''] = await terminal.waitFor(/started (\d+)/)
      const [, url = ''] = await terminal.waitFor(/Panel: (http:\/\/[^/]+)\//)
      await programPid()
      await refuseEdits(file('models.yaml'), 8, url)
      process.kill(Number(pid), 'SIGTERM')
      await terminal.waitFor(/ended with 0\n/)
      expect(readFileSync(file('note'), 'utf8')).toBe('stopped in order')
    },
    60_000,
  )
})

/** Runs a program in a pseudo terminal, reads up to the panel's address, then nothing more. */
const PTY = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
print("started", pid, flush=True)
text = b""
while b"/?token=" not in text:
    text += os.read(terminal, 4096)
print(text.decode(), flush=True)
_, status = os.waitpid(pid, 0)
print("ended with", os.waitstatus_to_exitcode(status), flush=True)
`

describe('the end', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops in order', async (signal) => {
    const { plane, pid } = await startHeadless()
    plane.signal(signal)
    expect(await plane.exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(file('note'), 'utf8')).toBe('stopped in order')
    expect(isAlive(pid)).toBe(false)
  })

  it('a second signal ends it immediately, with its code', async () => {
    const { plane, pid } = await startHeadless('stubborn')
    plane.signal('SIGINT')
    await plane.waitFor(/SIGINT: stopping the backends/)
    plane.signal('SIGTERM')
    expect(await plane.exited).toEqual({ code: 143, signal: null })
    expect(plane.output()).toContain('SIGTERM: stopping immediately. Requests in flight are lost.')
    await until('the program to be gone', () => !isAlive(pid))
  })

  const FAULTS = {
    'an exception in a timer': `setTimeout(() => { throw new Error('planted fault') })`,
    'a rejected promise': `void Promise.reject(new Error('planted fault'))`,
    'an error event': `new (require('node:events').EventEmitter)().emit('error', new Error('planted fault'))`,
    'one fault after the other': `setInterval(() => { throw new Error('planted fault') }, 1)`,
  }
  it.each(Object.entries(FAULTS))(
    '%s: it is logged, the backends stop in order, code 1',
    async (_what, fault) => {
      writeFileSync(file('plant.cjs'), `process.on('SIGUSR2', () => { ${fault} })`)
      const { plane, pid } = await startHeadless('obedient', {
        NODE_OPTIONS: `--require ${file('plant.cjs')}`,
      })
      plane.signal('SIGUSR2')
      expect(await plane.exited).toEqual({ code: 1, signal: null })
      expect(readFileSync(file('note'), 'utf8')).toBe('stopped in order')
      expect(isAlive(pid)).toBe(false)
      expect(plane.output()).toMatch(/ERROR Unexpected error \(\w+\): Error: planted fault/)
      expect(logs()).toMatch(/planted fault.*plant\.cjs/)
    },
  )

  it('a warning of Node is a line of the log', async () => {
    writeFileSync(file('plant.cjs'), `process.on('SIGUSR2', () => process.emitWarning('planted'))`)
    const { plane } = await startHeadless('obedient', {
      NODE_OPTIONS: `--require ${file('plant.cjs')}`,
    })
    plane.signal('SIGUSR2')
    await plane.waitFor(/WARN {2}Warning: planted/)
  })
})

describe('a start that fails', () => {
  const options = async (port: number) => ({
    rootDir: ROOT_DIR,
    host: '127.0.0.1',
    port,
    configFile: await configure(),
    stateDir: file('state'),
    shellNotice: null,
  })

  it('after the port is open: its reason is printed, and what it opened is closed', async () => {
    const port = await freePort()
    const open = vi.spyOn(ControlPlane.prototype, 'open')
    open.mockImplementationOnce(async function (this: ControlPlane, address) {
      open.mockRestore()
      await this.open(address)
      await programPid()
      throw new Error('planted fault')
    })
    await expect(startPlane(await options(port))).rejects.toMatchObject({
      message: 'Switchyard could not start: planted fault',
      exitCode: 1,
    })
    expect(readFileSync(file('note'), 'utf8')).toBe('stopped in order')
    expect(await isPortFree(port)).toBe(true)
  })

  it.each([0, 8765])('on a host that is not this machine, port %i', async (port) => {
    const given = { ...(await options(port)), host: '203.0.113.7' }
    await expect(startPlane(given)).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot listen.*203\.0\.113\.7/) as string,
      exitCode: 4,
    })
  })
})

it('the command line ends quietly when the reader of its output does', async () => {
  const cli = path.join(ROOT_DIR, 'scripts', 'switchyard.mjs')
  const line = `{ "$@"; echo "code $?" >&2; } | head -1`
  const one = startProgram('bash', ['-c', line, 'sh', process.execPath, cli, '--help'], env())
  expect(await one.exited).toEqual({ code: 0, signal: null })
  expect(one.output()).toMatch(/^Usage: switchyard .*\n(code 0\n)?$/)
})
