/** How one request is routed, retried, refused and answered, over scripted sockets. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { joinBinary } from '../protocol/binary.ts'
import { readPauseOf } from '../server/read_pause.ts'
import { fakeGateway, FakeTarget, request, type FakeSocket } from './testing/fakes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(...targets: FakeTarget[]) {
  const backends = [{ name: 'emotion', targets }]
  const fake = fakeGateway(() => backends)
  const client = fake.addClient('emotion')
  return {
    ...fake,
    backends,
    client,
    ask: (id: string, data: object = {}) => {
      client.receive(request(id, data))
    },
    /** The most recently opened socket to a target. */
    to: (target: FakeTarget) => {
      const socket = fake.upstreams.findLast(({ url }) => url === target.url)
      if (socket === undefined) throw new Error(`no socket to ${target.id}`)
      return socket
    },
  }
}

const idsOf = (socket: FakeSocket) => socket.messages().map(({ request_id: id }) => id)
const error = (id: string) => ({ type: 'error', request_id: id, error: 'no', code: 'internal' })
const answer = (id: string) => ({ type: 'inference_response', request_id: id, data: {} })

describe('a target that was removed or disabled', () => {
  it.each(['removed', 'disabled'])('loses its idle connection: %s', (how) => {
    const target = new FakeTarget('emotion')
    const { ask, to, client, backends, gateway } = setUp(target)
    ask('a')
    to(target).open()
    if (how === 'removed') backends.splice(0)
    else target.state = 'disabled'
    gateway.noteTargetsChanged()
    expect(to(target).readyState).toBe(1)
    to(target).receive(answer('a'))
    expect(client.messages()).toEqual([answer('a')])
    expect(to(target).readyState).toBe(3)
    expect(client.readyState).toBe(1)
  })

  it('keeps the connections to the others', () => {
    const [first, second] = [new FakeTarget('emotion-1'), new FakeTarget('emotion-2')]
    const { ask, to, backends, gateway } = setUp(first, second)
    ask('a')
    ask('b')
    for (const [one, id] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      to(one).open()
      to(one).receive(answer(id))
    }
    backends.splice(0, 1, { name: 'emotion', targets: [first] })
    gateway.noteTargetsChanged()
    expect([first, second].map((one) => to(one).readyState)).toEqual([1, 3])
  })
})

describe('what was never sent', () => {
  it('goes to another replica that serves, immediately', () => {
    const [first, second] = [new FakeTarget('emotion-1'), new FakeTarget('emotion-2')]
    const { ask, to, client } = setUp(first, second)
    ask('a')
    to(first).fail('connect ECONNREFUSED')
    to(second).open()
    expect(idsOf(to(second))).toEqual(['a'])
    to(second).receive(answer('a'))
    expect(client.messages()).toEqual([answer('a')])
  })

  it('waits for the only target to serve again, and is sent then', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client, upstreams } = setUp(target)
    ask('a')
    target.state = 'backoff'
    to(target).fail('connect ECONNREFUSED')
    vi.advanceTimersByTime(10_000)
    expect(upstreams).toHaveLength(1)
    target.state = 'ready'
    vi.advanceTimersByTime(100)
    to(target).open()
    expect(idsOf(to(target))).toEqual(['a'])
    expect(client.sent).toEqual([])
  })

  it('is answered not_ready when the second try does not open either', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client, upstreams } = setUp(target)
    ask('a')
    to(target).fail('connect ECONNREFUSED')
    vi.advanceTimersByTime(100)
    to(target).fail('connect ECONNREFUSED')
    expect(upstreams).toHaveLength(2)
    expect(client.messages()).toMatchObject([{ code: 'not_ready', request_id: 'a' }])
    expect(client.messages()[0]?.error).toMatch(/was not sent/)
  })

  it('is answered not_ready when a person has switched the backend off meanwhile', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client } = setUp(target)
    ask('a')
    target.state = 'disabled'
    to(target).fail('connect ECONNREFUSED')
    vi.advanceTimersByTime(100)
    expect(client.messages()).toMatchObject([{ code: 'not_ready', request_id: 'a' }])
  })

  it('is answered timeout, with the note that it was not sent, when the backend does not come back', () => {
    const target = new FakeTarget('emotion', { request_timeout: 5 })
    const { ask, to, client } = setUp(target)
    ask('a')
    target.state = 'backoff'
    to(target).fail('connect ECONNREFUSED')
    vi.advanceTimersByTime(4999)
    expect(client.sent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(client.messages()).toMatchObject([{ code: 'timeout', request_id: 'a' }])
    expect(client.messages()[0]?.error).toMatch(/was not sent/)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is taken back by cancel without the backend ever hearing of it', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client } = setUp(target)
    ask('a')
    client.receive({ type: 'cancel', request_id: 'a' })
    to(target).open()
    expect(to(target).sent).toEqual([])
    expect(client.messages()).toMatchObject([{ code: 'cancelled', request_id: 'a' }])
  })
})

