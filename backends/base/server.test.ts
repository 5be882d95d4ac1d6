import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import type { InferenceResponse, Pong } from '../../protocol/backend.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { exchange, upgradeLines } from '../../server/testing/raw_client.ts'
import { connect, type Message } from '../../testing/wire_client.ts'
import { WebSocket } from 'ws'
import { createDialect } from './dialect.ts'
import {
  startServer,
  type BackendServer,
  type BackendService,
  type ServerOptions,
} from './server.ts'
import { MIB } from '../../protocol/bytes.ts'

const TOKEN = 'the-right-token-of-this-backend'

let server: BackendServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

/** A backend without a model: the test decides what it replies, and when. */
class TestService implements BackendService {
  readonly refused: ErrorCode[] = []
  readonly lines: string[] = []
  taken = 0
  answer: (requestId: string) => Promise<Record<string, unknown>> = async () => ({})

  pong(): Pong {
    return { type: 'pong', status: 'healthy', backend: 'test', model_loaded: true }
  }
  async infer(_client: object, { request_id }: { request_id: string }): Promise<InferenceResponse> {
    this.taken++
    const data = await this.answer(request_id)
    const timing = {
      queue_ms: 0,
      preprocess_ms: 0,
      inference_ms: 0,
      postprocess_ms: 0,
      total_ms: 0,
      batch_size: 1,
    }
    return { type: 'inference_response', request_id, data, timing, provider: 'CPU' }
  }
  cancel() {
    return false
  }
  async reload() {
    return []
  }
  disconnected() {
    this.lines.push('disconnected')
  }
  noteRefused(code: ErrorCode) {
    this.refused.push(code)
  }
  async metricsPage() {
    return { contentType: 'text/plain', text: 'requests 1\n' }
  }
}

async function start(options: Partial<ServerOptions> = {}) {
  const service = new TestService()
  const write = (message: string, fields = {}) => {
    service.lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    messageBytesMax: MIB,
    service,
    dialect: createDialect('native', 'test', () => 0),
    log: { debug: write, info: write, warn: write, error: write },
    now: () => performance.now(),
    ...options,
  })
  return { service, port: server.port, url: `ws://127.0.0.1:${server.port}` }
}

const request = (requestId: string): Message => ({
  type: 'inference_request',
  request_id: requestId,
  data: { image: 'AAAA' },
})
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
const page = (path: string, ...headers: string[]) => [
  `GET ${path} HTTP/1.1`,
  ...headers,
  'Connection: close',
]

describe('/metrics, /health and the WebSocket', () => {
  const paths = ['/metrics', '/health/live', '/health/ready']
  const foreign = [
    ['a web page', 'Host: localhost', 'Origin: https://evil.example'],
    ['an image of a web page', 'Host: localhost', 'Sec-Fetch-Site: cross-site'],
    [
      'a link',
      'Host: localhost',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    ],
    ['a sandboxed page', 'Host: localhost', 'Origin: null'],
    ['a rebound name', 'Host: evil.example'],
  ]
  it.each(foreign)('are out of reach for %s', async (_who, ...headers) => {
    const { port } = await start()
    for (const path of paths) {
      expect(statusOf(await exchange(port, ...page(path, ...headers)))).toBe(403)
    }
    const lines = upgradeLines('/', ...headers).slice(0)
    const own = headers.some((line) => line.startsWith('Host'))
    const upgrade = own ? lines.filter((line, index) => index !== 1) : lines
    expect(statusOf(await exchange(port, ...upgrade))).toBe(403)
  })

  it('answer a program of this machine, and the page describes it', async () => {
    const { port, url } = await start()
    for (const path of paths) {
      expect(statusOf(await exchange(port, ...page(path, 'Host: localhost')))).toBe(200)
    }
    const client = await connect(url)
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    await client.close()
  })
})

