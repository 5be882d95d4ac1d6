// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../protocol/errors.ts'
import { BackendClient, type BackendClientOptions, type Stray } from './backend_client.ts'
import { FakeClock } from './testing/fake_clock.ts'
import { FakeSocket } from './testing/fake_socket.ts'

function aClient(options: Partial<BackendClientOptions> = {}) {
  const sockets: FakeSocket[] = []
  const strays: Stray[] = []
  const clock = new FakeClock()
  const client = new BackendClient({
    name: 'emotion',
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    onStray: (stray) => strays.push(stray),
    random: () => 0.5,
    clock,
    ...options,
  })
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('nothing was connected')
    return socket
  }
  const run = (id: string, signal?: AbortSignal) =>
    client.exchange(id, JSON.stringify(request(id)), signal && { signal })
  return { client, sockets, strays, clock, last, run }
}

const request = (id: string) => ({ type: 'inference_request', request_id: id, data: {} })
const reply = (id: string) => ({
  type: 'inference_response',
  request_id: id,
  data: { prediction: 1 },
})

describe('a reply', () => {
  test('has a round trip from sending to receiving; connecting does not count', async () => {
    const { clock, last, run } = aClient()
    const outcome = run('a')
    clock.advance(500)
    last().accept()
    clock.advance(12)
    last().receive(reply('a'))
    expect(await outcome).toMatchObject({ phase: 'answered', roundTripMs: 12 })
  })

  test('is kept word for word', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().accept()
    const text = '{ "type":"error", "request_id":"a",  "error":"no", "code":"timeout" }'
    last().receive(text)
    expect(await outcome).toMatchObject({ phase: 'refused', receivedText: text })
  })

  test('in the platform dialect is read, and kept as it came', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().accept()
    const result = { status: 'success', predictions: { score: 7 }, latency_ms: 3 }
    const text = JSON.stringify({ type: 'inference_response', request_id: 'a', result })
    last().receive(text)
    expect(await outcome).toMatchObject({
      phase: 'answered',
      reply: { data: { score: 7 }, timing: { total_ms: 3 } },
      receivedText: text,
    })
  })

  test('with a field that does not fit the protocol counts by its id, and is kept as it came', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().accept()
    last().receive({ ...reply('a'), provider: 7 })
    expect(await outcome).toMatchObject({
      phase: 'answered',
      reply: null,
      message: { provider: 7 },
    })
  })

  test('belongs to the request whose id it has, and one connection carries both', async () => {
    const { sockets, last, run } = aClient()
    const [first, second] = [run('a'), run('b')]
    last().accept()
    last().receive(reply('b'))
    last().receive(reply('a'))
    expect(await second).toMatchObject({ reply: { request_id: 'b' } })
    expect(await first).toMatchObject({ reply: { request_id: 'a' } })
    expect(sockets).toHaveLength(1)
  })

  test('that is an error without an id is about the only request under way', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().accept()
    last().receive({ type: 'error', request_id: null, error: 'not JSON', code: 'invalid_json' })
    expect(await outcome).toMatchObject({ phase: 'refused' })
  })

  test('that is not of the protocol rejects the request with the reason', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().accept()
    last().receive('{"type":"inference_response","request_id":"a","data":{"x":NaN}}')
    expect(await outcome).toMatchObject({
      phase: 'refused',
      reply: { code: 'internal', error: expect.stringContaining('NaN at position') },
    })
  })

  test('of any id answers a frame without one', async () => {
    const { client, last } = aClient()
    const outcome = client.exchange(null, 'not JSON')
    last().accept()
    last().receive({ type: 'pong', status: 'healthy' })
    last().receive(reply('whatever'))
    expect(await outcome).toMatchObject({ phase: 'answered', reply: { request_id: 'whatever' } })
  })
})

describe('a message that answers no request', () => {
  test('is handed over: a second reply, a reply to nothing, a greeting', async () => {
    const { last, run, strays } = aClient()
    const outcome = run('a')
    last().accept()
    last().receive({ type: 'welcome' })
    last().receive(reply('b'))
    last().receive(reply('a'))
    last().receive(reply('a'))
    expect(await outcome).toMatchObject({ phase: 'answered' })
    expect(strays.map(({ requestId }) => requestId)).toEqual([null, 'b', 'a'])
  })
})

describe('a deadline', () => {
  test('ends a request, and the message shows what arrived instead of a reply', async () => {
    const { clock, last, run } = aClient({ timeoutMs: 1500 })
    const outcome = run('a')
    last().accept()
    last().receive({ type: 'welcome' })
    clock.advance(1500)
    expect(await outcome).toMatchObject({
      phase: 'broken',
      code: 'timeout',
      message: expect.stringMatching(/^emotion did not reply within 1\.5 s\. .*type "welcome"/),
    })
    expect(clock.pending).toBe(0)
  })

  test('can be set for one request, and counts while connecting', async () => {
    const { client, clock } = aClient()
    const outcome = client.exchange('a', '{}', { timeoutMs: 100 })
    clock.advance(100)
    expect(await outcome).toMatchObject({ phase: 'broken', code: 'timeout' })
  })
})

