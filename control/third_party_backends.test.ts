/** Third-party programs that block while they work, programs that hang, and addresses without a backend. Real processes. */
import { message } from '../protocol/messages.ts'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { freePort, isAlive, isPortFree, ROOT_DIR, startNode, until } from '../testing/processes.ts'
import { findHolder } from './ports/holder.ts'
import { machinePortIo } from './ports/port_io.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'

const PYTHON = '/usr/bin/python3'
const hasPython = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasPython) console.log(`skipped: ${PYTHON} has no websockets (Debian: python3-websockets)`)
const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const slowExample = path.join(CASES, 'backends', 'example_slow.py')

const folder = mkdtempSync(path.join(tmpdir(), 'third-party-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const cleanups: (() => void)[] = []
afterEach(async () => {
  await endPanels()
  for (const clean of cleanups.splice(0)) clean()
})

/** Single-threaded: blocks for `blockMs` per request, and for `loadMs` after the first health check. */
const blocking = path.join(folder, 'blocking.cjs')
writeFileSync(
  blocking,
  `const { WebSocketServer } = require(${JSON.stringify(path.resolve('node_modules/ws'))})
const [, , port, blockMs, loadMs] = process.argv.map(Number)
const block = (ms) => { for (const end = Date.now() + ms; Date.now() < end; ); }
let isLoaded = loadMs === 0
new WebSocketServer({ port, host: '127.0.0.1' }).on('connection', (socket) => socket.on('message', (data) => {
  const message = JSON.parse(String(data))
  if (message.type === 'health_check') {
    const { MODEL_PATH: path } = process.env
    const models = path === undefined ? [] : [{ name: 'm', sha256: '', bytes: 1, licence: '', origin: '', path }]
    socket.send(JSON.stringify({ type: 'pong', status: isLoaded ? 'healthy' : 'loading', models }))
    if (!isLoaded) setTimeout(() => { block(loadMs); isLoaded = true }, 50)
  } else {
    block(blockMs)
    socket.send(JSON.stringify({ type: 'inference_response', request_id: message.request_id, data: { prediction: 1 } }))
  }
}))
process.on('SIGTERM', () => process.exit(0))
`,
)

const command = (port: number, given: { blockMs: number; loadMs?: number }, keys: object = {}) => ({
  runtime: 'command',
  host: '127.0.0.1',
  port,
  enabled: true,
  health_interval: 0.2,
  command: [process.execPath, blocking, port, given.blockMs, given.loadMs ?? 0].map(String),
  ...keys,
})

/** JSON is YAML. */
const open = (sections: object): Promise<Panel> =>
  startHeadless(JSON.stringify({ model_backends: sections }))

const killedLines = (panel: Panel) => panel.process.output().match(/killed: .*/g) ?? []

describe('a backend that blocks while it works', () => {
  it('is busy, answers all, and keeps its process', async () => {
    const panel = await open({
      slow: command(await freePort(), { blockMs: 1500 }, { request_timeout: 30 }),
    })
    const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
    const clients = await Promise.all([1, 2].map(() => connect(`${panel.ws}/backends/slow`)))
    const answers = Promise.all(
      clients.map((client, index) => client.ask(inferenceRequest(`r${index}`, Buffer.from('x')))),
    )
    const busy = await panel.backendWhere(({ state }) => state === 'busy')
    expect(busy).toMatchObject({ is_ready: true, pid })
    expect(busy.detail).toMatch(/^Busy \d+ s; [12] requests? in flight$/)
    expect(busy.silent_since).toBeLessThan(Date.now())
    for (const answer of await answers) expect(answer).toMatchObject({ type: 'inference_response' })
    const after = await panel.backendWhere(({ state }) => state === 'ready')
    expect(after.pid).toBe(pid)
    expect(killedLines(panel)).toEqual([])
    for (const client of clients) await client.close()
  })

  it('may block while it loads', async () => {
    const panel = await open({ slow: command(await freePort(), { blockMs: 0, loadMs: 1500 }) })
    const { pid } = await panel.backendWhere(({ state }) => state === 'loading')
    const after = await panel.backendWhere(({ state }) => state !== 'loading')
    expect(after).toMatchObject({ state: 'ready', pid })
    expect(killedLines(panel)).toEqual([])
  })

  it('that never comes back is killed, and its input is not quarantined for it', async () => {
    const panel = await open({
      hung: command(
        await freePort(),
        { blockMs: 3_600_000 },
        { request_timeout: 0.2, reconnect_interval: 0.1, max_reconnect_attempts: 5 },
      ),
    })
    const pids = new Set<number | null>()
    for (let time = 0; time < 3; time++) {
      const { pid } = await panel.backendWhere((one) => one.state === 'ready' && !pids.has(one.pid))
      pids.add(pid)
      const client = await connect(`${panel.ws}/backends/hung`)
      const answer = await client.ask(inferenceRequest('same', Buffer.from('the same input')))
      expect(answer).toMatchObject({ type: 'error', code: 'timeout' })
      await client.close()
    }
    expect(killedLines(panel)[0]).toMatch(
      /^killed: no answer to health checks or requests for [56] s \(request_timeout 0.2 s\)/,
    )
  }, 120_000)

  it.skipIf(!hasPython || CASES === '' || !existsSync(slowExample))(
    'the shipped Python example with a model of 8 s keeps its process',
    async () => {
      const port = await freePort()
      const panel = await open({
        slow: {
          runtime: 'command',
          port,
          enabled: true,
          request_timeout: 60,
          command: [PYTHON, slowExample],
          env: { EXAMPLE: path.join(ROOT_DIR, 'examples', 'python-backend') },
        },
      })
      const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
      const client = await connect(`${panel.ws}/backends/slow`)
      const answers = Promise.all(
        ['a', 'b'].map((id) => client.ask(inferenceRequest(id, Buffer.from('x')))),
      )
      for (const answer of await answers) {
        expect(answer).toMatchObject({ type: 'inference_response' })
      }
      expect((await panel.backendWhere(({ state }) => state === 'ready')).pid).toBe(pid)
      expect(killedLines(panel)).toEqual([])
      await client.close()
    },
    60_000,
  )
})

it('a path that a backend names as that of its model is never opened', async () => {
  const file = path.join(folder, 'secret.onnx')
  writeFileSync(file, 'not for anyone')
  const ports = [await freePort(), await freePort()] as const
  startNode([blocking, String(ports[0]), '0', '0'], { MODEL_PATH: file })
  const panel = await open({
    watched: { runtime: 'external', host: '127.0.0.1', port: ports[0], enabled: true },
    started: command(ports[1], { blockMs: 0 }, { env: { MODEL_PATH: file } }),
  })
  await panel.snapshotWhere(({ backends }) => backends.every(({ models }) => models.length === 1))
  for (const name of ['watched', 'started']) {
    expect(await panel.call('models.inspect', { name })).toMatchObject({
      models: [{ sha256: null, problem: message('model.no_path') }],
    })
  }
})

describe('a port that somebody else holds', () => {
  it('is not taken for the backend, though it speaks the protocol', async () => {
    const port = await freePort()
    const stranger = startNode([blocking, String(port), '0', '0'])
    await until('the stranger to listen', async () => !(await isPortFree(port)))
    const panel = await open({
      // It never listens, so that only the other program can answer for it.
      mine: {
        runtime: 'command',
        host: '127.0.0.1',
        port,
        enabled: true,
        health_interval: 0.2,
        max_reconnect_attempts: 0,
        command: [process.execPath, '-e', 'setInterval(() => undefined, 1000)'],
      },
    })
    const failed = await panel.backendWhere(({ state }) => state === 'failed')
    expect(failed.detail).toContain(
      `port ${port} is in use by node (pid ${stranger.pid}), which is not this backend`,
    )
    expect(isAlive(stranger.pid)).toBe(true)
  })

  it('may have been started by the backend, and later than it', async () => {
    const port = await freePort()
    // Like a container engine, it leaves the process tree, its session and its group.
    const leave = `const { spawn } = require('node:child_process')
      const middle = "require('node:child_process').spawn(process.execPath, " + JSON.stringify([${JSON.stringify(blocking)}, '${port}', '0', '0']) + ", { detached: true, stdio: 'ignore' }).unref()"
      spawn(process.execPath, ['-e', middle], { detached: true, stdio: 'ignore' }).unref()
      setInterval(() => undefined, 1000)`
    const panel = await open({
      mine: {
        runtime: 'command',
        host: '127.0.0.1',
        port,
        enabled: true,
        health_interval: 0.2,
        command: [process.execPath, '-e', leave],
      },
    })
    await panel.backendWhere(({ state }) => state === 'ready')
    const holder = await findHolder(process.platform, '127.0.0.1', port, machinePortIo)
    expect(holder?.pid).not.toBeNull()
    cleanups.push(() => {
      if (isAlive(holder?.pid ?? 0)) process.kill(holder?.pid ?? 0, 'SIGKILL')
    })
  })
})

describe('an address where no backend is', () => {
  async function listening(server: { once(event: 'listening', then: () => void): unknown }) {
    await new Promise<void>((resolve) => server.once('listening', resolve))
  }

  it('is unreachable with the reason in row, gateway and `switchyard start`, which returns', async () => {
    const http = createServer((_request, response) => response.end('a page')).listen(0, '127.0.0.1')
    const wrong = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    wrong.on('connection', (socket) =>
      socket.on('message', () => {
        socket.send('{"type":"pong","status":"ok"}')
      }),
    )
    cleanups.push(
      () => http.close().closeAllConnections(),
      () => {
        for (const socket of wrong.clients) socket.terminate()
        wrong.close()
      },
    )
    await Promise.all([listening(http), listening(wrong)])
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
    const external = (port: number, host = '127.0.0.1') => ({ runtime: 'external', host, port })
    const panel = await open({
      page: external(portOf(http)),
      wrong: external(portOf(wrong)),
      nobody: external(await freePort()),
      nameless: external(8773, 'nosuch.invalid'),
      slow: command(await freePort(), { blockMs: 0 }, { enabled: false }),
    })
    const running = startNode(['scripts/switchyard.mjs', 'start', '--all'])
    expect(await running.exited).toMatchObject({ code: 1 })
    const output = running.output()
    expect(output).toMatch(
      /page: unreachable \(127\.0\.0\.1:\d+ answered HTTP 200 instead of opening a WebSocket at \/\)/,
    )
    expect(output).toMatch(/wrong: unreachable \(its pong has the status "ok"; use one of healthy/)
    expect(output).toMatch(
      /nobody: unreachable \(nothing listens at 127\.0\.0\.1:\d+ \(connection refused\)\)/,
    )
    expect(output).toMatch(
      /nameless: unreachable \(the name "nosuch\.invalid" does not resolve \(E\w+\)\)/,
    )
    expect(output).toMatch(/slow: ready/)
    const client = await connect(`${panel.ws}/backends/nobody`)
    expect(await client.ask(inferenceRequest('n', Buffer.from('x')))).toMatchObject({
      code: 'not_ready',
      error: expect.stringMatching(
        /^nobody is unreachable \(nothing listens at .*\); check that it runs there; Switchyard keeps retrying$/,
      ),
    })
    await client.close()
  })
})
