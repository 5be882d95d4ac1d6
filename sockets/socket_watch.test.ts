import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import type { SocketLimits } from './limits.ts'
import { closeTestPorts, openTestPort, type TestPort } from './testing/open_port.ts'

const MIB = 1024 ** 2

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
      'the client at 127.0.0.1 was cut off: it left 2 pings unanswered',
    ])
  })

  it('is told from one that answers', async () => {
    const port = await openTestPort(LIMITS, { endpointAt: () => silent })
    const live = await connect(port)
    for (let pings = 0; pings < 4; pings++) await once(live, 'ping')
    expect(live.readyState).toBe(WebSocket.OPEN)
    expect(port.refused).toEqual([])
  })

  it('is told from one that sends messages and no pongs', async () => {
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
  /** Answers each message with `replyBytes`, and tells how many it took and how much was unread at most. */
  async function open(limits: Partial<SocketLimits>, replyBytes = MIB / 4) {
    const seen = { taken: 0, unreadBytesMax: 0 }
    const reply = Buffer.alloc(replyBytes)
    const port = await openTestPort(
      { sweepMs: 10, ...limits },
      {
        endpointAt: () => ({
          messageBytesMax: 1000,
          sameOriginOnly: false,
          serve: (socket) => {
            socket.on('error', () => undefined)
            socket.on('message', () => {
              seen.taken++
              if (socket.readyState === socket.OPEN) socket.send(reply)
              seen.unreadBytesMax = Math.max(seen.unreadBytesMax, socket.bufferedAmount)
            })
          },
        }),
      },
    )
    return { port, seen }
  }

  /** Long messages, so that few are in a chunk that the server reads at once. */
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
    // 5000 replies would be 1.2 GiB. Those to the requests of one chunk of 64 KiB, which are 73, may go beyond the limit; the
    // buffers of the system take some MiB.
    expect(seen.taken).toBeLessThan(250)
    expect(seen.unreadBytesMax).toBeLessThan((2 + 74 / 4) * MIB)
  })

  it('is cut off at once when far too much is unread', async () => {
    const { port } = await open(
      { unreadBytesMax: MIB, unreadBytesCut: 16 * MIB, slowReaderGraceMs: 600_000 },
      32 * MIB,
    )
    const client = await connect(port)
    client.pause()
    ask(client, 1)
    await port.said('was cut off: it left')
    client.resume()
    expect((await once(client, 'close'))[0]).toBe(1006)
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
