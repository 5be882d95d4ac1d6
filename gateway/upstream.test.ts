import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { FakeSocket } from './testing/fakes.ts'
import { Upstream, type Carried } from './upstream.ts'
import { MIB } from '../protocol/bytes.ts'

function connected(url: string) {
  const socket = new FakeSocket(url, { isOpen: true })
  const wanted = { isWanted: true }
  const upstream = new Upstream({
    url,
    token: null,
    messageBytesMax: 100 * MIB,
    openSocket: () => socket as unknown as WebSocket,
    guard: (act) => {
      act()
    },
    isWanted: () => wanted.isWanted,
    onStray: () => undefined,
    onClose: () => undefined,
  })
  const events: string[] = []
  const carried = (id: string, bytes: number): Carried => {
    const note = (what: string) => () => {
      events.push(`${id} ${what}`)
    }
    return {
      id,
      bytes,
      takeFrame: () => ({ data: Buffer.alloc(bytes, id), isBinary: false }),
      onSent: note('sent'),
      onFlushed: note('flushed'),
      onAnswer: note('answered'),
      onUnsent: note('unsent'),
      onLost: note('lost'),
    }
  }
  return { socket, upstream, events, carried, wanted }
}

const REMOTE = 'ws://10.0.0.7:8768'
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a long request to another machine, whose bytes are masked', () => {
  it('goes out in parts, and what follows waits behind it', async () => {
    const { socket, upstream, events, carried } = connected(REMOTE)
    upstream.send(carried('a', 3 * MIB + 1))
    upstream.send(carried('b', 10))
    upstream.note({ data: Buffer.from('cancel'), isBinary: false })
    expect(socket.sent).toEqual([])
    while (socket.sent.length < 6) await turn()
    expect(socket.sent.map(({ data, fin }) => [data.length, fin])).toEqual([
      [MIB, false],
      [MIB, false],
      [MIB, false],
      [1, true],
      [10, true],
      [6, true],
    ])
    await turn()
    expect(events).toEqual(['a sent', 'b sent', 'a flushed', 'b flushed'])
  })

  it('is lost with the connection, and its bytes are let go', async () => {
    const { socket, upstream, events, carried } = connected(REMOTE)
    const send = socket.send.bind(socket)
    socket.send = (...frame) => {
      send(...frame)
      if (socket.sent.length === 2) socket.fail('reset')
    }
    upstream.send(carried('a', 3 * MIB))
    while (events.length < 3) await turn()
    expect(events).toEqual(['a sent', 'a flushed', 'a lost'])
    expect(socket.sent.length).toBe(2)
  })
})

it('a connection to a target that was removed ends once nothing is in flight there', () => {
  const { socket, upstream, events, carried, wanted } = connected('ws://127.0.0.1:8768')
  upstream.closeUnlessWanted()
  expect(upstream.isClosed).toBe(false)
  const request = carried('a', 10)
  upstream.send(request)
  wanted.isWanted = false
  upstream.closeUnlessWanted()
  expect(upstream.isClosed).toBe(false)
  socket.receive({ type: 'inference_response', request_id: 'a', data: {} })
  expect(events).toContain('a answered')
  upstream.drop(request)
  expect(upstream.isClosed).toBe(true)
  expect(events).not.toContain('a lost')
})

it.each([
  ['a short request to another machine', REMOTE, MIB],
  ['a long request to this machine', 'ws://127.0.0.1:8768', 3 * MIB],
])('%s goes out whole, and immediately', (_title, url, bytes) => {
  const { socket, upstream, carried } = connected(url)
  upstream.send(carried('a', bytes))
  expect(socket.sent.map(({ data, fin }) => [data.length, fin])).toEqual([[bytes, true]])
})
