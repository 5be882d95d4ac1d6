/** The contract of the launchers that need no Electron; that of the utility process is run in electron/. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { ROOT_DIR, startNode } from '../../testing/processes.ts'
import { createCommandLauncher } from './command_launcher.ts'
import { createExternalLauncher } from './external_launcher.ts'
import { createNodeLauncher } from './node_launcher.ts'
import { CONTRACT_CHILD, launcherContract } from './testing/contract.ts'

const node = { execPath: process.execPath, env: process.env }

launcherContract('node', {
  launcher: () => createNodeLauncher({ ...node, entry: CONTRACT_CHILD, cwd: ROOT_DIR }),
})

test('external: nothing is started, and the end of the watch is told once', async () => {
  const onExit = vi.fn()
  const events = { onOutput: () => undefined, onExit }
  const child = createExternalLauncher().launch({ name: 'one', args: [], env: {} }, events)
  expect(child.pid).toBeNull()
  child.askToStop()
  child.kill()
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce())
  expect(onExit.mock.calls[0]?.[0]).toMatchObject({ code: null, failure: 'no longer watched' })
})

/** The command line of a foreign program is that of the section; the guard stands between. */
const command = (...args: string[]) =>
  createCommandLauncher({
    ...node,
    guard: path.join(ROOT_DIR, 'dist', 'control', 'guard.js'),
    command: [process.execPath, CONTRACT_CHILD, ...args],
    workingDir: ROOT_DIR,
    host: '127.0.0.1',
    port: 1,
  })

test.each([
  ['exit', { code: 3, signal: null }],
  ['crash', { code: null, signal: 'SIGSEGV' }],
  ['abort', { code: null, signal: 'SIGABRT' }],
])('command: %s of the program is told as if there were no guard', async (task, exit) => {
  const onExit = vi.fn()
  const events = { onOutput: () => undefined, onExit }
  command(task).launch({ name: 'one', args: [], env: {} }, events)
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce(), { timeout: 15_000 })
  expect(onExit.mock.calls[0]?.[0]).toMatchObject(exit)
})

test('command: Python is asked not to keep what it prints, unless the section decides', async () => {
  const printed = async (env: Record<string, string>) => {
    let text = ''
    const onExit = vi.fn()
    const launcher = createCommandLauncher({
      ...node,
      guard: path.join(ROOT_DIR, 'dist', 'control', 'guard.js'),
      command: [process.execPath, '-p', 'process.env.PYTHONUNBUFFERED'],
      workingDir: ROOT_DIR,
      host: '127.0.0.1',
      port: 1,
    })
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
  await vi.waitFor(() => expect(readFileSync(note, 'utf8')).toContain('the parent is gone'), {
    timeout: 15_000,
  })
})
