/** The port doctor on this machine: real ports, real processes, and (as root) another user. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { portReportSchema, type PortReport } from '../../protocol/ports.ts'
import { askPort } from './ask_port.ts'
import { examinePort } from './examine_port.ts'

const isLinux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0
/** The account `nobody` of Linux. */
const NOBODY = 65_534

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function listening(server: Server): Promise<number> {
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => connections.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(
    () =>
      new Promise((resolve) => {
        // A server that never reads does not notice disconnected clients.
        for (const socket of connections) socket.destroy()
        server.close(() => {
          resolve()
        })
      }),
  )
  return (server.address() as AddressInfo).port
}

const examine = async (port: number, host = '127.0.0.1'): Promise<PortReport> =>
  portReportSchema.parse(await examinePort({ host, port, reserved: new Set() }))

/** A child that listens on a free port and prints it. */
async function holdingChild(): Promise<{ child: ChildProcess; port: number }> {
  const code =
    "require('node:http').createServer((_, answer) => answer.end()).listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
  const child = spawn(process.execPath, ['-e', code, 'the holder'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(line.toString('utf8')) }
}

describe('a port that is free', () => {
  it('is reported as free, and stays so', async () => {
    const probe = createServer()
    const port = await listening(probe)
    await cleanups.pop()?.()
    for (const _time of [1, 2]) {
      expect(await examine(port)).toMatchObject({
        verdict: 'free',
        holder: null,
        speaks: null,
        suggestion: null,
        sentence: `Port ${port} on 127.0.0.1 is free.`,
        remedy: '',
      })
    }
  })
})

describe('a port that another program holds', () => {
  it.runIf(isLinux)('is reported with its process, command, start and user', async () => {
    const before = Date.now()
    const { child, port } = await holdingChild()
    const report = await examine(port)
    expect(report).toMatchObject({
      verdict: 'in_use',
      holder: { pid: child.pid, user: userInfo().username, reason: null },
    })
    expect(report.holder?.command).toMatch(/node.* -e .*createServer.* "the holder"$/)
    expectBetween(before, report.holder?.started_at, Date.now())
    expect(report.sentence).toContain(`(pid ${child.pid}, user `)
    expect(report.remedy).toContain(`kill ${child.pid}`)
    expect(report.speaks).toEqual({ kind: 'http', status_code: 200 })
  })

  it.runIf(isLinux && existsSync('/usr/bin/lsof'))(
    'is reported in the same way by lsof and ps',
    async () => {
      const before = Date.now()
      const { child, port } = await holdingChild()
      const question = { host: '127.0.0.1', port, reserved: new Set<number>() }
      const [linux, mac] = [
        await examinePort(question),
        await examinePort({ ...question, platform: 'darwin' }),
      ]
      expect(mac.holder).toMatchObject({ pid: child.pid, user: linux.holder?.user, reason: null })
      expect(mac.holder?.command).toContain('the holder')
      expectBetween(before, mac.holder?.started_at, Date.now())
    },
  )

  it.runIf(isLinux && isRoot)(
    'belongs to root, whose processes another user may not inspect (runs as root only)',
    async () => {
      const { port } = await holdingChild()
      const report = await asNobody(() => examine(port))
      expect(report).toMatchObject({
        verdict: 'in_use',
        holder: { pid: null, command: null, started_at: null, user: 'root' },
      })
      expect(report.holder?.reason).toMatch(/may not inspect \d+ of the processes/)
      expect(report.remedy).not.toContain('kill')
    },
  )

  it.runIf(isLinux)('is found for every address when it holds one', async () => {
    const { child, port } = await holdingChild()
    expect(await examine(port, '0.0.0.0')).toMatchObject({ holder: { pid: child.pid } })
  })

  it('comes with a port that is free and nobody else has', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end()))
    const first = await examine(port)
    expect(first.suggestion).not.toBeNull()
    const taken = first.suggestion ?? 0
    const second = await examinePort({ host: '127.0.0.1', port, reserved: new Set([taken]) })
    expect(second.suggestion).not.toBe(taken)
    expect(await examine(taken)).toMatchObject({ verdict: 'free' })
  })
})

