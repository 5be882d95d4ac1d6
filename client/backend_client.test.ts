// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { FakeSocket } from './testing/fake_socket.ts'
import { createInferenceClient } from '../renderer/api/inference_client.ts'
import { sentPicture } from './sent_message.ts'

function aClient() {
  const sockets: FakeSocket[] = []
  let clockMs = 0
  const client = createInferenceClient({
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket.asWebSocket
    },
    now: () => clockMs,
  })
  const run = (id: string, signal = new AbortController().signal) =>
    client.run('emotion', id, sentPicture(id, new Blob(['x']), 0), signal)
  return { client, sockets, run, pass: (ms: number) => void (clockMs += ms) }
}

const reply = (id: string) => ({
  type: 'inference_response',
  request_id: id,
  data: { prediction: 1 },
})
const socketOf = async (sockets: FakeSocket[]) => {
  await vi.waitFor(() => expect(sockets).toHaveLength(1))
  const [socket] = sockets
  if (!socket) throw new Error('nothing was connected')
  return socket
}
const sentTo = (socket: FakeSocket, amount: number) =>
  vi.waitFor(() => expect(socket.sent).toHaveLength(amount))

test('the round trip runs from sending to receiving; connecting does not count', async () => {
  const { sockets, run, pass } = aClient()
  const outcome = run('a')
  const socket = await socketOf(sockets)
  pass(500)
  socket.accept()
  await sentTo(socket, 1)
  pass(12)
  socket.receive(reply('a'))
  expect(await outcome).toMatchObject({ phase: 'answered', roundTripMs: 12 })
})

test('the received text is kept word for word', async () => {
  const { sockets, run } = aClient()
  const outcome = run('a')
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 1)
  const text = '{ "type":"error", "request_id":"a",  "error":"no", "code":"timeout" }'
  socket.receive(text)
  expect(await outcome).toMatchObject({ phase: 'refused', receivedText: text })
})

test('an answer in another dialect counts by its id, and is kept as it came', async () => {
  const { sockets, run } = aClient()
  const outcome = run('a')
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 1)
  socket.receive({ type: 'inference_response', request_id: 'a', result: { status: 'success' } })
  expect(await outcome).toMatchObject({ phase: 'answered', reply: null })
})

test('answers are told apart by their ids, and one connection carries both', async () => {
  const { sockets, run } = aClient()
  const [first, second] = [run('a'), run('b')]
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 2)
  socket.receive(reply('b'))
  socket.receive(reply('a'))
  expect(await second).toMatchObject({ reply: { request_id: 'b' } })
  expect(await first).toMatchObject({ reply: { request_id: 'a' } })
  expect(sockets).toHaveLength(1)
})

test('an error without an id is about the only request under way', async () => {
  const { sockets, run } = aClient()
  const outcome = run('a')
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 1)
  socket.receive({ type: 'error', request_id: null, error: 'not JSON', code: 'invalid_json' })
  expect(await outcome).toMatchObject({ phase: 'refused' })
})

test('cancelling sends `cancel`, and the backend has the last word', async () => {
  const { sockets, run } = aClient()
  const controller = new AbortController()
  const outcome = run('a', controller.signal)
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 1)
  controller.abort()
  expect(socket.lastSent).toEqual({ type: 'cancel', request_id: 'a' })
  socket.receive({ type: 'error', request_id: 'a', error: 'cancelled', code: 'cancelled' })
  expect(await outcome).toMatchObject({ phase: 'refused', reply: { code: 'cancelled' } })
})

test('a connection that closes ends its requests with a sentence, and the next one opens anew', async () => {
  const { sockets, run } = aClient()
  const outcome = run('a')
  const socket = await socketOf(sockets)
  socket.accept()
  await sentTo(socket, 1)
  socket.end(1009)
  expect(await outcome).toMatchObject({
    phase: 'broken',
    message: expect.stringContaining('max_message_bytes'),
  })
  void run('b')
  await vi.waitFor(() => expect(sockets).toHaveLength(2))
})
