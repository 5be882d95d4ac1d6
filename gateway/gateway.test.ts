/** The gateway over real sockets, with well-behaved and faulty backends. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { joinBinary } from '../protocol/binary.ts'
import { freePort } from '../testing/processes.ts'
import { connect } from '../testing/wire_client.ts'
import { FakeTarget } from './testing/fakes.ts'
import {
  addressOf,
  ask,
  backendOf,
  closeAll,
  closeServer,
  listen,
  one,
  startGateway,
} from './testing/real_sockets.ts'

afterEach(closeAll)

describe('a native backend', () => {
  it('gets the very bytes that the client sent, and the client those of the backend', async () => {
    const arrived: { data: Buffer; isBinary: boolean }[] = []
    const replies = [
      '{ "type" : "inference_response",\n"request_id":"t", "data":{"\\u00e9":1.50}}',
      '{"data":{"a":[]}, "request_id":"b","type":"inference_response"}',
    ]
    const url = await listen((socket) => {
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        arrived.push({ data, isBinary })
        socket.send(replies[arrived.length - 1] ?? '')
      })
    })
    const { url: gateway } = await startGateway(one('native', url))
    const text = Buffer.from(
      ' {"data":{"image":"\\u0061bc", "n": 1.0e0},\n"type":"inference_request","backend":"native","request_id":"t"} ',
    )
    const header = JSON.stringify(ask('b', 'native', { image: { $attachment: 0, length: 3 } }))
    const binary = Buffer.from(joinBinary(header, [Buffer.from([0, 255, 7])]))
    const socket = new WebSocket(gateway)
    await once(socket, 'open')
    for (const [index, frame] of [text, binary].entries()) {
      socket.send(frame, { binary: frame === binary })
      const [reply, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
      expect(reply.toString()).toBe(replies[index])
      expect(isBinary).toBe(false)
    }
    expect(arrived).toEqual([
      { data: text, isBinary: false },
      { data: binary, isBinary: true },
    ])
    socket.terminate()
  })

  it('on this machine gets its bytes unmasked: nothing is copied on the way', async () => {
    const raw: Buffer[] = []
    const url = await listen((socket) => {
      const { _socket: stream } = socket as unknown as { _socket: Duplex }
      stream.on('data', (chunk: Buffer) => {
        raw.push(chunk)
      })
      socket.on('message', () => {
        socket.send('{"type":"inference_response","request_id":"a","data":{}}')
      })
    })
    const { url: gateway } = await startGateway(one('native', url))
    const client = await connect(gateway)
    const message = JSON.stringify(ask('a', 'native', { image: 'in the clear' }))
    await client.ask(message)
    expect(Buffer.concat(raw).includes(message)).toBe(true)
    await client.close()
  })

  it('two clients use the same request_id and get each their own answer', async () => {
    const url = await backendOf((socket, { request_id, data }) => {
      socket.send(JSON.stringify({ type: 'inference_response', request_id, data }))
    })
    const { url: gateway } = await startGateway(one('native', url))
    const clients = await Promise.all([connect(gateway), connect(gateway)])
    const answers = await Promise.all(
      clients.map((client, index) => client.ask(ask('same', 'native', { index }))),
    )
    expect(answers.map(({ data }) => data)).toEqual([{ index: 0 }, { index: 1 }])
    await Promise.all(clients.map((client) => client.close()))
  })

  it('whose port demands a token is given it', async () => {
    const headers: unknown[] = []
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    server.on('connection', (socket, { headers: { authorization } }) => {
      headers.push(authorization)
      socket.on('message', () => {
        socket.send('{"type":"inference_response","request_id":"a","data":{}}')
      })
    })
    await once(server, 'listening')
    const target = new FakeTarget('far', {}, addressOf(server))
    target.token = 'secret'
    const { url: gateway } = await startGateway({ name: 'far', targets: [target] })
    const client = await connect(gateway)
    await client.ask(ask('a', 'far'))
    expect(headers).toEqual(['Bearer secret'])
    await client.close()
    await closeServer(server)
  })

  it('sees the connection close when the client leaves with a request in flight', async () => {
    let left = () => {}
    const hasLeft = new Promise<void>((resolve) => {
      left = resolve
    })
    let asked = () => {}
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const url = await listen((socket) => {
      socket.on('message', () => {
        asked()
      })
      socket.on('close', left)
    })
    const { url: gateway } = await startGateway(one('native', url))
    const client = await connect(gateway)
    client.send(ask('a', 'native'))
    await wasAsked
    await client.close()
    await hasLeft
  })
})

describe('a backend of the platform', () => {
  const platform = (answer: (data: unknown) => object) =>
    backendOf((socket, { request_id, model_type, timestamp, data }) => {
      expect(timestamp).toBeTypeOf('number')
      const type = 'inference_response'
      socket.send(JSON.stringify({ type: 'pong', timestamp: 1 }))
      socket.send(
        JSON.stringify({ type, request_id, model_type, timestamp: 2, result: answer(data) }),
      )
    })

  it('is asked in its dialect, also for a binary message, and answers in the native one', async () => {
    const url = await platform((predictions) => ({
      status: 'success',
      predictions,
      latency_ms: 4.5,
    }))
    const { url: gateway, lines } = await startGateway(one('fatigue', url, { dialect: 'platform' }))
    const client = await connect(gateway)
    const timing = { total_ms: 4.5 }
    expect(await client.ask(ask('a', 'fatigue', { elapsed_time: 3 }))).toEqual({
      type: 'inference_response',
      request_id: 'a',
      data: { elapsed_time: 3 },
      timing,
    })
    const header = ask('b', 'fatigue', { rgb_frames: [{ $attachment: 0, length: 3 }] })
    const frame = joinBinary(JSON.stringify(header), [Buffer.from('abc')])
    expect(await client.ask(Buffer.from(frame))).toMatchObject({
      request_id: 'b',
      data: { rgb_frames: ['YWJj'] },
      timing,
    })
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([])
    await client.close()
  })

  it('its failed inference is an error of the native protocol', async () => {
    const url = await platform(() => ({ status: 'error', error: 'no frames', latency_ms: 1 }))
    const { url: gateway } = await startGateway(one('fatigue', url, { dialect: 'platform' }))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'fatigue'))).toEqual({
      type: 'error',
      request_id: 'a',
      error: 'no frames',
      code: 'internal',
    })
    await client.close()
  })
})

describe('a backend that misbehaves', () => {
  it('dies after half a frame: backend_lost, and the next request opens a new connection', async () => {
    let deaths = 0
    const url = await backendOf((socket, { request_id }) => {
      if (deaths++ > 0) {
        socket.send(JSON.stringify({ type: 'inference_response', request_id, data: {} }))
        return
      }
      const { _socket: raw } = socket as unknown as { _socket: Duplex }
      // A text frame of 100 bytes (RFC 6455, 5.2), truncated after nine.
      raw.write(Buffer.concat([Buffer.from([0x81, 100]), Buffer.from('{"type":"')]), () => {
        raw.destroy()
      })
    })
    const { url: gateway } = await startGateway(one('dying', url))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'dying'))).toMatchObject({
      type: 'error',
      request_id: 'a',
      code: 'backend_lost',
    })
    expect(await client.ask(ask('b', 'dying'))).toMatchObject({ type: 'inference_response' })
    await client.close()
  })

  const response = (id: unknown, n: number) =>
    JSON.stringify({ type: 'inference_response', request_id: id, data: { n } })

  it.each([
    ['{"type":"inference_response","request_id":"a","data":{"x":NaN}}', 'NaN at position 58'],
    ['{"type":"inference_response","request_id":', 'it ends after 42 bytes'],
    ['<html></html>', 'it has 13 bytes and starts with "<html></html>"'],
    ['{"type":"inference_response","data":{}}', 'has no request_id'],
    ['{"type":"result","request_id":"a","data":{}}', 'has the type "result"'],
    ['{"type":"inference_response","request_id":"x","data":{}}', 'names request_id "x"'],
  ])('answers %s: the only request in flight gets `internal`', async (text, why) => {
    const url = await backendOf((socket, { request_id: id }) => {
      socket.send(id === 'a' ? text : response(id, 1))
    })
    const { url: gateway } = await startGateway(one('odd', url))
    const client = await connect(gateway)
    const answer = await client.ask(ask('a', 'odd'))
    expect(answer).toMatchObject({ type: 'error', request_id: 'a', code: 'internal' })
    expect(answer.error).toMatch(/^The reply of odd /)
    expect(answer.error).toContain(why)
    expect(await client.ask(ask('b', 'odd'))).toMatchObject({ request_id: 'b', data: { n: 1 } })
    await client.close()
  })

  it('answers NaN with several in flight: the request that the text names gets the error', async () => {
    const ids: unknown[] = []
    const url = await backendOf((socket, { request_id }) => {
      ids.push(request_id)
      if (ids.length < 3) return
      socket.send('{"type":"inference_response","data":{"x":-Infinity},"request_id":"b"}')
      socket.send('{"type":"inference_response","data":{"x":')
      socket.send(
        Buffer.from('{"request_id":"c","type":"inference_response","data":"\xff"}', 'latin1'),
        {
          binary: false,
        },
      )
      socket.send(response('a', 1))
    })
    const { url: gateway, lines } = await startGateway(one('odd', url))
    const client = await connect(gateway)
    for (const id of ['a', 'b', 'c']) client.send(ask(id, 'odd'))
    expect(await client.next()).toMatchObject({ request_id: 'b', code: 'internal' })
    expect(await client.next()).toMatchObject({
      request_id: 'c',
      error: expect.stringContaining('is not valid UTF-8'),
    })
    expect(await client.next()).toMatchObject({ request_id: 'a', data: { n: 1 } })
    expect(lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('A reply of odd matches no request: it is not valid JSON'),
    )
    await client.close()
  })

  it('repeats an answer, or greets: neither is taken for the answer in flight', async () => {
    const url = await listen((socket) => {
      socket.send('{"type":"welcome","version":1}')
      socket.on('message', (data: Buffer) => {
        const { request_id: id } = JSON.parse(data.toString()) as { request_id: string }
        if (id === 'b') socket.send(response('a', 1))
        socket.send(response(id, 2))
      })
    })
    const { url: gateway, lines } = await startGateway(one('odd', url))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'odd'))).toMatchObject({ request_id: 'a', data: { n: 2 } })
    expect(await client.ask(ask('b', 'odd'))).toMatchObject({ request_id: 'b', data: { n: 2 } })
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    expect(warnings).toEqual([
      expect.stringContaining('type "welcome"'),
      expect.stringContaining('is for request "a", which is not in flight'),
    ])
    await client.close()
  })

  it('never answers: timeout, and the connection goes on', async () => {
    const url = await backendOf(() => undefined)
    const { url: gateway } = await startGateway(one('silent', url, { request_timeout: 0.1 }))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'silent'))).toMatchObject({ code: 'timeout' })
    expect(await client.ask(ask('b', 'silent'))).toMatchObject({ code: 'timeout' })
    await client.close()
  })

  it('closes with 1009 over a frame that it finds too large', async () => {
    const url = await listen((socket) => {
      socket.on('message', () => {
        socket.close(1009)
      })
    })
    const { url: gateway } = await startGateway(one('small', url))
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'small'))).toMatchObject({ code: 'too_large' })
    await client.close()
  })

  it('answers with more than max_message_bytes: too_large, and nothing else is lost', async () => {
    const ids: unknown[] = []
    const url = await backendOf((socket, { request_id }) => {
      ids.push(request_id)
      if (ids.length < 2) return
      const data = { text: 'x'.repeat(5000) }
      socket.send(JSON.stringify({ type: 'inference_response', request_id: ids[0], data }))
      socket.send(response(ids[1], 2))
    })
    const { url: gateway } = await startGateway(one('large', url, { max_message_bytes: 1024 }))
    const client = await connect(gateway)
    client.send(ask('a', 'large'))
    client.send(ask('b', 'large'))
    expect(await client.next()).toMatchObject({
      request_id: 'a',
      code: 'too_large',
      error:
        'The reply of large has 5065 bytes and exceeds max_message_bytes (1024); raise max_message_bytes, or return less.',
    })
    expect(await client.next()).toMatchObject({ request_id: 'b', data: { n: 2 } })
    await client.close()
  })

  it('announces a reply far above max_message_bytes: the connection closes, and each answer gives the reason', async () => {
    const ids: unknown[] = []
    const url = await backendOf((socket, { request_id }) => {
      ids.push(request_id)
      if (request_id === 'b') return
      const { _socket: raw } = socket as unknown as { _socket: Duplex }
      // The head of a text frame of 1 TiB (RFC 6455, 5.2).
      raw.write(Buffer.from([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0]))
    })
    const { url: gateway } = await startGateway(one('large', url, { max_message_bytes: 1024 }))
    const client = await connect(gateway)
    const why = expect.stringContaining('a reply exceeded max_message_bytes (1024) by more than')
    client.send(ask('b', 'large'))
    client.send(ask('a', 'large'))
    for (const id of ['b', 'a']) {
      expect(await client.next()).toMatchObject({
        request_id: id,
        code: 'backend_lost',
        error: why,
      })
    }
    expect(await client.ask(ask('c', 'large'))).toMatchObject({ code: 'too_large', error: why })
    await client.close()
  })

  it('whose port is closed: another replica answers', async () => {
    const url = await backendOf((socket, { request_id }) => {
      socket.send(JSON.stringify({ type: 'inference_response', request_id, data: {} }))
    })
    const gone = new FakeTarget('twin-1', {}, `ws://127.0.0.1:${await freePort()}`)
    const { url: gateway } = await startGateway({
      name: 'twin',
      targets: [gone, new FakeTarget('twin-2', {}, url)],
    })
    const client = await connect(gateway)
    expect(await client.ask(ask('a', 'twin'))).toMatchObject({ type: 'inference_response' })
    await client.close()
  })
})

describe('messages that are not for a backend', () => {
  it.each([
    [{ type: 'inference_request', request_id: 'a', data: {} }, 'invalid_request', 'name one of: x'],
    [ask('a', 'y'), 'invalid_request', 'there is no backend "y"; known: x'],
    [{ type: 'cancel', request_id: 'a' }, 'invalid_request', 'no request "a" is in flight'],
    [{ type: 'reload', request_id: 'a' }, 'invalid_request', 'the port of the backend itself'],
    [{ type: 'dance', request_id: 'a' }, 'unknown_type', '"dance" is unknown'],
  ])('%j', async (message, code, sentence) => {
    const { url } = await startGateway(one('x', 'ws://127.0.0.1:1'))
    const client = await connect(url)
    expect(await client.ask(message)).toMatchObject({
      type: 'error',
      request_id: 'a',
      code,
      error: expect.stringContaining(sentence),
    })
    await client.close()
  })

  it('health_check and ping are answered by the gateway', async () => {
    const { url } = await startGateway(one('x', 'ws://127.0.0.1:1'))
    const client = await connect(url)
    const pong = { type: 'pong', status: 'healthy', backend: 'x' }
    expect(await client.ask({ type: 'health_check', backend: 'x' })).toMatchObject(pong)
    expect(await client.ask({ type: 'ping', backend: 'x' })).toMatchObject(pong)
    await client.close()
  })
})
