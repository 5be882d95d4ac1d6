import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exchange, rawClient, upgradeLines } from '../../server/testing/raw_client.ts'
import { until } from '../../testing/processes.ts'
import { connect } from '../../testing/wire_client.ts'
import { Access } from './access.ts'
import { startPanelServer, type PanelServer, type PanelServerOptions } from './panel_server.ts'

const TOKEN = 'the-right-token-of-the-panel'
const SECRET = 'what lies beside the panel'

let folder: string
let server: PanelServer | null = null
let refused: string[]
let faults: string[]
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'panel-'))
  mkdirSync(path.join(folder, 'panel', 'assets'), { recursive: true })
  writeFileSync(path.join(folder, 'secret.txt'), SECRET)
  writeFileSync(path.join(folder, 'panel', '.hidden'), SECRET)
  writeFileSync(path.join(folder, 'panel', 'index.html'), '<p>the panel</p>')
  writeFileSync(path.join(folder, 'panel', 'assets', 'a.js'), 'let a')
  refused = []
  faults = []
})
afterEach(async () => {
  await server?.close()
  server = null
  rmSync(folder, { recursive: true })
})

async function start(options: Partial<PanelServerOptions> = {}) {
  server = await startPanelServer({
    host: '127.0.0.1',
    port: 0,
    panelDir: path.join(folder, 'panel'),
    messageBytesMax: () => 1000,
    onControl: (socket) => {
      socket.send('{"from":"control"}')
    },
    onGateway: (socket, backend) => {
      socket.send(JSON.stringify({ from: 'gateway', backend }))
    },
    onRefused: (reason) => refused.push(reason),
    answerPage: (_request, response, path) => {
      if (path === '/broken') return Promise.reject(new Error('no source'))
      if (path !== '/metrics' && path !== '/download/logs') return Promise.resolve(false)
      response.end('page')
      return Promise.resolve(true)
    },
    onFault: (reason) => faults.push(reason),
    access: new Access(TOKEN, () => 0),
    limits: { wrongTokenDelayMs: 1 },
    ...options,
  })
  return server.port
}

const BEARER = `Authorization: Bearer ${TOKEN}`
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
const get = (port: number, address: string, ...headers: string[]) =>
  exchange(port, `GET ${address} HTTP/1.1`, 'Host: localhost', ...headers, 'Connection: close')

describe('the files of the panel', () => {
  it('are served to everybody, under every name: they are the same everywhere and show how to sign in', async () => {
    const port = await start()
    expect(await get(port, '/')).toContain('the panel')
    expect(await get(port, '/?token=wrong')).toContain('the panel')
    expect(await get(port, '/assets/a.js')).toContain('let a')
    const asked = exchange(port, 'GET / HTTP/1.1', 'Host: ai.example.com', 'Connection: close')
    expect(await asked).toContain('the panel')
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/%252e%252e/secret.txt',
    '/....//secret.txt',
    '/%00/../secret.txt',
    '//../secret.txt',
    'http://localhost/../secret.txt',
    '/.hidden',
    '/%2ehidden',
  ])('are all that there is: %s is not found', async (address) => {
    const answer = await get(await start(), address, BEARER)
    expect(statusOf(answer)).toBe(404)
    expect(answer).not.toContain(SECRET)
  })

  it.each(['/assets', '/assets/', '/assets/.'])('are not listed: %s', async (address) => {
    const answer = await get(await start(), address, BEARER)
    expect(statusOf(answer)).toBe(404)
    expect(answer).not.toContain('a.js')
  })

  it.each(['bytes=5-2', 'bytes=-1', 'bytes=x-y', 'bytes=0-0,2-3', 'bytes=9999-'])(
    'come whole for Range: %s',
    async (range) => {
      const answer = await get(await start(), '/assets/a.js', BEARER, `Range: ${range}`)
      expect(statusOf(answer)).toBe(200)
      expect(answer).toMatch(/let a$/)
    },
  )

  it('that a build takes away in between do not end the process', async () => {
    const port = await start()
    unlinkSync(path.join(folder, 'panel', 'assets', 'a.js'))
    expect(await get(port, '/assets/a.js', BEARER)).not.toContain('let a')
    expect(statusOf(await get(port, '/', BEARER))).toBe(200)
  })
})

