import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exchange, upgradeLines } from '../../sockets/testing/raw_client.ts'
import { connect } from '../../testing/wire_client.ts'
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
    token: TOKEN,
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
  it('are served to whoever has the token', async () => {
    const port = await start()
    expect(await get(port, '/', BEARER)).toContain('the panel')
    expect(await get(port, '/assets/a.js', BEARER)).toContain('let a')
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
    '/',
    '//',
    '/index.html',
    '/assets/a.js',
    `/assets/a.js?token=${TOKEN}`,
    '/?token=wrong',
  ])('the page %s is refused', async (address) => {
    const answer = await get(await start(), address)
    expect(statusOf(answer)).toBe(401)
    expect(answer).not.toMatch(/let a|<p>/)
  })

  it('only the word that we live is told', async () => {
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
    expect((await fetch(`http://${place}/`)).status).toBe(401)
    await expect(connect(`ws://${place}/`)).rejects.toThrow('401')
    const headers = { authorization: `Bearer ${TOKEN}` }
    const client = await connect(`ws://${place}/`, { headers })
    expect(await client.next()).toEqual({ from: 'gateway', backend: null })
    await client.close()
  })
})

describe('the token', () => {
  it('leaves the address with the first answer, for a cookie', async () => {
    const answer = await get(await start(), `/?token=${TOKEN}&next=//evil.example`)
    expect(statusOf(answer)).toBe(303)
    expect(answer).toMatch(/^location: \/\r$/im)
    expect(answer).toMatch(
      /^set-cookie: switchyard_\d+=\S+; Path=\/; HttpOnly; SameSite=Strict\r$/im,
    )
    const cookie = /set-cookie: ([^;]+)/i.exec(answer)?.[1] ?? ''
    expect(statusOf(await get(server?.port ?? 0, '/', `Cookie: ${cookie}`))).toBe(200)
  })

  it('leads nowhere else: an address that begins with // is no panel', async () => {
    const answer = await get(await start(), `//evil.example/?token=${TOKEN}`)
    expect(statusOf(answer)).toBe(401)
    expect(answer).not.toMatch(/^location:/im)
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
    // Not a redirect: the browser would count it as the page's, and hold the cookie back.
    const answer = await get(await start(), `/?token=${TOKEN}`, ...link)
    expect(statusOf(answer)).toBe(200)
    expect(answer).toMatch(/^set-cookie: /im)
    expect(answer).toContain('content="0; url=/"')
    expect(answer).not.toContain(TOKEN)
  })

  it('of another local port has inference and no control, even with the cookie', async () => {
    const port = await start()
    const entrance = await get(port, `/?token=${TOKEN}`)
    const cookie = /set-cookie: ([^;]+)/i.exec(entrance)?.[1] ?? ''
    const options = { headers: { cookie }, origin: 'http://localhost:3000' }
    await expect(connect(`ws://localhost:${port}/control`, options)).rejects.toThrow('403')
    const client = await connect(`ws://localhost:${port}/`, options)
    await client.close()
    const own = { headers: { cookie }, origin: `http://127.0.0.1:${port}` }
    const control = await connect(`ws://127.0.0.1:${port}/control`, own)
    expect(await control.next()).toEqual({ from: 'control' })
    await control.close()
  })
})

describe('pages that are no files', () => {
  it('are read by programs of this machine without a token, in so far as they are the API', async () => {
    const port = await start()
    expect(statusOf(await get(port, '/metrics'))).toBe(200)
    expect(statusOf(await get(port, '/download/logs'))).toBe(401)
    const bearer = `Authorization: Bearer ${TOKEN}`
    expect(await get(port, '/download/logs', bearer)).toContain('page')
    expect(statusOf(await get(port, '/api/none'))).toBe(404)
  })

  it('that cannot be made are answered 500, and the reason is told', async () => {
    const port = await start()
    const answer = await get(port, '/broken', `Authorization: Bearer ${TOKEN}`)
    expect(statusOf(answer)).toBe(500)
    expect(faults).toEqual(['GET /broken failed: no source'])
  })
})
