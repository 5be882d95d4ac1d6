/** The contract of the launchers that need no Electron; electron/ runs it for the utility process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, expect, test, vi } from 'vitest'
import type { StopSignal } from '../../protocol/config.ts'
import { ROOT_DIR, isAlive, startNode, until } from '../../testing/processes.ts'
import { createCommandLauncher } from './command_launcher.ts'
import { createExternalLauncher } from './external_launcher.ts'
import { followOutput, type Launcher } from './launcher.ts'
import { createNodeLauncher } from './node_launcher.ts'
import { CONTRACT_CHILD, launcherContract } from './testing/contract.ts'

const node = { execPath: process.execPath, env: process.env }

launcherContract('node', {
  launcher: () => createNodeLauncher({ ...node, entry: CONTRACT_CHILD, cwd: ROOT_DIR }),
})

test('external: nothing is started, and the end of the watch is reported once', async () => {
  const onExit = vi.fn()
  const events = { onOutput: () => undefined, onExit }
  const child = createExternalLauncher().launch({ name: 'one', args: [], env: {} }, events)
  expect(child.pid).toBeNull()
  child.askToStop(1000)
  child.kill()
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce())
  expect(onExit.mock.calls[0]?.[0]).toMatchObject({
    code: null,
    failure: { message: 'no longer watched' },
  })
})

/** The external program gets the section's command line, although the guard is in between. */
const guarded = (command: string[], stopSignal: StopSignal = 'SIGTERM', env = process.env) =>
  createCommandLauncher({
    ...{ ...node, env },
    guard: path.join(ROOT_DIR, 'dist', 'control', 'guard.js'),
    command,
    workingDir: ROOT_DIR,
    host: '127.0.0.1',
    port: 1,
    stopSignal,
  })
const command = (...args: string[]) => guarded([process.execPath, CONTRACT_CHILD, ...args])

launcherContract('command', {
  launcher: () => ({
    kind: 'command',
    launch: (request, events) => command(...request.args).launch(request, events),
  }),
  without: {
    messages: 'a foreign program has no channel to the control plane',
    ownPid: 'the pid is that of the guard',
  },
})

test.each([
  ['exit', { code: 3, signal: null }],
  ['crash', { code: null, signal: 'SIGSEGV' }],
  ['abort', { code: null, signal: 'SIGABRT' }],
])('command: %s of the program is reported as if there were no guard', async (task, exit) => {
  const onExit = vi.fn()
  const events = { onOutput: () => undefined, onExit }
  command(task).launch({ name: 'one', args: [], env: {} }, events)
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), { timeout: 15_000 })
  expect(onExit.mock.calls[0]?.[0]).toMatchObject(exit)
})

test('the tokens of the control plane are not inherited; that of the section is passed on', async () => {
  const env = { ...process.env, SWITCHYARD_PANEL_TOKEN: 'secret', SWITCHYARD_TOKEN: 'secret' }
  const listed = 'Object.entries(process.env).filter((pair) => /_TOKEN/.test(pair[0])).join()'
  const launcher = guarded([process.execPath, '-p', listed], 'SIGTERM', env)
  const printed = async (given: Record<string, string>) => {
    let text = ''
    const onExit = vi.fn()
    const onOutput = (_stream: string, chunk: Buffer) => (text += chunk.toString('utf8'))
    launcher.launch({ name: 'one', args: [], env: given }, { onOutput, onExit })
    await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), { timeout: 15_000 })
    return text
  }
  expect(await printed({})).toBe('\n')
  expect(await printed({ SWITCHYARD_TOKEN: 'of the section' })).toBe(
    'SWITCHYARD_TOKEN,of the section\n',
  )
})

test('command: Python is asked not to keep what it prints, unless the section decides', async () => {
  const printed = async (env: Record<string, string>) => {
    let text = ''
    const onExit = vi.fn()
    const launcher = guarded([process.execPath, '-p', 'process.env.PYTHONUNBUFFERED'])
    const onOutput = (_stream: string, chunk: Buffer) => (text += chunk.toString('utf8'))
    launcher.launch({ name: 'one', args: [], env }, { onOutput, onExit })
    await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), { timeout: 15_000 })
    return text
  }
  expect(await printed({})).toBe('1\n')
  expect(await printed({ PYTHONUNBUFFERED: '' })).toBe('\n')
})