describe('a holder that is asked what it speaks', () => {
  /** A WebSocket server that answers each message with `answers`. */
  async function webSocketPort(...answers: string[]): Promise<number> {
    const http = createHttpServer()
    const sockets = new WebSocketServer({ server: http })
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        expect(JSON.parse((data as Buffer).toString())).toEqual({ type: 'health_check' })
        for (const answer of answers) socket.send(answer)
      })
    })
    const port = await listening(http)
    cleanups.push(() => {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    })
    return port
  }

  it('is a backend when it answers with a pong, even after a greeting', async () => {
    const pong = { type: 'pong', status: 'healthy', backend: 'emotion', pid: 4711 }
    const report = await examine(await webSocketPort('welcome', JSON.stringify(pong)))
    expect(report.speaks).toEqual({
      kind: 'backend',
      backend: 'emotion',
      pid: 4711,
      status: 'healthy',
    })
    expect(report.sentence).toContain('It answers as backend "emotion" ("healthy").')
    expect(report.remedy).toContain('runtime: external')
  })

  it('is a backend when it answers in the dialect of the platform', async () => {
    const answer = '{"type":"health_response","status":"healthy","model_type":"fatigue"}'
    expect((await examine(await webSocketPort(answer))).speaks).toEqual({
      kind: 'backend',
      backend: 'fatigue',
      pid: null,
      status: 'healthy',
    })
  })

  it('is a WebSocket server when it answers with something else', async () => {
    expect((await examine(await webSocketPort('{"type":"pong"}'))).speaks).toEqual({
      kind: 'websocket',
    })
  })

  it.each([200, 404, 426])('is a web server when it answers %i', async (status) => {
    const http = createHttpServer((_request, response) => {
      response.writeHead(status).end()
    })
    const report = await examine(await listening(http))
    expect(report.speaks).toEqual({ kind: 'http', status_code: status })
    expect(report.sentence).toContain(`a web server (HTTP status ${status})`)
  })

  it('is a web server when it lets an upgrade lie but answers a plain request', async () => {
    const http = createHttpServer((_request, response) => {
      response.end('hello')
    })
    http.on('upgrade', (_request, socket) => {
      socket.destroy()
    })
    expect((await examine(await listening(http))).speaks).toEqual({
      kind: 'http',
      status_code: 200,
    })
  })

  it('is neither when it stays silent', async () => {
    const port = await listening(createServer())
    const answer = await askPort('127.0.0.1', port, 20)
    expect(answer).toMatchObject({ kind: 'silent', reason: 'no answer within 20 ms' })
  })

  it('is neither when it speaks another language', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('SSH-2.0-OpenSSH_9.2\r\n')
    })
    const { speaks } = await examine(await listening(server))
    expect(speaks).toMatchObject({ kind: 'silent', reason: expect.stringContaining('Parse Error') })
  })
})

describe('a port that is not to be had', () => {
  const start = isLinux
    ? Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
    : 0
  const canBeRefused = isLinux && start > 80
  it.runIf(canBeRefused)(
    `is forbidden below ip_unprivileged_port_start (${start} here; runs on Linux where it is above 80)`,
    async () => {
      const report = isRoot ? await asNobody(() => examine(80)) : await examine(80)
      expect(report).toMatchObject({ verdict: 'forbidden', holder: null, speaks: null })
      expect(report.sentence).toContain(
        `below ${start} are privileged (net.ipv4.ip_unprivileged_port_start)`,
      )
      expect(report.suggestion).toBeGreaterThanOrEqual(start)
    },
  )

  it('is at an address that this machine has not', async () => {
    // TEST-NET-1 of RFC 5737: unassigned.
    const report = await examine(8768, '192.0.2.1')
    expect(report).toMatchObject({ verdict: 'unavailable_address', suggestion: null })
    expect(report.sentence).toBe('"192.0.2.1" is not an address of this machine (EADDRNOTAVAIL).')
  })

  it('is at a name that leads nowhere', async () => {
    // RFC 6761: names under .invalid do not exist.
    const report = await examine(8768, 'backend.invalid')
    expect(report.verdict).toBe('unavailable_address')
    expect(report.sentence).toMatch(
      /"backend.invalid" does not resolve to an address .*\((ENOTFOUND|EAI_)/,
    )
  })

  it.each([0, -1, 65_536, 1.5, Number.NaN])('is not a port: %d', async (port) => {
    await expect(examine(port)).rejects.toThrow(RangeError)
  })
})

/** In this range; Linux counts from the boot time, which is only known in seconds. */
function expectBetween(from: number, time: number | null | undefined, to: number): void {
  const slackMs = 2000
  expect(time).toBeGreaterThanOrEqual(from - slackMs)
  expect(time).toBeLessThanOrEqual(to + slackMs)
}

/** Runs `act` as `nobody`, then restores root. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  process.seteuid?.(NOBODY)
  try {
    return await act()
  } finally {
    process.seteuid?.(0)
  }
}
