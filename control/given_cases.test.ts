/** Programs and configurations of SWITCHYARD_CASES on a real control plane, several per instance. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { parse } from 'yaml'
import type { BackendView } from '../protocol/control.ts'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { freePort, isAlive, isPortFree, ROOT_DIR, until } from '../testing/processes.ts'
import { connect, type Message } from '../testing/wire_client.ts'
import { createProcessReader } from './processes/process_reader.ts'
import { treeOf } from './processes/process_tree.ts'

const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const PYTHON = '/usr/bin/python3'
const hasCases = CASES !== '' && existsSync(path.join(CASES, 'backends', 'backend.py'))
const hasPython = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with cases')
else if (!hasPython) console.log(`skipped: ${PYTHON} has no websockets`)

const folder = mkdtempSync(path.join(tmpdir(), 'given-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let panel: Panel
const open = async (sections: object) => {
  panel = await startHeadless(JSON.stringify({ model_backends: sections }))
}
const rowWhere = (name: string, check: (row: BackendView) => boolean) =>
  until(`${name} in its state`, async () => {
    const { backends } = await panel.call('plane.snapshot', {})
    const row = backends.find((one) => one.name === name)
    return row !== undefined && check(row) && row
  })
const isReady = ({ state }: BackendView) => state === 'ready'

async function ask(name: string, data: object): Promise<Message> {
  const client = await connect(`${panel.ws}/backends/${name}`)
  const reply = await client.ask({ type: 'inference_request', request_id: name, data })
  await client.close()
  return reply
}

/** The row after the stop; all processes have exited and the port is free. */
async function stopped(name: string): Promise<BackendView> {
  const { pid, port } = await rowWhere(name, ({ state }) => state !== 'starting')
  const pids = treeOf(await createProcessReader().table(), pid ?? 0).map((row) => row.pid)
  expect(pids).toContain(pid)
  await panel.call('backends.stop', { name })
  const row = await rowWhere(name, ({ state }) => state === 'disabled')
  expect(row.last_stop).toMatchObject({ leftover_pids: [], port_free: true })
  await until(`the processes of ${name} to be gone`, () => !pids.some(isAlive))
  expect(await isPortFree(port)).toBe(true)
  return row
}

describe.skipIf(!hasCases || !hasPython)('programs of the cases', () => {
  const note = path.join(folder, 'note')
  const WINLIKE_PORT = 41481
  let hasWinlikePort = false

  beforeAll(async () => {
    hasWinlikePort = await isPortFree(WINLIKE_PORT)
    const section = async (command: string[], keys: object = {}) => ({
      runtime: 'command',
      host: '127.0.0.1',
      port: await freePort(),
      enabled: true,
      health_interval: 0.3,
      startup_timeout: 60,
      cwd: CASES,
      command,
      ...keys,
    })
    const habit = (name: string, keys: object = {}) =>
      section([PYTHON, 'backends/backend.py', name], keys)
    await open({
      minimal: await habit('minimal'),
      nan: await habit('nan'),
      big: await habit('big', { max_message_bytes: 1024 ** 2 }),
      status_ok: await habit('status_ok'),
      blocking: await habit('blocking'),
      ignore_term: await habit('ignore_term', { stop_timeout: 1 }),
      children: await habit('children'),
      term: await section(['bash', 'backends/start.sh', note]),
      wrapper: await section(['bash', 'backends/wrapper.sh', 'minimal']),
      ...(hasWinlikePort && {
        winlike: await section([PYTHON, path.join(CASES, 'backends', 'winlike.py')], {
          port: WINLIKE_PORT,
          cwd: ROOT_DIR,
        }),
      }),
    })
  }, 60_000)
  afterAll(endPanels)

  it.each([
    ['minimal', {}, { type: 'inference_response', data: { prediction: 'done' } }],
    ['blocking', { seconds: 1 }, { type: 'inference_response', data: { prediction: 'done' } }],
    ['wrapper', {}, { type: 'inference_response', data: { prediction: 'done' } }],
    ['big', { mb: 0 }, { type: 'inference_response' }],
    ['big', { mb: 2 }, { code: 'too_large', request_id: 'big' }],
    ['nan', {}, { code: 'internal', request_id: 'nan' }],
  ])('%s is asked %j', async (name, data, reply) => {
    await rowWhere(name, isReady)
    expect(await ask(name, data)).toMatchObject(reply)
    await rowWhere(name, isReady)
  })

  it('status_ok is not ready, and its row shows why', async () => {
    const row = await rowWhere('status_ok', ({ detail }) => detail?.includes('"ok"') === true)
    expect(row).toMatchObject({ is_ready: false })
    expect(row.detail).toMatch(/its pong has the status "ok"; use one of healthy/)
  })

  it.each(['ignore_term', 'children', 'wrapper', 'minimal'])('%s is stopped', async (name) => {
    await rowWhere(name, isReady)
    await stopped(name)
  })

  it('term behind start.sh writes its note while it stops', async () => {
    await rowWhere('term', isReady)
    await stopped('term')
    expect(readFileSync(note, 'utf8')).toContain('stopped in order')
  })

  it('winlike is served and stopped', async (context) => {
    if (!hasWinlikePort) context.skip(`port ${WINLIKE_PORT} is in use`)
    await rowWhere('winlike', isReady)
    const image = Buffer.from([0, 1, 2, 3]).toString('base64')
    expect(await ask('winlike', { image })).toMatchObject({ type: 'inference_response' })
    await stopped('winlike')
  })
})

