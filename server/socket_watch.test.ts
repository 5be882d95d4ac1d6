import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { Inbox } from './inbox.ts'
import type { SocketLimits } from './limits.ts'
import { closeTestPorts, openTestPort, type TestPort } from './testing/open_port.ts'
import { MIB } from '../protocol/bytes.ts'

afterEach(closeTestPorts)

async function connect({ port }: TestPort, options: ClientOptions = {}): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, options)
  client.on('error', () => undefined)
  await once(client, 'open')
  return client
}

describe('a peer that is dead', () => {
  const LIMITS = { pingMs: 100, sweepMs: 10 }

  it('is cut off after two unanswered pings', async () => {
    const port = await openTestPort(LIMITS, { endpointAt: () => silent })
    const dead = await connect(port, { autoPong: false })
    const [code] = (await once(dead, 'close')) as [number]
    expect(code).toBe(1006)
    expect(port.refused).toEqual([
      'the client at 127.0.0.1 was disconnected: it left 2 pings unanswered',
    ])
  })

  it('is distinguished from one that answers', async () => {
    const port = await openTestPort(LIMITS, { endpointAt: () => silent })
    const live = await connect(port)
    for (let pings = 0; pings < 4; pings++) await once(live, 'ping')
    expect(live.readyState).toBe(WebSocket.OPEN)
    expect(port.refused).toEqual([])
  })

  it('is distinguished from one that sends messages and no pongs', async () => {
    const port = await openTestPort(LIMITS, { endpointAt: () => silent })
    const live = await connect(port, { autoPong: false })
    for (let pings = 0; pings < 4; pings++) {
      await once(live, 'ping')
      live.send('here')
    }
    expect(live.readyState).toBe(WebSocket.OPEN)
  })
})

const silent = { messageBytesMax: 1000, sameOriginOnly: false, serve: () => undefined }

describe('a client that does not read', () => {
  /** Answers each message with `replyBytes`; records the count and the most unread bytes. */
  async function open(limits: Partial<SocketLimits>, replyBytes = MIB / 4, messageBytesMax = 1000) {
    const seen = { taken: 0, unreadBytesMax: 0 }
    const reply = Buffer.alloc(replyBytes)
    const port = await openTestPort(
      { sweepMs: 10, ...limits },
      {
        endpointAt: () => ({
          messageBytesMax,
          sameOriginOnly: false,
          serve: (socket) => {
            socket.on('error', () => undefined)
            new Inbox(socket, {
              read: () => ({ step: () => true }),
              take: () => {
                seen.taken++
                if (socket.readyState === socket.OPEN) socket.send(reply)
                seen.unreadBytesMax = Math.max(seen.unreadBytesMax, socket.bufferedAmount)
              },
              now: () => performance.now(),
            })
          },
        }),
      },
    )
    return { port, seen }
  }

  /** Long messages, so that a chunk contains few. */
  const ask = (client: WebSocket, count: number) => {
    for (let index = 0; index < count; index++) client.send(Buffer.alloc(900))
  }

  it('is no longer listened to, keeps memory in bounds and is closed with 1013', async () => {
    const { port, seen } = await open({ unreadBytesMax: 2 * MIB, slowReaderGraceMs: 50 })
    const client = await connect(port)
    client.pause()
    ask(client, 5000)
    await port.said('closed with 1013')
    client.resume()
    const [code, reason] = (await once(client, 'close')) as [number, Buffer]
    expect(code).toBe(1013)
    expect(reason.toString()).toContain('not read')
    // 5000 replies would be 1.2 GiB. One may exceed the limit; the system buffers some MiB.
    expect(seen.taken).toBeLessThan(100)
    expect(seen.unreadBytesMax).toBeLessThanOrEqual((2 + 1 / 4) * MIB + 100)
  })

  it('is disconnected immediately when far too much is unread', async () => {
    const { port } = await open(
      { unreadBytesMax: 40 * MIB, unreadBytesCut: 16 * MIB, slowReaderGraceMs: 600_000 },
      32 * MIB,
    )
    const client = await connect(port)
    client.pause()
    ask(client, 2)
    await port.said('was disconnected: it left')
    client.resume()
    expect((await once(client, 'close'))[0]).toBe(1006)
  })

  it('gets a reply that is far larger than what may wait, and those behind it, while it reads', async () => {
    const { port } = await open(
      { unreadBytesMax: MIB, unreadBytesCut: MIB, slowReaderGraceMs: 600_000, sweepMs: 1 },
      48 * MIB,
      48 * MIB,
    )
    const client = await connect(port)
    ask(client, 2)
    for (let answers = 0; answers < 2; answers++) {
      const [data] = (await once(client, 'message')) as [Buffer]
      expect(data).toHaveLength(48 * MIB)
    }
    expect(port.refused).toEqual([])
  })

  it('leaves less unread the more there are of its kind, and others are answered', async () => {
    const PEERS = 20
    const { port, seen } = await open(
      { unreadBytesTotal: MIB, unreadBytesMin: MIB / 16, slowReaderGraceMs: 600_000 },
      MIB / 8,
    )
    const peers = await Promise.all(Array.from({ length: PEERS }, () => connect(port)))
    for (const peer of peers) {
      peer.pause()
      ask(peer, 400)
    }
    const other = await connect(port)
    for (let asked = 0; asked < 100; asked++) {
      ask(other, 1)
      await once(other, 'message')
    }
    const taken = seen.taken - 100
    // 8,000 replies would be 1000 MiB. The system buffers some MiB of each peer.
    expect(taken).toBeLessThan(PEERS * 70)
    expect(seen.unreadBytesMax).toBeLessThan(2 * MIB)
    for (const peer of peers) peer.terminate()
  })

  it('is listened to again when it has caught up', async () => {
    const { port, seen } = await open({ unreadBytesMax: MIB, slowReaderGraceMs: 600_000 })
    const client = await connect(port)
    client.pause()
    ask(client, 500)
    let answers = 0
    client.on('message', () => answers++)
    client.resume()
    while (answers < 500) await once(client, 'message')
    expect(seen.taken).toBe(500)
    expect(port.refused).toEqual([])
    client.close()
  })

  it('is closed with 1013 too where nobody asked: what is pushed counts', async () => {
    const port = await openTestPort(
      { sweepMs: 10, unreadBytesMax: MIB, slowReaderGraceMs: 20 },
      {
        endpointAt: () => ({
          messageBytesMax: 1000,
          sameOriginOnly: false,
          serve: (socket) => {
            socket.send(Buffer.alloc(32 * MIB))
          },
        }),
      },
    )
    const client = new WebSocket(`ws://127.0.0.1:${port.port}/`)
    await once(client, 'upgrade')
    client.pause()
    await port.said('closed with 1013')
    client.terminate()
  })
})
