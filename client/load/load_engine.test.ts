/** The engine against a real WebSocket server: it keeps the concurrency, counts what it gets, and closes what it opened. */
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket as NodeSocket, WebSocketServer, type WebSocket as Client } from 'ws'
import { runLoad, type LoadProgress } from './load_engine.ts'
import type { LoadPlan } from './load_plan.ts'

interface Request {
  request_id: string
  data: { image: string }
}

let server: WebSocketServer
let inFlight = 0
let mostInFlight = 0
let requests: Request[] = []
/** null: answers never. */
let answer: ((request: Request) => object) | null
let progress: LoadProgress[] = []

beforeEach(async () => {
  inFlight = 0
  mostInFlight = 0
  requests = []
  progress = []
  answer = ({ request_id }) => ({ type: 'inference_response', request_id, data: {} })
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket: Client) => {
    socket.on('message', (text: Buffer) => {
      const request = JSON.parse(text.toString('utf8')) as Request
      requests.push(request)
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      if (answer === null) return
      const reply = JSON.stringify(answer(request))
      setTimeout(() => {
        inFlight--
        socket.send(reply)
      }, 5)
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
})
afterEach(() => {
  for (const client of server.clients) client.terminate()
  return new Promise((resolve) => server.close(resolve))
})

const urlOf = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
const run = (differing: Partial<LoadPlan> = {}, signal = new AbortController().signal) =>
  runLoad(
    {
      url: urlOf(),
      message: {
        head: '{"type":"inference_request","request_id":"',
        middle: '","data":{"image":"AAAA',
        tail: '"}}',
        isVaried: true,
      },
      steps: [4],
      stepMs: 400,
      ...differing,
    },
    signal,
    {
      openSocket: (url) => new NodeSocket(url) as unknown as WebSocket,
      onProgress: (one) => progress.push(one),
    },
  )

test('as many requests are in flight as wanted, each with an id and bytes of its own', async () => {
  const { steps, stopped } = await run()
  expect(mostInFlight).toBe(4)
  expect(stopped).toBeNull()
  expect(steps).toMatchObject([{ concurrency: 4, errors: {} }])
  expect(steps[0]?.answers).toBeGreaterThan(0)
  expect(steps[0]?.p50).toBeGreaterThanOrEqual(4)
  expect(new Set(requests.map(({ request_id }) => request_id)).size).toBe(requests.length)
  expect(new Set(requests.map(({ data }) => data.image)).size).toBe(requests.length)
  expect(progress.length).toBeGreaterThan(0)
  await vi.waitFor(() => expect(server.clients.size).toBe(0))
})

test('a sweep has a result for each step', async () => {
  const { steps } = await run({ steps: [1, 2], stepMs: 200 })
  expect(steps.map(({ concurrency }) => concurrency)).toEqual([1, 2])
})

test('errors are counted by their code, and too many stop the test', async () => {
  answer = ({ request_id }) => ({ type: 'error', request_id, error: 'full', code: 'queue_full' })
  const { steps, stopped } = await run({ steps: [2, 4, 8], stepMs: 10_000 })
  expect(stopped).toBe('errors')
  expect(steps[0]?.errors['queue_full']).toBeGreaterThanOrEqual(10)
  expect(steps).toHaveLength(1)
})

test('stopping by hand waits for what is in flight and reports what there was', async () => {
  const stopper = new AbortController()
  const running = run({ stepMs: 60_000 }, stopper.signal)
  setTimeout(() => stopper.abort(), 900)
  const { stopped, steps } = await running
  expect([stopped, steps.length]).toEqual(['by hand', 1])
  expect(inFlight).toBe(0)
})

test('a server that is not there ends it with the reason', async () => {
  const { stopped, steps } = await run({ url: 'ws://127.0.0.1:1' })
  expect(steps[0]?.answers ?? 0).toBe(0)
  expect(steps[0]?.errors).toEqual({ broken: 4 })
  expect(stopped).toBeNull()
})

test('a server that goes away breaks each client once', async () => {
  setTimeout(() => {
    for (const client of server.clients) client.terminate()
  }, 700)
  const { steps } = await run({ stepMs: 5000 })
  expect(steps[0]?.errors).toEqual({ broken: 4 })
})