describe.skipIf(!hasCases)('configurations of the cases', () => {
  const http = createServer((_request, response) => response.end('a page'))
  const wrong = new WebSocketServer({ port: 0, host: '127.0.0.1' })

  beforeAll(async () => {
    wrong.on('connection', (socket) =>
      socket.on('message', () => {
        socket.send('{"type":"pong","status":"ok"}')
      }),
    )
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
    const ports: Record<string, number> = { http: portOf(http), okstatus: portOf(wrong) }
    const sections: Record<string, object> = {}
    for (const name of ['cwd_gone', 'no_program', 'live_exit0', 'extn', 'external_same_port']) {
      const text = readFileSync(path.join(CASES, 'config', `${name}.yaml`), 'utf8')
      const file = parse(text) as { model_backends: Record<string, { enabled?: boolean }> }
      for (const [key, section] of Object.entries(file.model_backends)) {
        // Backends that do not start keep their port, since a shared port is the case.
        const port = ports[key] ?? (await freePort())
        sections[key in sections ? `${name}-${key}` : key] =
          section.enabled === true ? { ...section, port } : section
      }
    }
    await open(sections)
  }, 60_000)
  afterAll(async () => {
    await endPanels()
    http.close().closeAllConnections()
    for (const socket of wrong.clients) socket.terminate()
    wrong.close()
  })

  it.each([
    ['py', 'failed', /its folder \/does\/not\/exist \(`cwd`\) does not exist/],
    ['no_program-py', 'failed', /"pyhton3" is not on the PATH/],
    ['m', 'backoff', /exit code 0/],
    ['http', 'unreachable', /answered HTTP 200 instead of opening a WebSocket/],
    ['okstatus', 'unreachable', /its pong has the status "ok"/],
    ['nobody', 'unreachable', /nothing listens at 127\.0\.0\.1:\d+/],
    ['noname', 'unreachable', /the name "nosuch\.invalid" does not resolve/],
  ])('%s is %s', async (name, state, detail) => {
    const row = await rowWhere(name, (one) => one.state === state)
    expect(row.detail).toMatch(detail)
  })

  it('the others are served, and a port of two machines does not clash', async () => {
    await rowWhere('eeg', isReady)
    const { plane, backends } = await panel.call('plane.snapshot', {})
    expect(plane.config.problems).toEqual([])
    const same = backends.filter(({ name }) => name.startsWith('emotion'))
    expect(same).toMatchObject([
      { port: 8768, state: 'disabled' },
      { port: 8768, host: 'lab-2', state: 'disabled' },
    ])
  })
})
