/** External commands with their child processes, and external addresses. */
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

/** Debian's own Python: others do not find Debian's packages. */
const PYTHON = '/usr/bin/python3'
const hasPython = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasPython) console.log(`skipped: ${PYTHON} has no websockets (Debian: python3-websockets)`)

/** A small external program: answers health checks, records its pid, and starts a child that would outlive it. */
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
    'scripts/start.mjs',
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

/** Of the program and its child. */
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
    // A zombie counts as ended.
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

  it('reports a missing program', async () => {
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

/** Answers with the number in `data.value`, of any size, with NaN as written by json.dumps. Logs connection errors. */
const model = path.join(folder, 'model.py')
writeFileSync(
  model,
  `import asyncio, json, os, websockets
async def serve(sock, path=None):
    async for text in sock:
        m = json.loads(text)
        if m['type'] == 'health_check':
            await sock.send('{"type": "pong", "status": "healthy"}')
            continue
        data = m['data']
        if data.get('hold'):
            await asyncio.sleep(3600)
        answer = {'value': float(data.get('value', 1)), 'pad': 'x' * data.get('pad', 0)}
        await sock.send(json.dumps({'type': 'inference_response', 'request_id': m['request_id'], 'data': answer}))
async def main():
    async with websockets.serve(serve, '127.0.0.1', int(os.environ['SWITCHYARD_PORT'])):
        await asyncio.Future()
asyncio.run(main())
`,
)

describe.skipIf(!hasPython)('a model in Python without a base class', () => {
  it('is measured, bounded and closed by the gateway', async () => {
    const port = await freePort()
    const { panel, ws } = await startHeadless(
      `  py:\n    port: ${port}\n    host: 127.0.0.1\n    enabled: true\n    health_interval: 0.5\n    max_message_bytes: 1048576\n    runtime: command\n    command: [${PYTHON}, '-u', ${model}]\n`,
    )
    await panel.waitFor(/py: ready/)
    const client = await connect(`${ws}/backends/py`)
    const ask = (id: string, data: object) =>
      client.ask({ type: 'inference_request', request_id: id, data })
    expect(await ask('good', {})).toMatchObject({ data: { value: 1 } })
    expect(await ask('nan', { value: 'nan' })).toMatchObject({
      request_id: 'nan',
      code: 'internal',
      error: expect.stringMatching(/^The reply of py is not valid JSON: NaN at position \d+;/),
    })
    expect(await ask('big', { pad: 2 * 1024 ** 2 })).toMatchObject({
      request_id: 'big',
      code: 'too_large',
      error: expect.stringContaining('max_message_bytes (1048576)'),
    })
    const http = ws.replace('ws:', 'http:')
    expect((await fetch(`${http}/health/ready`)).status).toBe(200)
    expect((await fetch(`${http}/backends/nobody/health/ready`)).status).toBe(404)
    const page = await (await fetch(`${http}/metrics`)).text()
    expect(page).toContain('switchyard_requests_total{backend="py"} 3')
    expect(page).toContain('switchyard_stage_seconds_count{backend="py",stage="total"} 1')
    client.send({ type: 'inference_request', request_id: 'held', data: { hold: true } })
    await client.ask({ type: 'health_check' })
    await client.close()
    panel.signal('SIGTERM')
    await panel.exited
    // A server may log a traceback for the single request to GET /metrics, but none for connections.
    expect(panel.output()).not.toMatch(/ConnectionClosedError|no close frame/)
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