describe('what was handed over', () => {
  it('is never sent again: backend_lost, although another replica serves', () => {
    const [first, second] = [new FakeTarget('emotion-1'), new FakeTarget('emotion-2')]
    const { ask, to, client, upstreams } = setUp(first, second)
    ask('a')
    to(first).open()
    to(first).fail(null)
    expect(upstreams).toHaveLength(1)
    expect(client.messages()).toMatchObject([{ code: 'backend_lost', request_id: 'a' }])
  })

  it('is too_large when the backend closed with 1009, and the smaller one beside it is lost', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client } = setUp(target)
    ask('small')
    ask('large', { text: 'x'.repeat(1000) })
    to(target).open()
    to(target).fail(null, 1009)
    expect(client.messages()).toMatchObject([
      { request_id: 'small', code: 'backend_lost' },
      { request_id: 'large', code: 'too_large' },
    ])
  })

  it('keeps its id until the backend has answered or the connection is over', () => {
    const target = new FakeTarget('emotion', { request_timeout: 1 })
    const { ask, to, client } = setUp(target)
    ask('a')
    to(target).open()
    vi.advanceTimersByTime(1000)
    ask('a')
    expect(client.messages()).toMatchObject([{ code: 'timeout' }, { code: 'invalid_request' }])
    to(target).receive(answer('a'))
    ask('a')
    expect(idsOf(to(target))).toEqual(['a', 'a'])
    expect(client.sent).toHaveLength(2)
  })

  it('is cancelled by a native backend itself, and for one of the platform by the gateway', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client } = setUp(target)
    ask('a')
    to(target).open()
    client.receive({ type: 'cancel', request_id: 'a' })
    expect(to(target).messages()[1]).toEqual({ type: 'cancel', request_id: 'a' })
    expect(client.sent).toEqual([])
    target.config = { ...target.config, dialect: 'platform' }
    client.receive({ type: 'cancel', request_id: 'a' })
    expect(to(target).sent).toHaveLength(2)
    expect(client.messages()).toMatchObject([{ code: 'cancelled', request_id: 'a' }])
  })
})

describe('an error without a request_id', () => {
  it('answers the only request in flight on that connection', () => {
    const target = new FakeTarget('emotion', { dialect: 'platform' })
    const { ask, to, client } = setUp(target)
    ask('a')
    to(target).open()
    to(target).receive({ type: 'error', error: 'Invalid JSON' })
    expect(client.messages()).toEqual([
      { type: 'error', request_id: 'a', error: 'Invalid JSON', code: 'internal' },
    ])
  })

  it('answers none of several, and is logged', () => {
    const target = new FakeTarget('emotion', { dialect: 'platform' })
    const { ask, to, client, lines } = setUp(target)
    ask('a')
    ask('b')
    to(target).open()
    to(target).receive({ type: 'error', error: 'Invalid JSON' })
    expect(client.sent).toEqual([])
    expect(lines.at(-1)?.message).toContain('Invalid JSON')
  })

  it('is nobody’s when one of the two was answered with a timeout and may be meant', () => {
    const target = new FakeTarget('emotion', { request_timeout: 2 })
    const { ask, to, client } = setUp(target)
    ask('old')
    to(target).open()
    vi.advanceTimersByTime(2000)
    ask('new')
    to(target).receive({ type: 'error', error: 'which?' })
    expect(idsOf(client)).toEqual(['old'])
  })
})

