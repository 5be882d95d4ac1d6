import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { frameTapOf } from './frame_tap.ts'
import { Inbox } from './inbox.ts'
import type { SocketLimits } from './limits.ts'
import { closeTestPorts, openTestPort, type TestPort } from './testing/open_port.ts'
import { MIB } from '../protocol/bytes.ts'

afterEach(closeTestPorts)

/** Records the length of each message. */
const COUNTING = {
  messageBytesMax: 100 * MIB,
  sameOriginOnly: false,
  serve: (socket: WebSocket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data: Buffer) => {
      socket.send(String(data.length))
    })
  },
}

const open = (limits: Partial<SocketLimits>) =>
  openTestPort({ sweepMs: 10, ...limits }, { endpointAt: () => COUNTING })

async function connect({ port }: TestPort): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`)
  client.on('error', () => undefined)
  await once(client, 'open')
  return client
}

/** Sends a part of a message; resolves when it has left. */
const sendPart = (client: WebSocket, bytes: number, isLast = false) =>
  new Promise((resolve) => {
    client.send(Buffer.alloc(bytes), { fin: isLast }, resolve)
  })

/** Ensures that the port has read it: a ping is answered after the bytes before it. */
async function arrival(client: WebSocket): Promise<void> {
  client.ping()
  await once(client, 'pong')
}

describe('the unfinished messages of a port', () => {
  it('are read a share in each turn of the event loop, however many send', async () => {
    const sockets: WebSocket[] = []
    const serve = (socket: WebSocket) => {
      sockets.push(socket)
      COUNTING.serve(socket)
    }
    const port = await openTestPort({}, { endpointAt: () => ({ ...COUNTING, serve }) })
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(port)))
    const answered = Promise.all(clients.map((client) => once(client, 'message')))
    const taps = sockets.map((socket) => frameTapOf(socket)?.meter)
    const readBytes = () =>
      taps.reduce(
        (sum, meter) => sum + (meter?.messageBytes ?? 0) + (meter?.unfinishedBytes ?? 0),
        0,
      )
    let mostInTurn = 0
    let before = 0
    let isOver = false
    const turn = () => {
      const now = readBytes()
      mostInTurn = Math.max(mostInTurn, now - before)
      before = now
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    for (const client of clients) client.send(Buffer.alloc(24 * MIB))
    await answered
    isOver = true
    expect(readBytes()).toBe(8 * 24 * MIB)
    // Each socket may have read one chunk more.
    expect(mostInTurn).toBeLessThan(3 * MIB)
  })

  it('are bounded together: the largest is closed with 1013, and the others arrive', async () => {
    const port = await open({ receiptBytesMax: 4 * MIB })
    const [small, large, last] = [await connect(port), await connect(port), await connect(port)]
    await sendPart(small, MIB)
    await arrival(small)
    await sendPart(large, 2 * MIB)
    await arrival(large)
    const closed = once(large, 'close') as Promise<[number, Buffer]>
    await sendPart(last, 1.5 * MIB)
    const [code, reason] = await closed
    expect(code).toBe(1013)
    expect(reason.toString()).toContain('this one is the largest')
    expect(port.refused).toEqual([
      expect.stringContaining('was closed with 1013: the unfinished messages of this port exceed'),
    ])
    for (const client of [small, last]) {
      await sendPart(client, 10, true)
      const [answer] = (await once(client, 'message')) as [Buffer]
      expect(Number(answer.toString())).toBe(client === small ? MIB + 10 : 1.5 * MIB + 10)
    }
  })

  it('do not count what has ended', async () => {
    const port = await open({ receiptBytesMax: 2 * MIB })
    const client = await connect(port)
    for (let round = 0; round < 5; round++) {
      client.send(Buffer.alloc(MIB))
      await once(client, 'message')
    }
    expect(port.refused).toEqual([])
  })

  it('give their bytes back when their connection is cut', async () => {
    const port = await open({ receiptBytesMax: 3 * MIB })
    for (let round = 0; round < 5; round++) {
      const client = await connect(port)
      await sendPart(client, 2 * MIB)
      await arrival(client)
      client.terminate()
    }
    const client = await connect(port)
    client.send(Buffer.alloc(2 * MIB))
    await once(client, 'message')
    expect(port.refused.filter((line) => line.includes('1013')).length).toBeLessThan(2)
  })
})

describe('messages that have come whole and are worked on', () => {
  /** Holds each message until it is released, oldest first. */
  function holding() {
    const works: (() => void)[] = []
    const waiting: (() => void)[] = []
    const endpoint = {
      messageBytesMax: 100 * MIB,
      sameOriginOnly: false,
      serve: (socket: WebSocket) => {
        socket.on('error', () => undefined)
        new Inbox(socket, {
          read: () => ({ step: () => true }),
          take: (_result, { data, holdUntil }) => {
            if (data.length < 1000) {
              socket.send('small')
              return
            }
            holdUntil(new Promise<void>((resolve) => works.push(resolve)))
            for (const check of waiting.splice(0)) check()
          },
          now: () => performance.now(),
        })
      },
    }
    const taken = async (count: number) => {
      while (works.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    }
    return { endpoint, works, taken }
  }

  it('count: who sends more waits, is not closed, and goes on when there is room', async () => {
    const { endpoint, works, taken } = holding()
    const port = await openTestPort(
      { sweepMs: 10, receiptBytesMax: 4 * MIB },
      { endpointAt: () => endpoint },
    )
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(port)))
    for (const client of clients.slice(0, 3)) client.send(Buffer.alloc(1.5 * MIB))
    await taken(2)
    const [, , third, other] = clients as [WebSocket, WebSocket, WebSocket, WebSocket]
    // Others are served meanwhile, however long the third waits.
    for (let round = 0; round < 10; round++) {
      other.send('small')
      await once(other, 'message')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(works.length).toBe(2)
    expect(third.readyState).toBe(WebSocket.OPEN)
    works.shift()?.()
    await taken(2)
    expect(port.refused).toEqual([])
    for (const client of clients) client.terminate()
  })

  it('count until their work ends, though their client has left', async () => {
    const { endpoint, works, taken } = holding()
    const port = await openTestPort(
      { sweepMs: 10, receiptBytesMax: 2 * MIB },
      { endpointAt: () => endpoint },
    )
    const leaver = await connect(port)
    leaver.send(Buffer.alloc(1.5 * MIB))
    await taken(1)
    leaver.terminate()
    await once(leaver, 'close')
    const client = await connect(port)
    client.send(Buffer.alloc(MIB))
    const other = await connect(port)
    for (let round = 0; round < 5; round++) {
      other.send('small')
      await once(other, 'message')
    }
    expect(works.length).toBe(1)
    works.shift()?.()
    await taken(1)
    for (const one of [client, other]) one.terminate()
  })
})

describe('a message', () => {
  it('has a deadline, however politely its parts come and pings are answered', async () => {
    const port = await open({ messageMsMax: 100, pingMs: 20 })
    const client = await connect(port)
    let isOver = false
    const closed = once(client, 'close') as Promise<[number, Buffer]>
    void closed.then(() => (isOver = true))
    while (!isOver) {
      await sendPart(client, 10)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [code, reason] = await closed
    expect(code).toBe(1008)
    expect(reason.toString()).toContain('did not arrive within 0.1 s')
  })

  it('that has not begun has none', async () => {
    const port = await open({ messageMsMax: 20 })
    const client = await connect(port)
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      client.send('x')
      await once(client, 'message')
    }
    expect(port.refused).toEqual([])
  })
})