describe('without the token', () => {
  it.each([
    '//',
    '/assets',
    '/none',
    '/session',
    '/download/logs',
    `/session?token=${TOKEN}`,
    `/download/logs?token=${TOKEN}`,
    '/broken',
  ])('%s is refused', async (address) => {
    const answer = await get(await start(), address)
    expect(statusOf(answer)).toBe(401)
    expect(answer).not.toMatch(/let a|<p>|"key"/)
  })

  it('only the liveness is public', async () => {
    expect(await get(await start(), '/health/live')).toMatch(/ 200 OK\r\n[^]*\r\n\r\nlive\n$/)
  })

  it('/control is refused to every program, with the token in the address too', async () => {
    const port = await start()
    expect(statusOf(await exchange(port, ...upgradeLines('/control')))).toBe(401)
    const lines = upgradeLines(`/control?token=${TOKEN}`)
    expect(statusOf(await exchange(port, ...lines))).toBe(401)
  })

  it('a program of this machine has inference, and one that a proxy passes on has not', async () => {
    const port = await start()
    const client = await connect(`ws://127.0.0.1:${port}/backends/emotion`)
    expect(await client.next()).toEqual({ from: 'gateway', backend: 'emotion' })
    await client.close()
    const forwarded = upgradeLines('/backends/emotion', 'X-Forwarded-For: 10.0.0.9')
    expect(statusOf(await exchange(port, ...forwarded))).toBe(401)
  })

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address

  it.skipIf(outside === undefined)('a program of another machine has nothing', async () => {
    const place = `${outside}:${await start({ host: '0.0.0.0' })}`
    for (const path of ['metrics', 'api/backends', 'download/logs', 'session']) {
      expect((await fetch(`http://${place}/${path}`)).status).toBe(401)
    }
    await expect(connect(`ws://${place}/`)).rejects.toThrow('401')
    const headers = { authorization: `Bearer ${TOKEN}` }
    const client = await connect(`ws://${place}/`, { headers })
    expect(await client.next()).toEqual({ from: 'gateway', backend: null })
    await client.close()
  })
})

const sessionOf = async (port: number, secret: string) => {
  const answer = await get(port, '/session', `Authorization: Bearer ${secret}`)
  const key = /"key":"([^"]+)"/.exec(answer)?.[1]
  return { status: statusOf(answer), key: key ?? '', answer }
}
const controlWith = (port: number, key: string, origin: string | undefined) =>
  connect(`ws://127.0.0.1:${port}/control`, {
    protocols: ['switchyard', `switchyard.key.${key}`],
    ...(origin === undefined ? {} : { origin }),
  })

