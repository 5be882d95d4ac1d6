/** Backends that are not ours: foreign commands with all that they start, and addresses that are only watched. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  endStarted,
  freePort,
  isAlive,
  isPortFree,
  startNode,
  temporaryConfig,
  until,
  type RunningProcess,
} from '../testing/processes.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'

/** Debian's own Python: another one does not see Debian's packages. */
const PYTHON = '/usr/bin/python3'
const hasPython = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasPython) console.log(`skipped: ${PYTHON} has no websockets (Debian: python3-websockets)`)

/** A foreign program of a few lines: answers health checks, notes its pid, and starts a child that would outlive it. */
const folder = mkdtempSync(path.join(tmpdir(), 'foreign-'))
const program = path.join(folder, 'backend.cjs')
writeFileSync(
  program,
  `const { WebSocketServer } = require(${JSON.stringify(path.resolve('node_modules/ws'))})
const isAlone = process.argv[3] === 'alone'
const grandchild = isAlone ? process : require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
console.log('INFO started')
require('node:fs').writeFileSync(__dirname + '/pids-' + process.argv[2], process.pid + ' ' + grandchild.pid)
const server = new WebSocketServer({ port: Number(process.argv[2]), host: 'localhost' })
server.on('connection', (socket) => socket.on('message', () => socket.send('{"type":"pong","status":"healthy"}')))
process.on('SIGTERM', () => process.exit(0))
`,
)
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const removals: (() => void)[] = []
afterEach(async () => {
  await endStarted()
  for (const remove of removals.splice(0)) remove()
})

async function startHeadless(config: string) {
  const { file, remove } = temporaryConfig(`model_backends:\n${config}`)
  removals.push(remove)
  const panel = startNode([
    'build/start.mjs',
    '--headless',
    '--port',
    '0',
    '--no-open',
    '--config',
    file,
  ])
  const [, http = ''] = await panel.waitFor(/Panel: (http:\S+)\/\?/)
  return { panel, ws: http.replace('http:', 'ws:') }
}

const commandSection = (port: number) =>
  `  foreign:\n    port: ${port}\n    enabled: true\n    health_interval: 0.5\n    runtime: command\n    command: [${process.execPath}, ${program}, '{port}']\n`

/** Of the program and of the child that it started. */
async function pidsOf(panel: RunningProcess, port: number): Promise<number[]> {
  await panel.waitFor(/foreign: ready/)
  return readFileSync(path.join(folder, `pids-${port}`), 'utf8')
    .split(' ')
    .map(Number)
}

describe('runtime: command', () => {
  it('runs a foreign program, and stops it together with what it started', async () => {
    const port = await freePort()
    const { panel } = await startHeadless(commandSection(port))
    const pids = await pidsOf(panel, port)
    expect(pids.map(isAlive)).toEqual([true, true])
    panel.signal('SIGTERM')
    expect(await panel.exited).toEqual({ code: 0, signal: null })
    // Ended, though perhaps not yet reaped by the system.
    await until('the program and its child to be gone', () => !pids.some(isAlive))
    expect(await isPortFree(port)).toBe(true)
  })

  it('leaves nothing behind when the control plane is killed with SIGKILL', async () => {
    const port = await freePort()
    const { panel } = await startHeadless(commandSection(port))
    const pids = await pidsOf(panel, port)
    panel.signal('SIGKILL')
    await panel.exited
    await until('the foreign program and its child to end', () => !pids.some(isAlive))
    await until('its port to be free', () => isPortFree(port))
  })

  it('says so when the program is not there', async () => {
    const port = await freePort()
    const { panel } = await startHeadless(
      `  foreign:\n    port: ${port}\n    enabled: true\n    max_reconnect_attempts: 0\n    runtime: command\n    command: [/nowhere/program]\n`,
    )
    await panel.waitFor(/foreign: failed: .*\/nowhere\/program cannot be started/)
  })

  it.skipIf(!hasPython)('runs the Python example, which answers through the gateway', async () => {
    const port = await freePort()
    const { panel, ws } = await startHeadless(
      `  entropy:\n    port: ${port}\n    enabled: true\n    runtime: command\n    command: [${PYTHON}, backend.py]\n    cwd: examples/python-backend\n`,
    )
    await panel.waitFor(/entropy: ready on Python/)
    const client = await connect(`${ws}/backends/entropy`)
    expect(await client.ask(inferenceRequest('py', Buffer.from([0, 1, 2, 3])))).toMatchObject({
      type: 'inference_response',
      request_id: 'py',
      data: { prediction: 2, bytes: 4 },
    })
    const broken = await client.ask({
      type: 'inference_request',
      request_id: 'b',
      data: { image: '!' },
    })
    expect(broken).toMatchObject({ type: 'error', code: 'invalid_image', request_id: 'b' })
    await client.close()
  })
})

describe('runtime: external', () => {
  it('watches a backend that somebody else runs, and leaves it running', async () => {
    const port = await freePort()
    const other = startNode([program, String(port), 'alone'])
    await other.waitFor(/started/)
    const { panel } = await startHeadless(
      `  lab:\n    port: ${port}\n    enabled: true\n    health_interval: 0.5\n    runtime: external\n`,
    )
    await panel.waitFor(/lab: watched at .* somebody else runs it/)
    await panel.waitFor(/lab: ready/)
    panel.signal('SIGTERM')
    await panel.exited
    expect(isAlive(other.pid)).toBe(true)
  })
})
