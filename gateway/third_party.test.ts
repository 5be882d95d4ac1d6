/** What the gateway does for third-party backends, over real sockets. */
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { joinBinary } from '../protocol/binary.ts'
import { connect } from '../testing/wire_client.ts'
import { FakeTarget } from './testing/fakes.ts'
import { ask, backendOf, closeAll, listen, one, startGateway } from './testing/real_sockets.ts'

afterEach(closeAll)

const reply = (socket: WebSocket, request_id: unknown, data: object = {}) => {
  socket.send(JSON.stringify({ type: 'inference_response', request_id, data }))
}
const withImage = (id: string) => {
  const header = ask(id, 'py', { image: { $attachment: 0, length: 3 } })
  return Buffer.from(joinBinary(JSON.stringify(header), [Buffer.from('abc')]))
}

describe('the form of a request', () => {
  it('is base64 text, also when the client sent the binary form', async () => {
    const url = await backendOf((socket, { request_id, data }) => {
      reply(socket, request_id, data as object)
    })
    const { url: gateway } = await startGateway(one('py', url, { runtime: 'command' }))
    const client = await connect(gateway)
    expect(await client.ask(withImage('a'))).toMatchObject({ data: { image: 'YWJj' } })
    await client.close()
  })

  it('is binary when the pong has accepts_binary', async () => {
    const url = await listen((socket) => {
      socket.on('message', (_data, isBinary) => {
        reply(socket, 'a', { isBinary })
      })
    })
    const target = new FakeTarget('py', { runtime: 'external' }, url)
    target.pong = { type: 'pong', status: 'healthy', accepts_binary: true }
    const { url: gateway } = await startGateway({ name: 'py', targets: [target] })
    const client = await connect(gateway)
    expect(await client.ask(withImage('a'))).toMatchObject({ data: { isBinary: true } })
    await client.close()
  })

  it('that grows above max_message_bytes by the conversion is too_large', async () => {
    const url = await backendOf(() => undefined)
    const keys = { runtime: 'command', max_message_bytes: 1024 } as const
    const { url: gateway } = await startGateway(one('py', url, keys))
    const client = await connect(gateway)
    const header = ask('a', 'py', { image: { $attachment: 0, length: 800 } })
    const frame = Buffer.from(joinBinary(JSON.stringify(header), [Buffer.alloc(800)]))
    expect(frame.length).toBeLessThan(1024)
    expect(await client.ask(frame)).toMatchObject({ code: 'too_large' })
    await client.close()
  })
})

describe('a connection ends with a closing handshake', () => {
  it('when the client leaves, with a request in flight too', async () => {
    let wasAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      wasAsked = resolve
    })
    let closed: (code: number) => void = () => {}
    const code = new Promise<number>((resolve) => {
      closed = resolve
    })
    const url = await listen((socket) => {
      socket.on('message', wasAsked)
      socket.on('close', closed)
    })
    const { url: gateway } = await startGateway(one('py', url, { runtime: 'command' }))
    const client = new WebSocket(gateway)
    await once(client, 'open')
    client.send(JSON.stringify(ask('a', 'py')))
    await asked
    client.terminate()
    expect(await code).toBe(1001)
  })

  it('when the gateway closes', async () => {
    let closed: (code: number) => void = () => {}
    const code = new Promise<number>((resolve) => {
      closed = resolve
    })
    const url = await listen((socket) => {
      socket.on('message', () => {
        reply(socket, 'a')
      })
      socket.on('close', closed)
    })
    const { gateway, url: address } = await startGateway(one('py', url, { runtime: 'external' }))
    const client = await connect(address)
    await client.ask(ask('a', 'py'))
    await gateway.close()
    expect(await code).toBe(1001)
  })
})