describe('cancelling', () => {
  test('sends `cancel`, and the backend has the last word', async () => {
    const { last, run } = aClient()
    const controller = new AbortController()
    const outcome = run('a', controller.signal)
    last().accept()
    controller.abort()
    expect(last().lastSent).toEqual({ type: 'cancel', request_id: 'a' })
    last().receive({ type: 'error', request_id: 'a', error: 'cancelled', code: 'cancelled' })
    expect(await outcome).toMatchObject({ phase: 'refused', reply: { code: 'cancelled' } })
  })

  test('does not wait longer than two seconds for a backend that does not confirm it', async () => {
    const { clock, last, run } = aClient()
    const controller = new AbortController()
    const outcome = run('a', controller.signal)
    last().accept()
    controller.abort()
    clock.advance(2000)
    expect(await outcome).toMatchObject({ phase: 'broken', code: 'cancelled' })
  })

  test('before the connection is open sends nothing', async () => {
    const { last, run } = aClient()
    const controller = new AbortController()
    const outcome = run('a', controller.signal)
    controller.abort()
    expect(await outcome).toMatchObject({ phase: 'broken', code: 'cancelled' })
    last().accept()
    expect(last().sent).toEqual([])
  })
})

describe('a connection', () => {
  test('that closes ends its requests with a message, and the next one connects again', async () => {
    const { sockets, last, run } = aClient()
    const outcome = run('a')
    last().accept()
    last().end(1009)
    expect(await outcome).toMatchObject({
      phase: 'broken',
      code: 'backend_lost',
      message: expect.stringContaining('max_message_bytes'),
    })
    void run('b')
    expect(sockets).toHaveLength(2)
  })

  test('that never opened reports that nothing was sent', async () => {
    const { last, run } = aClient()
    const outcome = run('a')
    last().end(1006)
    expect(await outcome).toMatchObject({
      phase: 'broken',
      code: 'not_ready',
      message: expect.stringContaining('Could not connect to emotion'),
    })
  })

  test('is tried again, later each time, before the requests fail', async () => {
    const reconnect = { attemptsMax: 3, delayMs: 100, delayMsMax: 150 }
    const { client, clock, sockets, last, run } = aClient({ reconnect })
    const outcome = run('a')
    last().end(1006)
    clock.advance(74)
    expect(sockets).toHaveLength(1)
    clock.advance(1)
    last().end(1006)
    clock.advance(113)
    expect(sockets).toHaveLength(3)
    last().accept()
    last().receive(reply('a'))
    expect(await outcome).toMatchObject({ phase: 'answered' })
    void client.close()
  })

  test('closes when it had no request for a while', async () => {
    const { clock, sockets, last, run } = aClient({ idleCloseMs: 30_000 })
    const outcome = run('a')
    last().accept()
    clock.advance(40_000)
    last().receive(reply('a'))
    await outcome
    clock.advance(30_000)
    expect(last().readyState).toBe(3)
    void run('b')
    expect(sockets).toHaveLength(2)
  })

  test('with an address that is not a URL fails the request', async () => {
    const { run } = aClient({
      openSocket: () => {
        throw new SyntaxError('Invalid URL')
      },
    })
    expect(await run('a')).toMatchObject({ phase: 'broken', code: 'not_ready' })
  })

  test('that was closed by its owner ends what waits, and refuses what comes', async () => {
    const { client, clock, last, run } = aClient()
    const outcome = run('a')
    last().accept()
    await client.close()
    expect(await outcome).toMatchObject({ phase: 'broken', code: 'backend_lost' })
    expect(await run('b')).toMatchObject({ phase: 'broken', code: 'backend_lost' })
    await expect(client.open()).rejects.toThrow(ProtocolError)
    expect(clock.pending).toBe(0)
  })
})

describe('each kind of request', () => {
  test('infer returns what the protocol knows of a reply, and rejects with the code of an error', async () => {
    const { client, last } = aClient()
    const first = client.infer({ image: 'AAAA' })
    last().accept()
    const { request_id: id } = last().lastSent
    last().receive({ ...reply(String(id)), provider: 'cpu', timing: { total_ms: 4 } })
    expect(await first).toMatchObject({ requestId: id, data: { prediction: 1 }, provider: 'cpu' })
    const second = client.infer({ image: 'AAAA' })
    const error = { type: 'error', error: 'full', code: 'queue_full' }
    last().receive({ ...error, request_id: last().lastSent.request_id })
    await expect(second).rejects.toMatchObject({ code: 'queue_full', message: 'full' })
  })

  test('a health check takes a pong, and the health_response of the platform', async () => {
    const { client, last } = aClient({ dialect: 'platform' })
    const native = client.healthCheck()
    last().accept()
    expect(last().lastSent).toEqual({ type: 'health_check', timestamp: 0 })
    last().receive({ type: 'pong', status: 'loading' })
    expect(await native).toEqual({ type: 'pong', status: 'loading' })
    const platform = client.healthCheck()
    last().receive({ type: 'health_response', status: 'healthy', model_loaded: false })
    expect(await platform).toMatchObject({ status: 'loading', model_loaded: false })
  })

  test('ping returns the round trip', async () => {
    const { client, clock, last } = aClient()
    const roundTripMs = client.ping()
    last().accept()
    clock.advance(5)
    last().receive({ type: 'pong', timestamp: 1 })
    expect(await roundTripMs).toBe(5)
  })

  test('reload resolves with the models', async () => {
    const { client, last } = aClient()
    const reloaded = client.reload()
    last().accept()
    last().receive({ type: 'reloaded', request_id: last().lastSent.request_id, models: [] })
    expect(await reloaded).toMatchObject({ models: [] })
  })
})