describe('request_timeout', () => {
  it('is read when the request arrives: a change counts from the next one on', () => {
    const target = new FakeTarget('emotion', { request_timeout: 30 })
    const { ask, to, client } = setUp(target)
    target.config = { ...target.config, request_timeout: 1 }
    ask('a')
    to(target).open()
    vi.advanceTimersByTime(999)
    expect(client.sent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(client.messages()).toMatchObject([{ code: 'timeout', request_id: 'a' }])
    expect(client.messages()[0]?.error).toContain('within 1 s (request_timeout)')
  })
})

describe('refused at the gateway', () => {
  it('a backend that is off answers with its state', () => {
    const target = new FakeTarget('emotion')
    target.state = 'failed'
    target.detail = 'exit code 3'
    const { ask, client, upstreams } = setUp(target)
    ask('a')
    expect(client.messages()).toMatchObject([{ code: 'not_ready', request_id: 'a' }])
    expect(client.messages()[0]?.error).toContain('emotion is failed (exit code 3)')
    expect(upstreams).toEqual([])
  })

  it('a message that is too large for the backend does not cost the connection', () => {
    const target = new FakeTarget('emotion', { max_message_bytes: 1024 })
    const { ask, client, upstreams } = setUp(target)
    ask('a', { text: 'x'.repeat(1024) })
    expect(client.messages()).toMatchObject([{ code: 'too_large', request_id: 'a' }])
    expect(upstreams).toEqual([])
  })

  it('text that is not UTF-8 does not reach the backend', () => {
    const { client, upstreams } = setUp(new FakeTarget('emotion'))
    client.receive(Buffer.from([0x7b, 0xff, 0x7d]))
    expect(client.messages()).toMatchObject([{ code: 'invalid_json' }])
    expect(upstreams).toEqual([])
  })

  it.each([
    ['another backend than that of the path', { backend: 'eeg' }, 'invalid_request'],
    ['a request_id in flight', {}, 'invalid_request'],
  ])('%s', (_, extra, code) => {
    const { ask, client } = setUp(new FakeTarget('emotion'))
    ask('a')
    client.receive(request('a', {}, extra))
    expect(client.messages()).toMatchObject([{ code, request_id: 'a' }])
  })
})

describe('several targets', () => {
  it('take turns by what they have in hand, over all clients', () => {
    const [first, second] = [new FakeTarget('emotion-1'), new FakeTarget('emotion-2')]
    const { ask, to, addClient } = setUp(first, second)
    ask('a')
    to(first).open()
    const other = addClient('emotion')
    other.receive(request('b'))
    to(second).open()
    expect(idsOf(to(second))).toEqual(['b'])
  })

  it('count what timed out and was never answered: a stuck replica gets no more', () => {
    const [first, second] = [
      new FakeTarget('emotion-1', { request_timeout: 1 }),
      new FakeTarget('emotion-2', { request_timeout: 1 }),
    ]
    const { ask, to } = setUp(first, second)
    ask('a')
    to(first).open()
    vi.advanceTimersByTime(1000)
    ask('b')
    to(second).open()
    expect(idsOf(to(second))).toEqual(['b'])
  })
})

describe('a client that does not read, or whose backend does not', () => {
  const MANY_BYTES = 65 * 1024 ** 2

  it('is not read from until what waits for the backend is written', () => {
    const target = new FakeTarget('emotion')
    const { to, client } = setUp(target)
    const header = JSON.stringify(request('a', { image: { $attachment: 0, length: MANY_BYTES } }))
    client.receive(Buffer.from(joinBinary(header, [new Uint8Array(MANY_BYTES)])), true)
    expect(client.isPaused).toBe(true)
    to(target).isDraining = false
    to(target).open()
    expect(client.isPaused).toBe(true)
    to(target).drain()
    expect(client.isPaused).toBe(false)
  })

  it('stays paused when the port has its own reason to pause it, and drops that one', () => {
    const target = new FakeTarget('emotion')
    const { to, client } = setUp(target)
    const header = JSON.stringify(request('a', { image: { $attachment: 0, length: MANY_BYTES } }))
    client.receive(Buffer.from(joinBinary(header, [new Uint8Array(MANY_BYTES)])), true)
    to(target).isDraining = false
    to(target).open()
    const port = readPauseOf(client as unknown as WebSocket)
    port.set('unread', true)
    port.set('unread', false)
    expect(client.isPaused).toBe(true)
    to(target).drain()
    expect(client.isPaused).toBe(false)
  })

  it('is slow already when a connection to a backend is made: its answers wait, too', () => {
    const [first, second] = [new FakeTarget('emotion-1'), new FakeTarget('emotion-2')]
    const { ask, to, client } = setUp(first, second)
    ask('a')
    to(first).open()
    client.isDraining = false
    client.bufferedAmount = MANY_BYTES
    to(first).receive(error('a'))
    ask('b')
    ask('c')
    to(second).open()
    expect(to(second).isPaused).toBe(true)
  })

  it('lets the answers wait in the sockets of its backends', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client } = setUp(target)
    ask('a')
    to(target).open()
    client.isDraining = false
    client.bufferedAmount = MANY_BYTES
    to(target).receive(answer('a'))
    expect([client.isPaused, to(target).isPaused]).toEqual([true, true])
    client.drain()
    expect([client.isPaused, to(target).isPaused]).toEqual([false, false])
  })
})

