import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeSocket } from './testing/fake_socket.ts'
import { aBackend, aPlane } from '../renderer/testing/views.ts'
import type { ConnectionStatus } from '../renderer/api/control_client.ts'
import { createSocketControlClient } from './control_client.ts'

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
  const client = createSocketControlClient({
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket.asWebSocket
    },
    isRefused: () => Promise.resolve(isRefused),
  })
  client.onStatus((status) => statuses.push(status))
  client.open()
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
  latest().receive({ id: latest().lastSent.id, error: { code: 'unknown', message: 'no such' } })
  await expect(start).rejects.toMatchObject({ code: 'unknown', message: 'no such' })
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
  const misfits: string[] = []
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
  expect(misfits).toHaveLength(2)
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

test('after a new connection the count of tries begins anew', async () => {
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