const folder = mkdtempSync(path.join(tmpdir(), 'launchers-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('node: a child learns of the death of its parent, however it dies', async () => {
  const note = path.join(folder, 'note.txt')
  const parent = startNode([
    '--import',
    'tsx',
    '-e',
    `import { createNodeLauncher } from './control/launcher/node_launcher.ts'
     const launcher = createNodeLauncher({ execPath: process.execPath, env: process.env, cwd: '.', entry: ${JSON.stringify(CONTRACT_CHILD)} })
     launcher.launch({ name: 'one', args: ['orphan', ${JSON.stringify(note)}], env: {} },
       { onOutput: (_, chunk) => process.stdout.write(chunk), onExit: () => undefined })`,
  ])
  await parent.waitFor(/on stderr/)
  parent.signal('SIGKILL')
  await parent.exited
  await vi.waitFor(() => expect(readFileSync(note, 'utf8')).toContain('the parent exited'), {
    timeout: 15_000,
  })
})

/** Prints the signals that it gets, and exits on `last`. */
const LISTENER = `
const [, last] = process.argv
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => {
    console.log('got ' + signal)
    if (signal === last) process.exit(0)
  })
}
console.log('up ' + process.pid)
setInterval(() => undefined, 1000)`

function follow(launcher: Launcher) {
  let text = ''
  const onExit = vi.fn()
  const child = launcher.launch(
    { name: 'one', args: [], env: {} },
    { onOutput: (_stream, chunk) => (text += chunk.toString('utf8')), onExit },
  )
  const ended = () =>
    vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), { timeout: 15_000, interval: 20 })
  const prints = (words: RegExp) =>
    until(`the output ${String(words)}`, () => words.exec(text) ?? false)
  return { child, text: () => text, ended, prints, onExit }
}

const onPosix = test.skipIf(process.platform === 'win32')

onPosix('command: its own signal comes first, SIGTERM after half of the grace', async () => {
  const launcher = guarded([process.execPath, '-e', LISTENER, 'SIGTERM'], 'SIGQUIT')
  const { child, text, ended, prints } = follow(launcher)
  await prints(/up/)
  child.askToStop(200)
  await ended()
  expect(text().match(/got \w+/g)).toEqual(['got SIGQUIT', 'got SIGTERM'])
})

onPosix.each([
  ['bash without exec', 'bash', (line: string) => ['-c', `${line}; echo over`]],
  ['a chain of commands', 'sh', (line: string) => ['-c', `true && ${line} && true`]],
  ['a wrapper in a wrapper', 'sh', (line: string) => ['-c', `sh -c '${line}; true'; true`]],
])('command: the stop reaches the program behind %s once', async (_what, shell, argsOf) => {
  const program = path.join(folder, 'listener.cjs')
  writeFileSync(program, LISTENER.replace('[, last]', '[, , last]'))
  const line = `${process.execPath} ${program} SIGTERM`
  const { child, text, ended, prints } = follow(guarded([shell, ...argsOf(line)]))
  const [, pid = ''] = await prints(/up (\d+)/)
  child.askToStop(15_000)
  await prints(/got SIGTERM/)
  await ended()
  await until('the program to be gone', () => !isAlive(Number(pid)))
  expect(text().match(/got/g)).toHaveLength(1)
})

onPosix('command: a signal to the guard alone reaches the program, too', async () => {
  const { child, ended, prints } = follow(guarded([process.execPath, '-e', LISTENER, 'SIGHUP']))
  await prints(/up/)
  process.kill(child.pid ?? 0, 'SIGHUP')
  await prints(/got SIGHUP/)
  await ended()
})

onPosix('a signal that the system refuses is thrown nowhere', async () => {
  const refuse = () => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  }
  const launcher = createNodeLauncher({
    ...node,
    entry: CONTRACT_CHILD,
    cwd: ROOT_DIR,
    kill: refuse,
  })
  const { child, ended, prints } = follow(launcher)
  await prints(/on stderr/)
  child.askToStop(1000)
  child.kill()
  process.kill(child.pid ?? 0, 'SIGKILL')
  await ended()
})

test('a pipe that fails is a line of the log, and no error that nobody catches', async () => {
  const stdout = new PassThrough()
  const lines: string[] = []
  followOutput({ stdout, stderr: null }, (stream, chunk) => {
    lines.push(`${stream} ${chunk.toString('utf8')}`)
  })
  stdout.write('half a line')
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  const closed = new Promise((resolve) => stdout.once('close', resolve))
  stdout.destroy(new Error('read EIO'))
  await closed
  expect(lines.join('')).toContain(
    '\nERROR The stdout of this process could not be read: read EIO.',
  )
})