describe('the queue', () => {
  it('is full above queue_limit, and the next request is refused without a wait', async () => {
    const held: (() => void)[] = []
    const url = await backendOf((socket, { request_id }) => {
      held.push(() => {
        reply(socket, request_id)
      })
    })
    const keys = { runtime: 'command', queue_limit: 2 } as const
    const { url: gateway } = await startGateway(one('py', url, keys))
    const client = await connect(gateway)
    for (const id of ['a', 'b', 'c']) client.send(ask(id, 'py'))
    expect(await client.next()).toMatchObject({
      request_id: 'c',
      code: 'queue_full',
      error:
        'The queue of py is full (queue_limit 2). Wait for replies before sending more, or raise queue_limit.',
    })
    while (held.length < 2) await new Promise(setImmediate)
    for (const answer of held) answer()
    expect([await client.next(), await client.next()]).toMatchObject([
      { request_id: 'a', type: 'inference_response' },
      { request_id: 'b', type: 'inference_response' },
    ])
    await client.close()
  })

  it('gives the backend max_in_flight at a time, and takes turns between clients', async () => {
    const order: unknown[] = []
    let inFlight = 0
    let most = 0
    const url = await backendOf((socket, { request_id }) => {
      order.push(request_id)
      most = Math.max(most, ++inFlight)
      setImmediate(() => {
        inFlight--
        reply(socket, request_id)
      })
    })
    const keys = { runtime: 'external', max_in_flight: 1 } as const
    const { url: gateway } = await startGateway(one('py', url, keys))
    const [greedy, other] = await Promise.all([connect(gateway), connect(gateway)])
    const ids = Array.from({ length: 20 }, (_, index) => `g${index}`)
    for (const id of ids) greedy.send(ask(id, 'py'))
    expect(await greedy.next()).toMatchObject({ request_id: 'g0' })
    expect(await other.ask(ask('o', 'py'))).toMatchObject({ request_id: 'o' })
    for (const id of ids.slice(1)) expect(await greedy.next()).toMatchObject({ request_id: id })
    expect(most).toBe(1)
    expect(order.indexOf('o')).toBeLessThan(order.length - 1)
    await Promise.all([greedy.close(), other.close()])
  })

  it('drops what a client that left, cancelled or timed out had waiting there', async () => {
    const asked: unknown[] = []
    let answer = () => {}
    const url = await backendOf((socket, { request_id }) => {
      asked.push(request_id)
      answer = () => {
        reply(socket, request_id)
      }
    })
    const keys = { runtime: 'command', max_in_flight: 1, queue_limit: 3 } as const
    const { url: gateway } = await startGateway(one('py', url, keys))
    const [first, leaver, last] = await Promise.all([1, 2, 3].map(() => connect(gateway)))
    first?.send(ask('first', 'py'))
    while (asked.length < 1) await new Promise(setImmediate)
    leaver?.send(ask('left', 'py'))
    leaver?.send(ask('cancelled', 'py'))
    const cancelled = await leaver?.ask({ type: 'cancel', request_id: 'cancelled' })
    expect(cancelled).toMatchObject({ request_id: 'cancelled', code: 'cancelled' })
    await leaver?.close()
    answer()
    expect(await first?.next()).toMatchObject({ request_id: 'first' })
    last?.send(ask('last', 'py'))
    while (asked.length < 2) await new Promise(setImmediate)
    answer()
    expect(await last?.next()).toMatchObject({ request_id: 'last' })
    expect(asked).toEqual(['first', 'last'])
    await Promise.all([first?.close(), last?.close()])
  })

  it('counts the wait towards the deadline', async () => {
    const url = await backendOf(() => undefined)
    const keys = { runtime: 'command', max_in_flight: 1, request_timeout: 0.1 } as const
    const { url: gateway } = await startGateway(one('py', url, keys))
    const client = await connect(gateway)
    client.send(ask('a', 'py'))
    client.send(ask('b', 'py'))
    expect(await client.next()).toMatchObject({ request_id: 'a', code: 'timeout' })
    expect(await client.next()).toMatchObject({ request_id: 'b', code: 'timeout' })
    await client.close()
  })
})

describe('a fault in the gateway itself', () => {
  it('closes the session in which it happens with 1011, and no other', async () => {
    const url = await backendOf((socket, { request_id }) => {
      reply(socket, request_id)
    })
    const broken = new FakeTarget('broken', {}, url)
    Object.defineProperty(broken, 'isServing', {
      get: () => {
        throw new Error('our bug')
      },
    })
    const { url: gateway, lines } = await startGateway(one('py', url), {
      name: 'broken',
      targets: [broken],
    })
    const [victim, other] = await Promise.all([connect(gateway), connect(gateway)])
    victim.send(ask('a', 'broken'))
    expect(await victim.closed).toMatchObject({ code: 1011 })
    expect(await other.ask(ask('b', 'py'))).toMatchObject({ request_id: 'b' })
    expect(lines.find(({ level }) => level === 'error')?.message).toContain('our bug')
    await other.close()
  })

  it('an address that no connection can be made to is answered, and costs nothing else', async () => {
    const { url: gateway } = await startGateway(one('odd', 'ws://[http://localhost]:1'))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'odd'))).toMatchObject({ request_id: 'a', code: 'not_ready' })
    expect(await client.ask({ type: 'ping', backend: 'odd' })).toMatchObject({ type: 'pong' })
    await client.close()
  })
})

describe('warnings in a reply', () => {
  const warnings = [
    { code: 'sampling_rate_assumed', message: '250 Hz was assumed.', field: 'data.sampling_rate' },
    { code: 'blurred', message: 'The picture is blurred.' },
  ]
  const askOnce = async (runtime: 'command' | 'onnx') => {
    const url = await backendOf((socket, { request_id }) => {
      const type = 'inference_response'
      socket.send(JSON.stringify({ type, request_id, data: {}, warnings }))
    })
    const started = await startGateway(one('py', url, { runtime, model: 'm.onnx' }))
    const client = await connect(started.url)
    const answer = await client.ask(ask('a', 'py'))
    await client.close()
    return { ...started, answer }
  }

  it('reach the client as they came, and are counted and logged', async () => {
    const { answer, lines, gateway } = await askOnce('command')
    expect(answer).toMatchObject({ type: 'inference_response', warnings })
    const page = await gateway.metricsPage(() => true)
    const count = 'switchyard_gateway_warnings_total'
    expect(page).toContain(`${count}{backend="py",code="sampling_rate_assumed"} 1`)
    // Third-party codes could add any number of labels.
    expect(page).toContain(`${count}{backend="py",code="other"} 1`)
    const logged = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    expect(logged).toEqual([
      'py answered with the warning sampling_rate_assumed: 250 Hz was assumed.',
      'py answered with the warning blurred: The picture is blurred.',
    ])
  })

  it('of a built-in backend are logged by that backend alone', async () => {
    const { lines } = await askOnce('onnx')
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([])
  })
})
