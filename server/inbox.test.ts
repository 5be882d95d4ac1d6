import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readClientMessage, type ParsedMessage } from '../protocol/parse_message.ts'
import { Inbox } from './inbox.ts'
import { closeTestPorts, openTestPort } from './testing/open_port.ts'
import { inTurns } from './turns.ts'

afterEach(closeTestPorts)

/** Answers each message with its request_id, or with the code of its error. */
const reading = (taken: string[]) => ({
  messageBytesMax: 200 * 1024 ** 2,
  sameOriginOnly: false,
  serve: (socket: WebSocket) => {
    socket.on('error', () => undefined)
    new Inbox<ParsedMessage>(socket, {
      read: readClientMessage,
      take: (read) => {
        const id = read.ok && 'request_id' in read.message ? String(read.message.request_id) : null
        const answer = read.ok ? (id ?? 'healthy') : read.error.code
        taken.push(answer)
        socket.send(answer)
      },
      now: () => performance.now(),
    })
  },
})

async function setUp() {
  const taken: string[] = []
  const port = await openTestPort({}, { endpointAt: () => reading(taken) })
  const connect = async () => {
    const client = new WebSocket(`ws://127.0.0.1:${port.port}/`)
    await once(client, 'open')
    return client
  }
  return { taken, connect }
}

const answerTo = async (client: WebSocket): Promise<string> => {
  const [data] = (await once(client, 'message')) as [Buffer]
  return data.toString()
}

const request = (id: string, junk: string) =>
  `{"type":"inference_request","request_id":"${id}","data":{"junk":${junk}}}`
const HEALTH_CHECK = '{"type":"health_check"}'

describe('while a message is read that takes long', () => {
  it.each([
    ['numbers', `[${'1,'.repeat(3_000_000)}1]`, 'large'],
    ['rows', `[${'[1.25,-3.5],'.repeat(300_000)}[1,2]]`, 'large'],
    ['strings', `[${'"a",'.repeat(900_000)}"a"]`, 'large'],
    ['too many keys', `[${'0,'.repeat(2_000_000)}{${'"k":1,'.repeat(100_001)}"k":1}]`, 'too_large'],
    ['what is not JSON', `[${'1,'.repeat(3_000_000)}]`, 'invalid_json'],
  ])('another client is answered first: %s', async (_, junk, answer) => {
    const { taken, connect } = await setUp()
    const [busy, other] = [await connect(), await connect()]
    busy.send(request('large', junk))
    // It has arrived when it is read: later requests are answered in between.
    let checks = 0
    const answered = answerTo(busy)
    let isAnswered = false
    void answered.then(() => (isAnswered = true))
    while (!isAnswered) {
      other.send(HEALTH_CHECK)
      await answerTo(other)
      checks++
    }
    expect(await answered).toBe(answer)
    expect(checks).toBeGreaterThan(3)
    expect(taken.indexOf('healthy')).toBeLessThan(taken.indexOf(answer))
    for (const client of [busy, other]) client.terminate()
  })

  it('the messages of one client keep their order', async () => {
    const { taken, connect } = await setUp()
    const client = await connect()
    const ids = Array.from({ length: 40 }, (_, index) => `r${index}`)
    for (const [index, id] of ids.entries()) {
      client.send(request(id, index % 5 === 0 ? `[${'1,'.repeat(100_000)}1]` : '[]'))
    }
    while (taken.length < ids.length) await once(client, 'message')
    expect(taken).toEqual(ids)
    client.terminate()
  })

  it('its client may leave', async () => {
    const { taken, connect } = await setUp()
    const [busy, other] = [await connect(), await connect()]
    busy.send(request('large', `[${'1,'.repeat(3_000_000)}1]`))
    other.send(HEALTH_CHECK)
    await answerTo(other)
    busy.terminate()
    other.send(request('small', '[]'))
    expect(await answerTo(other)).toBe('small')
    expect(taken).not.toContain('large')
    other.terminate()
  })
})

describe('a message of several megabytes', () => {
  /** Records the length, the kind and a part of each message. */
  const describing = {
    messageBytesMax: 20 * 1024 ** 2,
    sameOriginOnly: false,
    serve: (socket: WebSocket) => {
      socket.on('error', () => undefined)
      new Inbox<string>(socket, {
        read: (data, isBinary) => ({
          step: () => `${isBinary ? 'binary' : 'text'} ${data.length} ${sha(data)}`,
        }),
        take: (text) => {
          socket.send(text)
        },
        now: () => performance.now(),
      })
    },
  }
  const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
  const bytesOf = (length: number) => Buffer.from(new Uint8Array(length).map((_, at) => at % 251))

  it.each([
    ['one frame', 5_000_000, 5_000_000],
    ['frames of any size', 5_000_000, 1_234_567],
    ['many small frames', 400_000, 100],
    ['a short one', 5, 2],
    ['an empty one', 0, 1],
  ])('arrives as it was sent, text and binary: %s', async (_title, length, part) => {
    const port = await openTestPort({}, { endpointAt: () => describing })
    const client = new WebSocket(`ws://127.0.0.1:${port.port}/`)
    await once(client, 'open')
    const data = bytesOf(length)
    for (const binary of [false, true, true, false]) {
      for (let at = 0; at === 0 || at < length; at += part) {
        client.send(data.subarray(at, at + part), { binary, fin: at + part >= length })
        if (at === 0) client.ping()
      }
      expect(await answerTo(client)).toBe(`${binary ? 'binary' : 'text'} ${length} ${sha(data)}`)
    }
    client.terminate()
  })

  it('reaches a client, too', async () => {
    const data = bytesOf(3_000_000)
    const port = await openTestPort(
      {},
      {
        endpointAt: () => ({
          ...describing,
          serve: (socket: WebSocket) => {
            socket.send(data, { binary: false })
            socket.send('short')
            socket.send(data)
          },
        }),
      },
    )
    const client = new WebSocket(`ws://127.0.0.1:${port.port}/`)
    const taken: string[] = []
    const all = new Promise<void>((resolve) => {
      new Inbox<string>(client, {
        read: (bytes, isBinary) => ({ step: () => `${isBinary} ${sha(bytes)}` }),
        take: (text) => {
          taken.push(text)
          if (taken.length === 3) resolve()
        },
        now: () => performance.now(),
      })
    })
    await all
    expect(taken).toEqual([
      `false ${sha(data)}`,
      `false ${sha(Buffer.from('short'))}`,
      `true ${sha(data)}`,
    ])
    client.terminate()
  })
})

it('work in turns goes on in turns', async () => {
  const order: string[] = []
  const work = (name: string, steps: number) => {
    let done = 0
    return new Promise<void>((resolve) => {
      inTurns(() => {
        order.push(name)
        done++
        if (done === steps) resolve()
        return done === steps
      })
    })
  }
  await Promise.all([work('a', 3), work('b', 2)])
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a'])
})