describe('a page', () => {
  it('exchanges the token for a key as often as it likes, and no answer sets a cookie', async () => {
    const port = await start()
    const { status, key, answer } = await sessionOf(port, TOKEN)
    expect(status).toBe(200)
    expect(answer).toMatch(/^cache-control: no-store\r$/im)
    expect(key).not.toContain(TOKEN)
    expect((await sessionOf(port, TOKEN)).key).toBe(key)
    expect((await sessionOf(port, key)).key).toBe(key)
    for (const text of [
      answer,
      await get(port, `/?token=${TOKEN}`),
      await get(port, '/', BEARER),
    ]) {
      expect(text).not.toMatch(/^set-cookie/im)
    }
  })

  it('opens /control with its key, which the answer does not repeat', async () => {
    const port = await start()
    const { key } = await sessionOf(port, TOKEN)
    const lines = upgradeLines(
      '/control',
      `Sec-WebSocket-Protocol: switchyard, switchyard.key.${key}`,
    )
    const { socket, received } = rawClient(port)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    await received
    expect(first.toString()).toMatch(/^HTTP\/1\.1 101 [^]*^Sec-WebSocket-Protocol: switchyard\r$/m)
    expect(first.toString()).not.toContain(key)
  })

  it('signed in behind a proxy that replaces the Host has control with its key', async () => {
    const port = await start()
    const { key } = await sessionOf(port, TOKEN)
    const client = await controlWith(port, key, 'https://ai.example.com')
    expect(await client.next()).toEqual({ from: 'control' })
    await client.close()
  })

  it('with a key that is no longer right is refused, later and later', async () => {
    const port = await start({ limits: { wrongTokenDelayMs: 1 } })
    await expect(controlWith(port, 'old', undefined)).rejects.toThrow('401')
    expect((await sessionOf(port, 'old')).status).toBe(401)
  })

  it('opened by a code has the key once', async () => {
    const port = await start()
    const code = new URL(server?.createOpeningUrl() ?? '').searchParams.get('code') ?? ''
    expect(await get(port, `/?code=${code}`)).toContain('the panel')
    expect(statusOf(await get(port, '/metrics', `Authorization: Bearer ${code}`))).toBe(200)
    expect(statusOf(await get(port, '/download/logs', `Authorization: Bearer ${code}`))).toBe(401)
    await expect(controlWith(port, code, undefined)).rejects.toThrow('401')
    const { key } = await sessionOf(port, code)
    expect(key).toBe((await sessionOf(port, TOKEN)).key)
    expect((await sessionOf(port, code)).status).toBe(401)
  })

  it('is signed out by a new token, and a program that needs none goes on', async () => {
    const access = new Access(TOKEN, () => 0)
    const port = await start({ access })
    const { key } = await sessionOf(port, TOKEN)
    const page = await controlWith(port, key, undefined)
    const program = await connect(`ws://127.0.0.1:${port}/backends/emotion`)
    access.adopt('the-next-token-of-the-panel')
    server?.signOut()
    expect(await page.closed).toEqual({
      code: 4401,
      reason: 'The token was replaced. Sign in again.',
    })
    await expect(controlWith(port, key, undefined)).rejects.toThrow('401')
    expect(await program.next()).toEqual({ from: 'gateway', backend: 'emotion' })
    await program.close()
  })
})

describe('cookies', () => {
  const paths = ['/session', '/download/logs']
  it.each([
    ['with the token', (port: number) => `switchyard_${port}=${TOKEN}`],
    [
      'with the key',
      (port: number) => `switchyard_${port}=KEY; switchyard=KEY; key=KEY; token=KEY`,
    ],
    ['of other programs', () => 'session=x; token=y'],
  ])('open nothing: %s', async (_what, cookies) => {
    const port = await start()
    const { key } = await sessionOf(port, TOKEN)
    const cookie = `Cookie: ${cookies(port).replaceAll('KEY', key)}`
    for (const path of paths) expect(statusOf(await get(port, path, cookie))).toBe(401)
    for (const path of ['/metrics', '/api/backends', '/backends/emotion']) {
      const forwarded = await get(port, path, cookie, 'X-Forwarded-For: 10.0.0.9')
      expect(statusOf(forwarded)).toBe(401)
    }
    expect(statusOf(await exchange(port, ...upgradeLines('/control', cookie)))).toBe(401)
    const proxied = upgradeLines('/', cookie, 'X-Real-IP: 10.0.0.9')
    expect(statusOf(await exchange(port, ...proxied))).toBe(401)
  })

  it('of other ports keep nobody out', async () => {
    const port = await start()
    const tossed = `Cookie: switchyard_${port}=x; switchyard_${port}=y; Path=/control`
    const { key } = await sessionOf(port, TOKEN)
    expect(statusOf(await get(port, '/download/logs', tossed, BEARER))).toBe(200)
    const client = await connect(`ws://127.0.0.1:${port}/control`, {
      protocols: ['switchyard', `switchyard.key.${key}`],
      headers: { cookie: `switchyard_${port}=x` },
    })
    expect(await client.next()).toEqual({ from: 'control' })
    await client.close()
  })
})

