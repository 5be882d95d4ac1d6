/** Every accepted request gets exactly one reply, and none is sent twice: random lives of clients, connections and backends. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fakeGateway, FakeTarget, request, type FakeSocket } from './testing/fakes.ts'

const TIMEOUT_S = 3
/** Ten times the duration on an idle machine. */
const PROPERTY_MS_MAX = 120_000
/** Longer than any deadline or lingering entry. */
const LONG_MS = 60_000

type Action =
  | { do: 'request'; client: number; backend: number; stream: number | null }
  | { do: 'open' | 'refuse' | 'cancel' | 'repeat'; pick: number }
  | {
      do: 'answer'
      pick: number
      how: 'native' | 'platform' | 'error' | 'platform_error' | 'no_id'
    }
  | { do: 'noise'; pick: number; text: string }
  | { do: 'kill' | 'switch_off' | 'revive'; target: number }
  | { do: 'leave'; client: number }
  | { do: 'wait'; ms: number }

const pick = fc.nat({ max: 20 })
const target = fc.nat({ max: 3 })
const client = fc.nat({ max: 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      client,
      backend: fc.nat({ max: 2 }),
      stream: fc.option(fc.nat({ max: 2 })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('open', 'open', 'refuse', 'cancel', 'repeat'),
      pick,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      pick,
      how: fc.constantFrom('native', 'platform', 'error', 'platform_error', 'no_id'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('noise' as const),
      pick,
      text: fc.constantFrom('{', '[]', '{"type":"pong"}', '{"type":"inference_response"}'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('kill', 'switch_off', 'revive', 'revive'),
      target,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), client }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 120, 3100) }),
  },
)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Runs actions on a gateway of three backends: two replicas, one of the platform, and one queued in the gateway. */
class World {
  readonly targets = [
    new FakeTarget('a-1', { request_timeout: TIMEOUT_S }),
    new FakeTarget('a-2', { request_timeout: TIMEOUT_S }),
    new FakeTarget('b', { request_timeout: TIMEOUT_S, dialect: 'platform' }),
    new FakeTarget('c', {
      request_timeout: TIMEOUT_S,
      runtime: 'command',
      max_in_flight: 1,
      queue_limit: 2,
    }),
  ]
  readonly backends = [
    { name: 'a', targets: this.targets.slice(0, 2) },
    { name: 'b', targets: this.targets.slice(2, 3) },
    { name: 'c', targets: this.targets.slice(3) },
  ]
  readonly fake = fakeGateway(() => this.backends)
  readonly clients = [this.fake.addClient(null), this.fake.addClient(null)]
  readonly asked: { id: string; client: FakeSocket }[] = []
  readonly answered = new Set<string>()
  private readonly owed: { id: string; socket: FakeSocket }[] = []
  private readonly paid: { id: string; socket: FakeSocket }[] = []

  run(step: Action): void {
    switch (step.do) {
      case 'request':
        this.ask(step)
        break
      case 'open':
        at(this.connecting(), step.pick)?.open()
        break
      case 'refuse':
        at(this.connecting(), step.pick)?.fail('connect ECONNREFUSED')
        break
      case 'answer':
        this.answer(step)
        break
      case 'repeat': {
        const one = at(this.paid.filter(isOpen), step.pick)
        one?.socket.receive(native(one.id))
        break
      }
      case 'cancel':
        this.cancel(step.pick)
        break
      case 'noise':
        at(this.open(), step.pick)?.receive(step.text)
        break
      case 'kill':
      case 'switch_off':
      case 'revive':
        this.turn(step.do, step.target)
        break
      case 'leave':
        this.clients[step.client]?.terminate()
        break
      case 'wait':
        vi.advanceTimersByTime(step.ms)
        break
      default:
        step satisfies never
    }
    this.collect()
  }

  repliesTo(id: string): Record<string, unknown>[] {
    return this.clients.flatMap((socket) => socket.messages()).filter((m) => m.request_id === id)
  }

  private ask(step: Extract<Action, { do: 'request' }>): void {
    const socket = this.clients[step.client]
    if (socket === undefined || socket.readyState !== 1) return
    const id = `r${this.asked.length}`
    this.asked.push({ id, client: socket })
    const data = step.stream === null ? {} : { stream_id: `s${step.stream}` }
    socket.receive(request(id, data, { backend: this.backends[step.backend]?.name }))
  }

  private answer({ pick: index, how }: Extract<Action, { do: 'answer' }>): void {
    const one = at(this.owed.filter(isOpen), index)
    if (one === undefined) return
    const { id, socket } = one
    if (how === 'no_id') {
      const isSole = this.owed.filter((other) => other.socket === socket).length === 1
      socket.receive({ type: 'error', error: 'something failed' })
      // Ambiguous among several requests, so this one stays owed.
      if (!isSole) return
    } else socket.receive(ANSWERS[how](id))
    this.owed.splice(this.owed.indexOf(one), 1)
    this.paid.push(one)
    this.answered.add(id)
  }

