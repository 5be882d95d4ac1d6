/** Each end of a backend in a utility process, which an empty event loop does not end. */
import { createServer, type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import type { Child, LaunchEvents } from '../control/launcher/launcher.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import { goneApp, utilityDouble } from './testing/utility_double.ts'
import { createUtilityLauncher } from './utility_launcher.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'ends-'))
const taken = createServer().listen(0, '127.0.0.1')
const running = new Set<Child>()
afterEach(() => {
  for (const child of running) child.kill()
})
afterAll(() => {
  taken.close()
  rmSync(folder, { recursive: true })
})

interface Run {
  args: string[]
  /** Asks it to stop once it has printed this. */
  stopAt?: string
}

function run({ args, stopAt }: Run) {
  const { emitter, app } = goneApp()
  const launcher = createUtilityLauncher({
    utilityProcess: utilityDouble({ app: emitter, isReady: () => true }),
    app,
    entry: path.join(ROOT_DIR, 'dist', 'backends', 'process.js'),
    cwd: ROOT_DIR,
    env: process.env,
  })
  let output = ''
  return new Promise<{ exit: Parameters<LaunchEvents['onExit']>[0]; output: string }>((resolve) => {
    const child: Child = launcher.launch(
      { name: 'emotion', args, env: {} },
      {
        onOutput: (_stream, chunk) => {
          output += chunk.toString()
          if (stopAt !== undefined && output.includes(stopAt)) child.askToStop(5000)
        },
        onExit: (exit) => {
          running.delete(child)
          resolve({ exit, output })
        },
      },
    )
    running.add(child)
  })
}

test.each<[string, () => Run, number, string]>([
  ['a usage error', () => ({ args: ['emotion', '--colour', 'red'] }), EXIT_CODES.usage, 'Usage:'],
  [
    'a port that is taken',
    () => ({ args: ['emotion', '--port', String((taken.address() as AddressInfo).port)] }),
    EXIT_CODES.port_unavailable,
    'in use',
  ],
  [
    'a model that is not one',
    () => {
      const model = path.join(folder, 'net.onnx')
      writeFileSync(model, 'not a model')
      const settings = { runtime: 'onnx', port: 8799, model, output: { type: 'classification' } }
      return { args: ['own', '--port', '0', '--settings', JSON.stringify(settings)] }
    },
    EXIT_CODES.model_unavailable,
    'model',
  ],
  [
    'a stop',
    () => ({ args: ['emotion', '--port', '0'], stopAt: 'ready on' }),
    EXIT_CODES.ok,
    'stopped',
  ],
  [
    'a stop while it loads',
    () => ({ args: ['emotion', '--port', '0'], stopAt: 'listening' }),
    EXIT_CODES.ok,
    'stopped',
  ],
])(
  '%s ends the process with its code, and its last line is read',
  async (_what, given, code, text) => {
    if (!taken.listening) await once(taken, 'listening')
    const { exit, output } = await run(given())
    expect(exit, output).toEqual({ code, signal: null, failure: null })
    expect(output).toContain(text)
  },
)
