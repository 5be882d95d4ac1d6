import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { asText, message, type Message } from '../protocol/messages.ts'
import type { BackendState, Snapshot } from '../protocol/control.ts'
import { FakeSocket } from './testing/fake_socket.ts'
import { aBackend, aPlane } from '../testing/views.ts'
import { createControlClient, type ConnectionStatus, type ControlClient } from './control_client.ts'

let sockets: FakeSocket[] = []
let isRefused = false

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  sockets = []
  isRefused = false
})
afterEach(() => void vi.useRealTimers())

function connect() {
  const statuses: ConnectionStatus[] = []
  const client = createControlClient({
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    reconnects: true,
    isRefused: () => Promise.resolve(isRefused),
  })
  client.onStatus((status) => statuses.push(status))
  client.open().catch(() => undefined)
  return { client, statuses }
}
const latest = () => {
  const socket = sockets.at(-1)
  if (!socket) throw new Error('nothing was connected')
  return socket
}
const settle = () => vi.advanceTimersByTimeAsync(0)

test('a call is answered with the parsed result of its id', async () => {
  const { client } = connect()
  latest().accept()
  const history = client.call('backends.history', { name: 'emotion' })
  const { id, method } = latest().lastSent
  expect(method).toBe('backends.history')
  latest().receive({ id, result: { samples: [] } })
  await expect(history).resolves.toEqual({ samples: [] })
})

test('an error reply rejects with its code and sentence', async () => {
  const { client } = connect()
  latest().accept()
  const start = client.call('backends.start', { name: 'nobody' })
  const said = message('call.no_port', { name: 'nobody' })
  const error = { code: 'unknown', ...asText({ message: said }) }
  latest().receive({ id: latest().lastSent.id, error })
  await expect(start).rejects.toMatchObject({ code: 'unknown', message: said.message, said })
})

test('a call that nobody answers ends after its time', async () => {
  const { client } = connect()
  latest().accept()
  const start = client.call('backends.start', { name: 'emotion' })
  const outcome = expect(start).rejects.toMatchObject({ code: 'timeout' })
  await vi.advanceTimersByTimeAsync(30_000)
  await outcome
})

test('events are parsed; one that does not fit is reported and left out', () => {
  const { client } = connect()
  const events: string[] = []
  const misfits: Message[] = []
  client.onEvent((event) => events.push(event.event))
  client.onMisfit((reason) => misfits.push(reason))
  latest().accept()
  latest().receive({
    event: 'snapshot',
    data: { gpus: null, plane: aPlane(), backends: [aBackend()] },
  })
  latest().receive({ event: 'snapshot', data: { plane: null } })
  latest().receive('no json')
  expect(events).toEqual(['snapshot'])
  expect(misfits.map(({ code }) => code)).toEqual(['link.misfit', 'link.not_json'])
})

test('a lost connection fails its calls and is tried again after 1, 2, 4, 8, 10 and 10 s', async () => {
  const { client, statuses } = connect()
  latest().accept()
  const call = client.call('backends.start_all', {})
  const outcome = expect(call).rejects.toMatchObject({ code: 'disconnected' })
  latest().end(1006)
  await outcome
  for (const [index, delayS] of [1, 2, 4, 8, 10, 10].entries()) {
    await settle()
    expect(statuses.at(-1)).toMatchObject({
      phase: 'lost',
      sinceMs: 1_000_000,
      attempt: index + 1,
      retryAtMs: Date.now() + delayS * 1000,
    })
    await vi.advanceTimersByTimeAsync(delayS * 1000)
    expect(statuses.at(-1)).toMatchObject({ phase: 'lost', retryAtMs: null })
    latest().end(1006)
  }
  expect(sockets).toHaveLength(7)
})

test('an address that no socket can be opened to is an error like any other', async () => {
  const openSocket = () => {
    throw new SyntaxError('Invalid URL: ws://a b/')
  }
  const client = createControlClient({ openSocket, reconnects: false })
  const statuses: ConnectionStatus[] = []
  client.onStatus((status) => statuses.push(status))
  await expect(client.open()).rejects.toMatchObject({
    code: 'disconnected',
    message: 'Invalid URL: ws://a b/',
  })
  expect(statuses.at(-1)).toMatchObject({ phase: 'lost', attempt: 1, retryAtMs: null })
  client.dispose()
})

test('after a new connection the attempt count restarts', async () => {
  const { statuses } = connect()
  latest().accept()
  latest().end(1006)
  await vi.advanceTimersByTimeAsync(1000)
  latest().accept()
  expect(statuses.at(-1)).toEqual({ phase: 'open' })
  latest().end(1006)
  await settle()
  expect(statuses.at(-1)).toMatchObject({ attempt: 1 })
})

test('"Try now" does not wait for the countdown', async () => {
  const { client } = connect()
  latest().end(1006)
  await settle()
  client.retryNow()
  expect(sockets).toHaveLength(2)
})