describe('the token', () => {
  it('passes the Host check, since a rebound page does not have it', async () => {
    const port = await start()
    const asked = (...more: string[]) =>
      exchange(
        port,
        'GET /download/logs HTTP/1.1',
        'Host: aibox:41400',
        ...more,
        'Connection: close',
      )
    expect(statusOf(await asked())).toBe(403)
    expect(statusOf(await asked(BEARER))).toBe(200)
    const upgrade = upgradeLines('/control', BEARER).map((line) =>
      line.startsWith('Host:') ? 'Host: ai.example.com' : line,
    )
    const { socket, received } = rawClient(port)
    socket.write(`${upgrade.join('\r\n')}\r\n\r\n`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    await received
    expect(statusOf(first.toString())).toBe(101)
  })

  it('that is wrong is answered late under a foreign Host too', async () => {
    const port = await start({
      limits: { wrongTokenDelayMs: 3_600_000, wrongTokenDelayMsMax: 3_600_000 },
    })
    const { socket, received } = rawClient(port)
    socket.write(
      'GET /session HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer wrong\r\n\r\n' +
        'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n',
    )
    await until('the refusal is logged', () => refused.length > 0)
    expect(await get(port, '/health/live')).toContain('live')
    socket.destroy()
    expect(await received).toBe('')
  })

  it('is in no line of the log, right or wrong', async () => {
    const port = await start()
    for (const token of [TOKEN, 'a-wrong-token-of-somebody']) {
      for (const address of [`/?token=${token}`, `/x?token=${token}`]) {
        await get(port, address, `Cookie: switchyard_${port}=${token}`)
        await get(port, address, 'Origin: https://evil.example', `Authorization: Bearer ${token}`)
      }
      await exchange(port, ...upgradeLines(`/control?token=${token}`))
      await exchange(port, ...upgradeLines('/none', `Authorization: Bearer ${token}`))
    }
    expect(refused.length).toBeGreaterThan(8)
    expect(refused.join('\n')).not.toMatch(/token-of/)
  })
})

describe('a web page', () => {
  it.each(['/', '/health/live', '/assets/a.js'])('has nothing of %s', async (address) => {
    const port = await start()
    for (const header of [
      'Origin: https://evil.example',
      'Origin: null',
      'Sec-Fetch-Site: cross-site',
    ]) {
      expect(statusOf(await get(port, address, BEARER, header))).toBe(403)
    }
  })

  it('may link to the panel, whose address people pass on', async () => {
    const link = [
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    ]
    const answer = await get(await start(), `/?token=${TOKEN}`, ...link)
    expect(statusOf(answer)).toBe(200)
    expect(answer).not.toContain(TOKEN)
  })

  it('of another local port has inference and no control', async () => {
    const port = await start()
    const options = { origin: 'http://localhost:3000' }
    await expect(connect(`ws://localhost:${port}/control`, options)).rejects.toThrow('403')
    const client = await connect(`ws://localhost:${port}/`, options)
    await client.close()
  })
})

describe('pages that are not files', () => {
  it('are read by programs of this machine without a token, in so far as they are the API', async () => {
    const port = await start()
    expect(statusOf(await get(port, '/metrics'))).toBe(200)
    expect(statusOf(await get(port, '/download/logs'))).toBe(401)
    const bearer = `Authorization: Bearer ${TOKEN}`
    expect(await get(port, '/download/logs', bearer)).toContain('page')
    expect(statusOf(await get(port, '/api/none'))).toBe(404)
  })

  it('that fail are answered 500, and the reason is logged', async () => {
    const port = await start()
    const answer = await get(port, '/broken', `Authorization: Bearer ${TOKEN}`)
    expect(statusOf(answer)).toBe(500)
    expect(faults).toEqual(['GET /broken failed: no source'])
  })
})
