import fc from 'fast-check'
import { Counter, Gauge, Histogram as PromHistogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { LATENCY_BOUNDS_S, METRIC_NAMES } from '../../protocol/metrics.ts'
import { Histogram } from '../../protocol/histogram.ts'
import type { MetricsReading } from '../../protocol/metrics_reading.ts'
import { deltaOf, FIRST_READING, readPage } from './page_reading.ts'

/** A backend's metrics, created as it creates them. */
function exporter(buckets: readonly number[] = LATENCY_BOUNDS_S) {
  const registry = new Registry()
  const registers = [registry]
  const help = 'help'
  const stages = new PromHistogram({
    name: METRIC_NAMES.stages,
    help,
    labelNames: ['stage'],
    buckets: [...buckets],
    registers,
  })
  const requests = new Counter({ name: METRIC_NAMES.requests, help, registers })
  const errors = new Counter({ name: METRIC_NAMES.errors, help, labelNames: ['code'], registers })
  const depth = new Gauge({ name: METRIC_NAMES.queueDepth, help, registers })
  const page = () => registry.metrics()
  return { stages, requests, errors, depth, page }
}
const need = (reading: MetricsReading | null) => {
  if (reading === null) throw new Error('the page is not ours')
  return reading
}
const read = async (page: Promise<string>) => need(readPage(await page))
const seconds = fc.array(fc.double({ min: 0.0001, max: 100, noNaN: true }), { maxLength: 20 })

describe('the difference of two pages', () => {
  it('is what was observed between them, bucket by bucket', async () => {
    await fc.assert(
      fc.asyncProperty(seconds, seconds, async (first, second) => {
        const { stages, requests, errors, page } = exporter()
        const observe = (values: number[]) => {
          for (const value of values) {
            requests.inc()
            errors.inc({ code: 'timeout' })
            stages.observe({ stage: 'total' }, value)
          }
        }
        observe(first)
        const before = await read(page())
        observe(second)
        const delta = deltaOf(before, await read(page()), 1000)
        const expected = new Histogram(LATENCY_BOUNDS_S)
        for (const value of second) expected.add(value)
        expect(delta).toMatchObject({ requests: second.length, elapsedMs: 1000, from: 'page' })
        expect(delta?.errors.timeout ?? 0).toBe(second.length)
        expect([...(delta?.stages.total?.counts ?? new Float64Array(60))]).toEqual([
          ...expected.counts,
        ])
        expect(delta?.stages.total?.sum ?? 0).toBeCloseTo(expected.sum, 6)
        expect(delta?.stages.queue).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  it('is null when a counter fell or a histogram vanished: another process counts', async () => {
    const old = exporter()
    old.requests.inc(5)
    old.errors.inc({ code: 'internal' }, 2)
    old.stages.observe({ stage: 'queue' }, 1)
    const before = await read(old.page())
    const fresh = exporter()
    fresh.requests.inc(9)
    expect(deltaOf(before, await read(fresh.page()), 1)).toBeNull()
    fresh.errors.inc({ code: 'internal' }, 2)
    expect(deltaOf(before, await read(fresh.page()), 1)).toBeNull()
    fresh.stages.observe({ stage: 'queue' }, 1)
    expect(deltaOf(before, await read(fresh.page()), 1)).toMatchObject({ requests: 4, errors: {} })
    fresh.stages.remove({ stage: 'queue' })
    fresh.stages.observe({ stage: 'queue' }, 50)
    expect(deltaOf(before, await read(fresh.page()), 1)).toBeNull()
  })

  it('to the first page of a process is all that it counted', async () => {
    const { requests, page } = exporter()
    requests.inc(3)
    expect(deltaOf(FIRST_READING, await read(page()), 1)).toMatchObject({ requests: 3 })
  })
})

describe('a page', () => {
  it('without our counter of requests is another program’s', () => {
    expect(readPage('')).toBeNull()
    expect(readPage('vllm:num_requests_running 1\n')).toBeNull()
    expect(readPage(`${METRIC_NAMES.requests} NaN\n`)).toBeNull()
  })

  it('has its gauges; one that is missing or not a number is unknown', () => {
    const page = `${METRIC_NAMES.requests} 1\n${METRIC_NAMES.queueDepth} 4\n${METRIC_NAMES.inFlight} NaN\n`
    expect(need(readPage(page)).gauges).toEqual({
      queue_depth: 4,
      in_flight: null,
      rss_bytes: null,
    })
  })

  it('with several series of a name has their sum', () => {
    const page = ['a', 'b']
      .map((model) => `${METRIC_NAMES.requests}{model="${model}"} 2`)
      .join('\n')
    expect(need(readPage(page)).requests).toBe(4)
  })

  it('with an error code that is not ours counts it as other', () => {
    const error = (code: string, count: string) =>
      `${METRIC_NAMES.errors}{code="${code}"} ${count}\n`
    const page = `${METRIC_NAMES.requests} 1\n${error('timeout', '1')}${error('strange', '2')}${error('__proto__', '3')}${error('internal', 'NaN')}`
    expect(need(readPage(page)).errors).toEqual({ timeout: 1, other: 5, internal: 0 })
  })

  it('with other buckets puts each count at the upper bound of its bucket', async () => {
    const { stages, page } = exporter([0.03, 2, 1000])
    for (const value of [0.001, 1, 1.5, 500, 5000]) stages.observe({ stage: 'total' }, value)
    const { total } = (await read(page())).stages
    const filled = [...(total?.counts ?? [])].flatMap((count, place) =>
      count > 0 ? [[LATENCY_BOUNDS_S[place] ?? Infinity, count]] : [],
    )
    expect(filled).toEqual([
      [0.0315, 1],
      [2, 2],
      [Infinity, 2],
    ])
  })

  it.each([
    [
      'falls',
      [
        ['1', '5'],
        ['2', '3'],
        ['+Inf', '5'],
      ],
    ],
    [
      'holds no number',
      [
        ['1', 'NaN'],
        ['+Inf', '5'],
      ],
    ],
    [
      'is infinite',
      [
        ['1', '1'],
        ['+Inf', '+Inf'],
      ],
    ],
    [
      'has a bound that is none',
      [
        ['one', '1'],
        ['+Inf', '5'],
      ],
    ],
  ])('with a histogram that %s is read without it', (_title, buckets) => {
    const lines = buckets.map(
      ([le, count]) => `${METRIC_NAMES.stages}_bucket{stage="total",le="${le}"} ${count}`,
    )
    const page = [
      `${METRIC_NAMES.requests} 1`,
      `${METRIC_NAMES.stages}_sum{stage="total"} 1`,
      ...lines,
    ]
    expect(need(readPage(page.join('\n'))).stages).toEqual({})
    expect(need(readPage([...page.slice(0, 2), ...lines.slice(-1)].join('\n'))).requests).toBe(1)
  })
})