describe('bounds', () => {
  it('one client has 10,000 requests in flight; one more is answered queue_full', () => {
    const { ask, client } = setUp(new FakeTarget('emotion'))
    for (let index = 0; index < 10_000; index++) ask(`r${index}`)
    expect(client.sent).toEqual([])
    ask('more')
    expect(client.messages()).toMatchObject([{ code: 'queue_full', request_id: 'more' }])
  })

  it('of 1,001 requests that a backend never answered the oldest is forgotten: its id is free again', () => {
    const target = new FakeTarget('emotion', { request_timeout: 1 })
    const { ask, to, client } = setUp(target)
    for (let index = 0; index < 1001; index++) ask(`r${index}`)
    to(target).open()
    vi.advanceTimersByTime(1000)
    client.sent.length = 0
    ask('r1')
    ask('r0')
    expect(client.messages()).toMatchObject([{ code: 'invalid_request', request_id: 'r1' }])
    expect(idsOf(to(target)).at(-1)).toBe('r0')
  })

  it('2,048 programs are connected; one more is closed and served nothing', () => {
    const { gateway, addClient } = setUp(new FakeTarget('emotion'))
    while (gateway.clients < 2048) addClient('emotion')
    const more = addClient('emotion')
    expect(more.readyState).toBe(3)
    expect(gateway.clients).toBe(2048)
  })
})

describe('a crash', () => {
  it('names what was in flight, even when its client got an error or has disconnected', async () => {
    const target = new FakeTarget('emotion', { request_timeout: 1 })
    const { ask, to, client, gateway, addClient } = setUp(target)
    ask('timed-out', { image: 'poison' })
    to(target).open()
    const other = addClient('emotion')
    other.receive(request('left', { image: 'other' }))
    to(target).open()
    vi.advanceTimersByTime(1000)
    other.terminate()
    expect(client.messages()).toMatchObject([{ code: 'timeout' }])
    const card = gateway.inFlightOf('emotion')
    expect(card.map(({ requestId }) => requestId)).toEqual(['timed-out', 'left'])
    expect(card[0]?.hash).toMatch(/^[0-9a-f]{64}$/)
    gateway.noteCrash('emotion', 'emotion')
    expect(gateway.inFlightOf('emotion')).toEqual([])
    await gateway.close()
  })

  it('twice with the same input: that input is refused and others are not', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, client, gateway } = setUp(target)
    for (const id of ['first', 'second']) {
      ask(id, { image: 'poison', timestamp: id.length })
      ask(`${id} innocent`, { image: id })
      to(target).open()
      // The socket closes before the exit is noticed.
      to(target).fail(null)
      gateway.noteCrash('emotion', 'emotion')
    }
    client.sent.length = 0
    ask('third', { image: 'poison', timestamp: 3 })
    expect(client.messages()).toMatchObject([{ code: 'quarantined', request_id: 'third' }])
    ask('fourth', { image: 'first' })
    to(target).open()
    expect(idsOf(to(target))).toEqual(['fourth'])
    const [entry] = gateway.quarantine.list()
    expect(gateway.quarantine.clear('emotion', entry?.hash)).toBe(1)
    ask('fifth', { image: 'poison' })
    expect(idsOf(to(target))).toEqual(['fourth', 'fifth'])
  })

  it('of the process after is not that of what the one before had in hand', () => {
    const target = new FakeTarget('emotion')
    const { ask, to, gateway } = setUp(target)
    ask('a')
    to(target).open()
    to(target).fail(null)
    gateway.noteStarted('emotion')
    expect(gateway.noteCrash('emotion', 'emotion')).toEqual([])
  })
})