test('a control plane that does not let the page in is not tried again', async () => {
  isRefused = true
  const { statuses } = connect()
  latest().end(1006)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(statuses).toEqual([{ phase: 'refused' }])
  expect(sockets).toHaveLength(1)
})

test('a disposed client stays silent', async () => {
  const { client, statuses } = connect()
  latest().accept()
  client.dispose()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(statuses).toEqual([{ phase: 'open' }])
  expect(sockets).toHaveLength(1)
})

test('a page that was refused connects again when it is asked to: another tab signed in', async () => {
  const { client, statuses } = connect()
  isRefused = true
  latest().end(1006)
  await settle()
  expect(statuses.at(-1)).toEqual({ phase: 'refused' })
  client.retryNow()
  latest().accept()
  expect(statuses.at(-1)).toEqual({ phase: 'open' })
})

describe('without reconnecting', () => {
  function connectOnce() {
    const socket = new FakeSocket()
    const client = createControlClient({ openSocket: () => socket, reconnects: false })
    return { client, socket, opening: client.open() }
  }
  const snapshotOf = (state: BackendState) => ({
    gpus: null,
    plane: aPlane(),
    backends: [aBackend({ state })],
  })
  const push = (socket: FakeSocket, state: BackendState) =>
    socket.receive({ event: 'snapshot', data: snapshotOf(state) })
  const isReady = ({ backends }: Snapshot) => backends[0]?.state === 'ready'

  test('opening resolves with the connection, and its loss is final', async () => {
    const { client, socket, opening } = connectOnce()
    socket.accept()
    await opening
    const statuses: ConnectionStatus[] = []
    client.onStatus((status) => statuses.push(status))
    socket.end(1006)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(statuses).toEqual([{ phase: 'lost', sinceMs: 1_000_000, attempt: 1, retryAtMs: null }])
    client.retryNow()
    await expect(client.refresh()).rejects.toMatchObject({ code: 'disconnected' })
  })

  test.each([
    [401, 'unauthorized'],
    [403, 'disconnected'],
    [undefined, 'disconnected'],
  ])('opening rejects; the HTTP status %s gives the reason: %s', async (status, code) => {
    const { socket, opening } = connectOnce()
    socket.rejectedStatus = status
    socket.end(1006)
    await expect(opening).rejects.toMatchObject({ code })
  })

  test('a snapshot that is waited for is the newest one, or the first that fits', async () => {
    const { client, socket } = connectOnce()
    socket.accept()
    push(socket, 'loading')
    const ready = client.snapshotWhere(isReady)
    push(socket, 'starting')
    push(socket, 'ready')
    expect((await ready).backends[0]?.state).toBe('ready')
    await expect(client.snapshotWhere(isReady)).resolves.toBeDefined()
    expect(socket.sent).toEqual([])
  })

  test('a snapshot is asked for where none was pushed, and after a call that changed nothing', async () => {
    const { client, socket } = connectOnce()
    socket.accept()
    const first = client.snapshotWhere(isReady)
    expect(socket.lastSent.method).toBe('plane.snapshot')
    socket.receive({ id: socket.lastSent.id, result: snapshotOf('ready') })
    await first
    const current = client.refresh()
    socket.receive({ id: socket.lastSent.id, result: snapshotOf('stopping') })
    expect((await current).backends[0]?.state).toBe('stopping')
  })

  test('one that was pushed during the question is the newer one', async () => {
    const { client, socket } = connectOnce()
    socket.accept()
    const current = client.refresh()
    push(socket, 'ready')
    socket.receive({ id: socket.lastSent.id, result: snapshotOf('stopping') })
    expect((await current).backends[0]?.state).toBe('ready')
  })

  test.each<[string, string, (socket: FakeSocket, client: ControlClient) => unknown]>([
    ['the connection ends', 'disconnected', (socket) => socket.end(1006)],
    ['the client is closed', 'disposed', (_socket, client) => client.dispose()],
    ['its time is over', 'timeout', () => vi.advanceTimersByTimeAsync(5000)],
    ['a message does not fit', 'misfit', (socket) => socket.receive({ event: 'snapshot' })],
  ])('waiting for a snapshot fails when %s', async (_when, code, happen) => {
    const { client, socket } = connectOnce()
    socket.accept()
    push(socket, 'loading')
    const outcome = expect(client.snapshotWhere(isReady, 5000)).rejects.toMatchObject({ code })
    await settle()
    await happen(socket, client)
    await outcome
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a listener that was removed hears nothing more', () => {
    const { client, socket } = connectOnce()
    const states: string[] = []
    const remove = client.onEvent(({ event }) => states.push(event))
    socket.accept()
    push(socket, 'loading')
    remove()
    push(socket, 'ready')
    expect(states).toEqual(['snapshot'])
  })
})