describe('a wider host', () => {
  it('without a token is refused with the remedy, before the port is opened', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(
      /host "0\.0\.0\.0" .* SWITCHYARD_TOKEN .* or listen on 127\.0\.0\.1/,
    )
    await expect(start({ host: '::', token: null })).rejects.toThrow('SWITCHYARD_TOKEN')
  })

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address

  it.skipIf(outside === undefined)('requires the token on its external address', async () => {
    const { port, service } = await start({
      host: '0.0.0.0',
      token: TOKEN,
      limits: { wrongTokenDelayMs: 1 },
    })
    const place = `${outside}:${port}`
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    const statuses = async (options: RequestInit) =>
      (await fetch(`http://${place}/metrics`, options)).status
    expect(await statuses({})).toBe(401)
    expect(await statuses(bearer('wrong-token'))).toBe(401)
    expect(await statuses(bearer(TOKEN))).toBe(200)
    await expect(connect(`ws://${place}`)).rejects.toThrow('401')
    await expect(connect(`ws://${place}?token=${TOKEN}`)).rejects.toThrow('401')
    const client = await connect(`ws://${place}`, bearer(TOKEN))
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    await client.close()
    expect(service.lines.length).toBeGreaterThan(3)
    expect(service.lines.join('\n')).not.toMatch(/right-token|wrong-token/)
  })

  it('lets programs of this machine in as before, and not those that a proxy passes on', async () => {
    const { port } = await start({ host: '0.0.0.0', token: TOKEN })
    const ask = (...headers: string[]) => exchange(port, ...page('/metrics', ...headers))
    expect(statusOf(await ask('Host: localhost'))).toBe(200)
    const forwarded = ['Host: localhost', 'X-Forwarded-For: 10.0.0.9']
    expect(statusOf(await ask(...forwarded))).toBe(401)
    expect(statusOf(await ask(...forwarded, `Authorization: Bearer ${TOKEN}`))).toBe(200)
  })
})

it('a port without a token takes nothing from a proxy that adds forwarding headers', async () => {
  const { port } = await start()
  const answer = await exchange(port, ...page('/metrics', 'Host: localhost', 'Via: 1.1 proxy'))
  expect(statusOf(answer)).toBe(403)
})

describe('one connection', () => {
  it('has so many requests in flight; one more is answered queue_full, and the connection stays', async () => {
    const { service, url } = await start({ limits: { inFlightMax: 2 } })
    const finish: (() => void)[] = []
    service.answer = () =>
      new Promise((resolve) => {
        finish.push(() => {
          resolve({})
        })
      })
    const client = await connect(url)
    for (const id of ['a', 'b', 'c']) client.send(request(id))
    expect(await client.next()).toMatchObject({
      type: 'error',
      code: 'queue_full',
      request_id: 'c',
      error: expect.stringContaining('2 requests of this connection') as string,
    })
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    finish[0]?.()
    expect(await client.next()).toMatchObject({ type: 'inference_response', request_id: 'a' })
    client.send(request('d'))
    finish[1]?.()
    expect(await client.next()).toMatchObject({ type: 'inference_response', request_id: 'b' })
    while (finish.length < 3) await new Promise(setImmediate)
    finish[2]?.()
    expect(await client.next()).toMatchObject({ type: 'inference_response', request_id: 'd' })
    expect(service.refused).toEqual(['queue_full'])
    await client.close()
  })

  it('that asks for much and never reads is closed, and memory stays in bounds', async () => {
    const { service, url } = await start({
      limits: { unreadBytesMax: 2 * MIB, slowReaderGraceMs: 50, sweepMs: 10 },
    })
    const text = 'x'.repeat(MIB / 4)
    service.answer = async () => ({ text })
    const client = new WebSocket(url)
    await once(client, 'open')
    client.on('error', () => undefined)
    const closed = once(client, 'close')
    client.pause()
    // 2000 replies of 256 KiB are 500 MiB.
    const filler = 'x'.repeat(900)
    for (let index = 0; index < 2000; index++) {
      client.send(JSON.stringify({ ...request(`r${index}`), data: { image: 'AAAA', filler } }))
    }
    while (!service.lines.some((line) => line.includes('closed with 1013'))) {
      await new Promise(setImmediate)
    }
    // The limit, a 64 KiB chunk of requests, and the system's buffers: 30 MiB, not 500.
    expect(service.taken).toBeLessThan(200)
    client.resume()
    expect((await closed)[0]).toBe(1013)
    while (!service.lines.includes('disconnected')) await new Promise(setImmediate)
  })
})

it('a reply that cannot be written as JSON is answered as an internal error', async () => {
  const { service, url } = await start()
  service.answer = async () => ({ count: 1n })
  const client = await connect(url)
  expect(await client.ask(request('big'))).toMatchObject({ type: 'error', code: 'internal' })
  await client.close()
})