  private cancel(index: number): void {
    const waiting = this.asked.filter(
      (one) => one.client.readyState === 1 && this.repliesTo(one.id).length === 0,
    )
    const one = at(waiting, index)
    one?.client.receive({ type: 'cancel', request_id: one.id })
  }

  private turn(how: 'kill' | 'switch_off' | 'revive', index: number): void {
    const one = this.targets[index]
    if (one === undefined) return
    one.state = how === 'revive' ? 'ready' : how === 'kill' ? 'backoff' : 'disabled'
    if (how === 'revive') return
    const own = this.fake.upstreams.filter(({ url }) => url === one.url)
    for (const socket of own) socket.fail(socket.readyState === 0 ? 'connect ECONNREFUSED' : null)
    if (how === 'kill') this.fake.gateway.noteCrash('x', one.id)
  }

  /** Requests that have reached a backend since. */
  private collect(): void {
    const known = new Set([...this.owed, ...this.paid].map(({ id }) => id))
    for (const socket of this.fake.upstreams) {
      for (const message of socket.messages()) {
        const id = message.request_id as string
        if (message.type === 'inference_request' && !known.has(id)) this.owed.push({ id, socket })
      }
    }
  }

  private connecting = () => this.fake.upstreams.filter(({ readyState }) => readyState === 0)
  private open = () => this.fake.upstreams.filter(({ readyState }) => readyState === 1)
}

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length]
const isOpen = ({ socket }: { socket: FakeSocket }) => socket.readyState === 1
const native = (id: string) => ({ type: 'inference_response', request_id: id, data: { by: id } })
const platform = (id: string, result: object) => ({
  type: 'inference_response',
  request_id: id,
  model_type: 'b',
  timestamp: 1,
  result,
})
const ANSWERS = {
  native,
  platform: (id: string) =>
    platform(id, { status: 'success', predictions: { by: id }, latency_ms: 2 }),
  error: (id: string) => ({ type: 'error', request_id: id, error: 'bad', code: 'invalid_image' }),
  platform_error: (id: string) => platform(id, { status: 'error', error: 'bad', latency_ms: 2 }),
}

const lives = fc.array(action, { minLength: 5, maxLength: 60 })

it(
  'whatever happens, each request has one reply, no frame is sent twice, and nothing is left',
  () => {
    fc.assert(
      fc.property(lives, (steps) => {
        const world = new World()
        for (const step of steps) world.run(step)
        vi.advanceTimersByTime(LONG_MS)

        for (const { id, client: socket } of world.asked) {
          const replies = world.repliesTo(id)
          expect(replies.length, id).toBeLessThanOrEqual(1)
          if (socket.readyState === 1) expect(replies, id).toHaveLength(1)
          const [reply] = replies
          if (reply?.type === 'inference_response') {
            expect(world.answered.has(id), id).toBe(true)
            expect(reply.data).toEqual({ by: id })
          }
        }
        const frames = world.fake.upstreams
          .flatMap((socket) => socket.messages())
          .filter(({ type }) => type === 'inference_request')
          .map(({ request_id: id }) => id)
        expect(new Set(frames).size).toBe(frames.length)

        for (const socket of world.clients) socket.terminate()
        vi.advanceTimersByTime(LONG_MS)
        expect(vi.getTimerCount()).toBe(0)
        for (const { id } of world.targets) expect(world.fake.gateway.inFlightOf(id)).toEqual([])
        expect(world.fake.upstreams.every(({ readyState }) => readyState === 3)).toBe(true)
      }),
      { numRuns: 250 },
    )
  },
  PROPERTY_MS_MAX,
)

it(
  'requests and answers add up in the metrics, and nothing stays outstanding',
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (steps) => {
        const world = new World()
        for (const step of steps) world.run(step)
        for (const socket of world.clients) socket.terminate()
        vi.advanceTimersByTime(LONG_MS)
        const page = await world.fake.gateway.metricsPage(() => true)
        expect(sumOf(page, 'switchyard_gateway_requests_total')).toBe(world.asked.length)
        expect(sumOf(page, 'switchyard_gateway_answers_total')).toBe(world.asked.length)
        expect(sumOf(page, 'switchyard_gateway_outstanding')).toBe(0)
        expect(sumOf(page, 'switchyard_gateway_clients')).toBe(0)
      }),
      { numRuns: 60 },
    )
  },
  PROPERTY_MS_MAX,
)

const sumOf = (page: string, name: string) =>
  [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )
