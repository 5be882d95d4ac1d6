import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Pong } from '../../protocol/backend.ts'
import { METRIC_NAMES } from '../../protocol/metrics.ts'
import { MetricsCollector, UNREACHABLE_MAX } from './collector.ts'
import type { MetricsReading } from '../../protocol/metrics_reading.ts'
import { FIRST_READING } from './page_reading.ts'
import { NO_PAGE_INTERVAL_MS, SCRAPE_INTERVAL_MS } from './scraper.ts'
import { MetricsStore } from './store.ts'

const page = (requests: number, timeouts = 0) =>
  [
    `${METRIC_NAMES.requests} ${requests}`,
    `${METRIC_NAMES.errors}{code="timeout"} ${timeouts}`,
    `${METRIC_NAMES.rssBytes} 100`,
    '',
  ].join('\n')
const pong = (requests: number, errors = 0, p50 = 5): Pong => ({
  type: 'pong',
  status: 'healthy',
  memory: { rss_bytes: 200 },
  queue_depth: 1,
  in_flight: 2,
  stats: { requests, errors, latency_ms: { p50, p95: 8, p99: 9 } },
})
const unreachable = () => Promise.reject(new TypeError('fetch failed'))
const answer = (text: string) => () => Promise.resolve(new Response(text))
const noPage = () => Promise.resolve(new Response('', { status: 404 }))

beforeEach(() => {
  // Whole seconds: the next reading is half a second away, then one each second.
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function collect(startsAtZero: boolean, measure: (() => MetricsReading) | null = null) {
  const store = new MetricsStore(() => Date.now())
  const fetch = vi.fn<typeof globalThis.fetch>(unreachable)
  const faults: unknown[] = []
  const collector = new MetricsCollector({
    scrapeIntervalMs: () => SCRAPE_INTERVAL_MS,
    backend: 'a',
    url: 'http://127.0.0.1:1/metrics',
    startsAtZero,
    store,
    fetch,
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    measure,
    onFault: (error) => {
      faults.push(error)
    },
  })
  return {
    collector,
    faults,
    store,
    fetch,
    total: () => store.summary('a', '1h'),
    /** Waits for the next request, and answers it. */
    look: async (answers: () => Promise<Response>) => {
      fetch.mockImplementation(answers)
      const before = fetch.mock.calls.length
      while (fetch.mock.calls.length === before) await vi.advanceTimersByTimeAsync(100)
    },
  }
}

describe('a process that we started', () => {
  it('has counted from zero: its first page is new', async () => {
    const { collector, look, total } = collect(true)
    await look(unreachable)
    await look(answer(page(3, 1)))
    await look(answer(page(5, 1)))
    expect(collector.source).toEqual({ from: 'page' })
    expect(total()).toMatchObject({ requests: 5, errors_by_code: { timeout: 1 } })
    await collector.close()
  })
})

describe('a process that was running before', () => {
  it('is counted from its first page on', async () => {
    const { collector, look, total } = collect(false)
    await look(answer(page(1000, 10)))
    expect(total()?.requests).toBeNull()
    await look(answer(page(1004, 11)))
    expect(total()).toMatchObject({
      requests: 4,
      requests_per_s: 4,
      errors_by_code: { timeout: 1 },
      rss_bytes: { mean: 100, max: 100 },
    })
    await collector.close()
  })

  it('that restarted counts from zero, over the time since the last request', async () => {
    const { collector, look, total } = collect(false)
    await look(answer(page(1000)))
    for (let count = 0; count < 10; count++) await look(unreachable)
    await look(answer(page(7)))
    expect(total()).toMatchObject({ requests: 7, covered_ms: 1000 })
    await collector.close()
  })

  it('that did not answer for a while is counted over all of it', async () => {
    const { collector, look, total } = collect(false)
    await look(answer(page(1000)))
    for (let count = 0; count < 3; count++) await look(unreachable)
    await look(answer(page(1008)))
    expect(total()).toMatchObject({ requests: 8, covered_ms: 4000 })
    expect(collector.source).toEqual({ from: 'page' })
    await collector.close()
  })
})

describe('a program without the page', () => {
  it.each([
    ['it answers with a status', noPage, /status 404/],
    ['its page is another program’s', answer('vllm:requests 1\n'), /switchyard_requests_total/],
  ])('%s: its pongs are counted, and their percentiles marked', async (_title, answers, reason) => {
    const { collector, look, total } = collect(true)
    await look(answers)
    expect(collector.source).toEqual({ from: 'pong', reason: expect.stringMatching(reason) })
    collector.notePong(pong(2, 1, 5), 1)
    await vi.advanceTimersByTimeAsync(1000)
    collector.notePong(pong(6, 1, 7), 3)
    expect(total()).toMatchObject({
      requests: 6,
      answers: null,
      errors_by_code: { other: 1 },
      latency_ms: { total: { p50: 7, from: 'pong' }, inference: null },
      pong_ms: { mean: 2, max: 3 },
      rss_bytes: { mean: 200, max: 200 },
    })
    await collector.close()
  })

  it('a pong whose counts fell comes from a new process', async () => {
    const { collector, look, total } = collect(false)
    await look(noPage)
    collector.notePong(pong(100), 1)
    await vi.advanceTimersByTimeAsync(1000)
    collector.notePong(pong(4, 2), 1)
    expect(total()).toMatchObject({ requests: 4, errors: 2 })
    await collector.close()
  })

  it('that only pongs tell nothing of is known by its gauges alone', async () => {
    const { collector, look, total } = collect(true)
    await look(noPage)
    collector.notePong({ type: 'pong', status: 'healthy' }, 4)
    collector.notePong({ type: 'pong', status: 'healthy' }, 4)
    expect(total()).toMatchObject({ requests: null, rss_bytes: null, pong_ms: { mean: 4 } })
    await collector.close()
  })

  it('one that never answers the question, but health checks, is counted by its pongs in the end', async () => {
    const { collector, look } = collect(true)
    for (let count = 0; count < UNREACHABLE_MAX; count++) await look(unreachable)
    expect(collector.source.from).toBe('undecided')
    collector.notePong(pong(0), 1)
    for (let count = 0; count < UNREACHABLE_MAX; count++) {
      expect(collector.source.from).toBe('undecided')
      await look(unreachable)
    }
    expect(collector.source.from).toBe('pong')
    await collector.close()
  })
})

describe('no request is counted twice', () => {
  it('while a page is read, pongs tell their round trip alone', async () => {
    const { collector, look, total } = collect(true)
    collector.notePong(pong(1), 1)
    await look(answer(page(1)))
    collector.notePong(pong(2), 1)
    await look(answer(page(3)))
    expect(total()).toMatchObject({ requests: 3, errors: 0, pong_ms: { mean: 1, max: 1 } })
    await collector.close()
  })

  it('when a page appears, and when it goes again', async () => {
    const { collector, look, total } = collect(true)
    await look(noPage)
    collector.notePong(pong(10), 1)
    await vi.advanceTimersByTimeAsync(NO_PAGE_INTERVAL_MS / 2)
    await look(answer(page(10)))
    collector.notePong(pong(12), 1)
    await look(answer(page(12)))
    await look(noPage)
    collector.notePong(pong(12), 1)
    await vi.advanceTimersByTimeAsync(1000)
    collector.notePong(pong(15), 1)
    expect(total()?.requests).toBe(15)
    await collector.close()
  })
})

describe('a third-party backend', () => {
  const measured = (requests: number, timeouts = 0): MetricsReading => ({
    ...FIRST_READING,
    requests,
    errors: { timeout: timeouts },
    gauges: { in_flight: 4, queue_depth: 1 },
  })
  const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000)

  it.each([
    ['404', noPage],
    ['426', () => Promise.resolve(new Response('', { status: 426 }))],
    ['no connection', unreachable],
    ['a page that is not ours', answer('vllm:requests 1\n')],
  ])(
    'is asked for its page once, answers %s, and is counted by the gateway',
    async (_, answers) => {
      let now = measured(0)
      const { collector, fetch, total } = collect(true, () => now)
      fetch.mockImplementation(answers)
      await seconds(5)
      expect(fetch).not.toHaveBeenCalled()
      collector.notePong(pong(100), 3)
      now = measured(3, 1)
      await seconds(3)
      now = measured(5, 1)
      collector.notePong(pong(200), 3)
      await seconds(300)
      expect(fetch).toHaveBeenCalledTimes(1)
      expect(collector.source).toEqual({ from: 'gateway' })
      expect(total()).toMatchObject({
        requests: 5,
        errors_by_code: { timeout: 1 },
        in_flight: { mean: 4, max: 4 },
        queue_depth: { mean: 1, max: 1 },
      })
      await collector.close()
    },
  )

  it('with its own page is read every second, and nothing is counted twice', async () => {
    let now = measured(2)
    const { collector, fetch, look, total } = collect(true, () => now)
    fetch.mockImplementation(answer(page(10)))
    collector.notePong(pong(0), 3)
    await look(answer(page(10)))
    now = measured(50)
    await look(answer(page(13)))
    await look(unreachable)
    await look(answer(page(14)))
    expect(collector.source).toEqual({ from: 'page' })
    expect(total()?.requests).toBe(4)
    await collector.close()
  })
})

it('a measurement that throws is reported each time, and ends nothing', async () => {
  let isFirst = true
  const { collector, faults } = collect(true, () => {
    if (!isFirst) throw new Error('no counter')
    isFirst = false
    return FIRST_READING
  })
  await vi.advanceTimersByTimeAsync(2 * SCRAPE_INTERVAL_MS)
  expect(faults.length).toBeGreaterThan(1)
  await collector.close()
})
