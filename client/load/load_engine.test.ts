/** The engine against a real WebSocket server: concurrency, counts, closed connections. */
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer, type WebSocket as Client } from 'ws'
import { BackendClient } from '../backend_client.ts'
import { openNodeSocket } from '../node_socket.ts'
import { FakeClock } from '../testing/fake_clock.ts'
import { loadConnection } from './load_connection.ts'
import { runLoad, type LoadProgress } from './load_engine.ts'
import type { LoadPlan, LoadReport } from './load_plan.ts'

interface Received {
  socket: Client
  request_id: string
}

const LATENCY_MS = 5

let server: WebSocketServer
let clock: FakeClock
/** Unanswered requests. */
let waiting: Received[] = []
let mostInFlight = 0
let ids: string[] = []
let answer: (request: Received) => object
let progress: LoadProgress[] = []

beforeEach(async () => {
  clock = new FakeClock()
  waiting = []
  mostInFlight = 0
  ids = []
  progress = []
  answer = ({ request_id }) => ({ type: 'inference_response', request_id, data: {} })
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('message', (text: Buffer) => {
      const { request_id } = JSON.parse(text.toString('utf8')) as Received
      ids.push(request_id)
      mostInFlight = Math.max(mostInFlight, waiting.push({ socket, request_id }))
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
})
afterEach(() => {
  for (const client of server.clients) client.terminate()
  return new Promise((resolve) => server.close(resolve))
})

const urlOf = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`

function run(
  differing: Partial<LoadPlan> & { url?: string } = {},
  signal = new AbortController().signal,
): Promise<LoadReport> {
  const { url = urlOf(), ...changes } = differing
  const plan: LoadPlan = {
    ...{ steps: [4], stepMs: 400, warmUp: 500, countsDrain: false, stopsOnErrors: true },
    ...changes,
  }
  const client = () =>
    new BackendClient({ name: 'emotion', openSocket: () => openNodeSocket(url), clock })
  const text = (id: string) =>
    JSON.stringify({ type: 'inference_request', request_id: id, data: {} })
  return runLoad(plan, signal, {
    open: (ended) => loadConnection(client(), text, ended),
    onProgress: (one) => progress.push(one),
    clock,
  })
}

/**
 * Serves until the test ends: once idle, advances the clock by the latency and replies. It waits for local I/O, not
 * for time.
 */
async function served(running: Promise<LoadReport>, act: () => void = () => undefined) {
  let report: LoadReport | undefined
  void running.then((result) => (report = result))
  for (let quietTurns = 0; report === undefined; quietTurns++) {
    const before = ids.length
    await new Promise((resolve) => setImmediate(resolve))
    if (ids.length > before) quietTurns = 0
    if (quietTurns < 20) continue
    quietTurns = 0
    act()
    clock.advance(LATENCY_MS)
    for (const request of waiting.splice(0)) request.socket.send(JSON.stringify(answer(request)))
  }
  return report
}

test('as many requests are in flight as wanted, each with a unique id', async () => {
  const { steps, stopped } = await served(run())
  expect(mostInFlight).toBe(4)
  expect(stopped).toBeNull()
  expect(steps).toMatchObject([{ concurrency: 4, errors: {} }])
  expect(steps[0]?.answers).toBeGreaterThan(0)
  expect(steps[0]?.p50).toBeGreaterThanOrEqual(4)
  expect(new Set(ids).size).toBe(ids.length)
  expect(progress.length).toBeGreaterThan(0)
  await vi.waitFor(() => expect(server.clients.size).toBe(0))
  expect(clock.pending).toBe(0)
})

test('a sweep has a result for each step', async () => {
  const { steps } = await served(run({ steps: [1, 2], stepMs: 200 }))
  expect(steps.map(({ concurrency }) => concurrency)).toEqual([1, 2])
})

test('errors are counted by their code, and too many stop the test', async () => {
  answer = ({ request_id }) => ({ type: 'error', request_id, error: 'full', code: 'queue_full' })
  const { steps, stopped } = await served(run({ steps: [2, 4, 8], stepMs: 10_000 }))
  expect(stopped).toBe('errors')
  expect(steps[0]?.errors['queue_full']).toBeGreaterThanOrEqual(10)
  expect(steps).toHaveLength(1)
})

test('errors do not stop a test that is to go on', async () => {
  answer = ({ request_id }) => ({ type: 'error', request_id, error: 'full', code: 'queue_full' })
  const { stopped } = await served(run({ stopsOnErrors: false }))
  expect(stopped).toBeNull()
})

test('stopping by hand waits for what is in flight and reports what there was', async () => {
  const stopper = new AbortController()
  const { stopped, steps } = await served(run({ stepMs: 60_000 }, stopper.signal), () => {
    if (clock.now() > 900) stopper.abort()
  })
  expect([stopped, steps.length]).toEqual(['by hand', 1])
  expect(waiting).toEqual([])
})

test('a server that is not there ends it with the reason', async () => {
  const { stopped, steps } = await served(run({ url: 'ws://127.0.0.1:1' }))
  expect(steps[0]?.answers ?? 0).toBe(0)
  expect(steps[0]?.errors).toEqual({ broken: 4 })
  expect(stopped).toBeNull()
})

test('a server that goes away breaks each client once', async () => {
  const { steps } = await served(run({ stepMs: 5000 }), () => {
    if (clock.now() < 700) return
    waiting = []
    for (const client of server.clients) client.terminate()
  })
  expect(steps[0]?.errors).toEqual({ broken: 4 })
})

test('the first request of each connection can be the warm-up, and the last ones can count', async () => {
  const { steps } = await served(
    run({ steps: [2], stepMs: 3, warmUp: 'first request', countsDrain: true }),
  )
  // Two of the warm-up, and two that end after the step.
  expect(ids).toHaveLength(4)
  expect(steps).toMatchObject([{ answers: 2, seconds: LATENCY_MS / 1000 }])
})
