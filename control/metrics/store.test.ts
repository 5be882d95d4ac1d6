import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BATCH_BOUNDS,
  LATENCY_BOUNDS_S,
  METRICS_BACKENDS_MAX,
  METRICS_RANGES,
  METRICS_STAGES,
  metricsPointSchema,
  type MetricsRange,
} from '../../protocol/metrics.ts'
import { Cell, COUNT_NAMES, MEASURE_NAMES, type MetricsDelta } from './cell.ts'
import { Histogram } from '../../protocol/histogram.ts'
import { isPacked, pack, unpack } from './ring.ts'
import { BACKEND_BYTES_MAX, MetricsStore } from './store.ts'
import { MIB } from '../../protocol/bytes.ts'

const RANGES = Object.keys(METRICS_RANGES) as MetricsRange[]
const START = Date.UTC(2030, 0, 1)

const seconds = (values: number[]) => {
  const histogram = new Histogram(LATENCY_BOUNDS_S)
  for (const value of values) histogram.add(value)
  return histogram
}
const delta = (over: Partial<MetricsDelta> = {}): MetricsDelta => ({
  elapsedMs: 1000,
  from: 'page',
  requests: 0,
  errors: {},
  stages: {},
  batchSizes: null,
  pongLatency: null,
  ...over,
})
const answered = (values: number[]) =>
  delta({ requests: values.length, stages: { total: seconds(values) } })

function storeAt(start = START) {
  const clock = { now: start }
  return { clock, store: new MetricsStore(() => clock.now) }
}

describe('a step', () => {
  it('returns counts, rates, percentiles, batches and gauges, in the form of the protocol', () => {
    const { store } = storeAt()
    const batchSizes = new Histogram(BATCH_BOUNDS)
    batchSizes.add(1)
    batchSizes.add(3)
    const stages = Object.fromEntries(METRICS_STAGES.map((stage) => [stage, seconds([0.01, 0.02])]))
    store.note(
      'a',
      START,
      delta({ elapsedMs: 500, requests: 4, errors: { timeout: 2 }, stages, batchSizes }),
    )
    store.noteGauges('a', START, { rss_bytes: 100, queue_depth: 1, gpu_bytes: null })
    store.noteGauges('a', START, { rss_bytes: 300, queue_depth: 0 })
    const [point] = store.query('a', '5m')
    expect(metricsPointSchema.parse(point)).toEqual(point)
    expect(point).toMatchObject({
      time: START,
      duration_ms: 1000,
      covered_ms: 500,
      requests: 4,
      requests_per_s: 8,
      answers: 2,
      answers_per_s: 4,
      errors: 2,
      errors_by_code: { timeout: 2 },
      batch_size: { mean: 2, at_most: 4 },
      rss_bytes: { mean: 200, max: 300 },
      queue_depth: { mean: 0.5, max: 1 },
      in_flight: null,
      gpu_bytes: null,
      pong_ms: null,
    })
    expect(point?.latency_ms.queue).toMatchObject({ from: 'histogram', mean: 15, count: 2 })
  })

  it('in which only gauges were read knows no counts, and one without answers no latency', () => {
    const { store } = storeAt()
    store.noteGauges('gauges', START, { pong_ms: 1 })
    expect(store.query('gauges', '5m')[0]).toMatchObject({
      covered_ms: null,
      requests: null,
      requests_per_s: null,
      answers: null,
      errors: null,
      errors_by_code: null,
    })
    store.note('idle', START, delta())
    expect(store.query('idle', '5m')[0]).toMatchObject({
      requests: 0,
      answers: 0,
      errors_by_code: {},
      latency_ms: { total: null },
      batch_size: null,
    })
  })

  it('of a backend that only pongs tell of keeps its last percentiles, marked, and no number of answers', () => {
    const { store } = storeAt()
    const said = (p50: number) =>
      delta({
        from: 'pong',
        requests: 1,
        errors: { other: 1 },
        pongLatency: { p50, p95: 9, p99: 9 },
      })
    store.note('a', START, said(5))
    store.note('a', START + 1000, said(7))
    expect(store.query('a', '1h')[0]).toMatchObject({
      requests: 2,
      answers: null,
      answers_per_s: null,
      errors_by_code: { other: 2 },
      latency_ms: { total: { p50: 7, p95: 9, p99: 9, from: 'pong', mean: null, count: null } },
    })
  })

  it('refuses a time that is none', () => {
    const { store } = storeAt()
    expect(() => store.note('a', NaN, delta())).toThrow(/NaN is not a valid time/)
  })
})

describe('a gap', () => {
  it('is one point of nulls where nothing was measured, and none where a late look stands for the time', () => {
    const { store, clock } = storeAt()
    store.note('a', START, delta({ requests: 1 }))
    clock.now = START + 3000
    store.note('a', START + 3000, delta({ elapsedMs: 3000, requests: 1 }))
    expect(store.query('a', '5m').map(({ requests }) => requests)).toEqual([1, 1])
    clock.now = START + 20_000
    store.note('a', START + 20_000, delta({ requests: 1 }))
    const points = store.query('a', '5m')
    expect(points.map(({ requests }) => requests)).toEqual([1, 1, null, 1])
    expect(points[2]?.time).toBe(START + 4000)
    expect(metricsPointSchema.parse(points[2])).toEqual(points[2])
  })

  it('stays open at the end while nothing more comes', () => {
    const { store, clock } = storeAt()
    store.note('a', START, delta({ requests: 1 }))
    clock.now = START + 1500
    expect(store.query('a', '5m')).toHaveLength(1)
    clock.now = START + 10_000
    expect(store.query('a', '5m').map(({ requests }) => requests)).toEqual([1, null])
  })
})

describe('several backends', () => {
  it('are merged from their histograms, and their rates add', () => {
    const { store } = storeAt()
    store.note('fast', START, answered(Array.from({ length: 90 }, () => 0.002)))
    store.note('slow', START, answered(Array.from({ length: 10 }, () => 1.9)))
    store.noteGauges('slow', START, { rss_bytes: 1 })
    const [point] = store.query(['fast', 'slow', 'fast', 'unknown'], '5m')
    expect(point).toMatchObject({
      requests: 100,
      requests_per_s: 100,
      answers: 100,
      rss_bytes: null,
    })
    expect(point?.latency_ms.total?.p50).toBeLessThan(3)
    expect(point?.latency_ms.total?.p95).toBeGreaterThan(1600)
    expect(store.summary(['fast', 'slow'], '24h')?.latency_ms).toEqual(point?.latency_ms)
  })

  it('one from a page and one from a pong add their rates as well', () => {
    const { store } = storeAt()
    store.note('page', START, answered([1, 1]))
    store.note('pong', START, delta({ from: 'pong', requests: 3 }))
    expect(store.query(['page', 'pong'], '5m')[0]).toMatchObject({
      requests_per_s: 5,
      answers_per_s: 2,
    })
  })

  it('an unknown one has no points and no summary', () => {
    const { store } = storeAt()
    expect(store.query('a', '5m')).toEqual([])
    expect(store.summary('a', '5m')).toBeNull()
    expect(store.names).toEqual([])
  })
})

describe('the clock', () => {
  it('set back an hour: the new notes are found, and nothing is shown of the future', () => {
    const { store, clock } = storeAt()
    store.note('a', START, delta({ requests: 1 }))
    clock.now = START - 3_600_000
    store.note('a', clock.now, delta({ requests: 5 }))
    for (const range of RANGES) {
      expect(store.query('a', range).map(({ requests }) => requests)).toEqual([5])
    }
  })

  it('a note from before the span does not replace a step inside it', () => {
    const { store } = storeAt()
    store.note('a', START, delta({ requests: 1 }))
    store.note('a', START - 300_000, delta({ requests: 9 }))
    expect(store.query('a', '5m').map(({ requests }) => requests)).toEqual([1])
    expect(store.summary('a', '1h')?.requests).toBe(10)
  })
})

describe('memory', () => {
  it('16 backends with every step full and every bucket in use take less than 50 MiB', () => {
    expect(16 * BACKEND_BYTES_MAX).toBeLessThan(50 * MIB)
    const { store, clock } = storeAt()
    const everything = new Histogram(LATENCY_BOUNDS_S, new Float64Array(60).fill(1e12), 1)
    const stages = Object.fromEntries(METRICS_STAGES.map((stage) => [stage, everything]))
    const batchSizes = new Histogram(BATCH_BOUNDS, new Float64Array(10).fill(1e12), 1)
    const full = delta({ requests: 1e12, errors: { timeout: 1, other: 1 }, stages, batchSizes })
    const { points } = METRICS_RANGES['24h']
    const fill = (spacingMs: number, count: number) => {
      for (let index = 0; index < count; index++) {
        clock.now += spacingMs
        store.note('a', clock.now, full)
      }
    }
    fill(60_000, points)
    fill(10_000, 360)
    fill(1000, 300)
    const steps = RANGES.map((range) => store.query('a', range).length)
    expect(steps).toEqual([300, 360, points])
    expect(store.bytes).toBe(BACKEND_BYTES_MAX)
    fill(1000, 600)
    expect(store.bytes).toBe(BACKEND_BYTES_MAX)
  })

  it('a usual load of 16 backends takes less than 16 MiB', () => {
    const { store, clock } = storeAt()
    const stages = Object.fromEntries(
      METRICS_STAGES.map((stage) => [stage, seconds([0.01, 0.011, 0.014, 0.02])]),
    )
    for (let minute = 0; minute < 1440; minute++) {
      clock.now += 60_000
      store.note('a', clock.now, delta({ requests: 4, stages }))
    }
    for (let second = 0; second < 3600; second++) {
      clock.now += 1000
      store.note('a', clock.now, delta({ requests: 4, stages }))
    }
    expect(16 * store.bytes).toBeLessThan(16 * MIB)
  })

  it('of more backends than the maximum the one that was silent longest is let go', () => {
    const { store } = storeAt()
    for (let index = 0; index < METRICS_BACKENDS_MAX; index++)
      store.note(`${index}`, START, delta())
    store.note('0', START, delta())
    store.note('one more', START, delta())
    expect(store.names).toHaveLength(METRICS_BACKENDS_MAX)
    expect(store.names).not.toContain('1')
    expect(store.names).toEqual(expect.arrayContaining(['0', 'one more']))
    store.forget('0')
    expect(store.names).not.toContain('0')
  })
})

describe('rows', () => {
  const count = fc.nat({ max: 1000 })
  const cells = fc
    .tuple(
      fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, count), {
        minLength: COUNT_NAMES.length,
        maxLength: COUNT_NAMES.length,
      }),
      fc.array(count, { minLength: MEASURE_NAMES.length, maxLength: MEASURE_NAMES.length }),
    )
    .map(([counts, measures]) => new Cell(Float64Array.from(counts), Float64Array.from(measures)))
  const copy = ({ counts, measures }: Cell) => new Cell(counts.slice(), measures.slice())
  const merged = (...all: Cell[]) => {
    const [first = new Cell(), ...rest] = all
    const sum = copy(first)
    for (const cell of rest) sum.merge(cell)
    return sum
  }

  it('merge associatively', () => {
    fc.assert(
      fc.property(cells, cells, cells, (a, b, c) => {
        expect(merged(merged(a, b), c)).toEqual(merged(a, merged(b, c)))
      }),
      { numRuns: 30 },
    )
  })

  it('are the same after packing, and what pack() made is known as that', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), count), { maxLength: 40 }), (values) => {
        const packed = pack(Float64Array.from(values))
        expect([...unpack(packed, values.length)]).toEqual(values)
        expect(isPacked(packed, values.length)).toBe(true)
        expect(packed.length).toBeLessThanOrEqual(values.length)
      }),
    )
  })

  it.each([
    ['an odd number of entries', [1]],
    ['a place outside the row', [9, 1]],
    ['places that do not ascend', [2, 1, 2, 1]],
    ['more than a row', Array.from({ length: 10 }, () => 0)],
  ])('%s are not what pack() makes', (_title, values) => {
    expect(isPacked(Uint32Array.from(values), 9)).toBe(false)
  })
})

describe('over simulated hours', () => {
  const BACKENDS = ['a', 'b']
  const latencies = fc.array(fc.double({ min: 0.0001, max: 70, noNaN: true }), { maxLength: 5 })
  const operations = fc.array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('note' as const),
          backend: fc.constantFrom(...BACKENDS),
          errors: fc.nat(3),
          latencies,
          // A note may be slightly late.
          lateMs: fc.nat(3000),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('wait' as const),
          ms: fc.oneof(fc.nat(3000), fc.nat(120_000), fc.nat(7_200_000)),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    ),
    { maxLength: 120 },
  )

  it('the totals of each resolution are the sums of what was noted inside its span', () => {
    fc.assert(
      fc.property(operations, (script) => {
        const clock = { now: START }
        let store = new MetricsStore(() => clock.now)
        const noted: { backend: string; time: number; errors: number; latencies: number[] }[] = []
        for (const operation of script) {
          if (operation.kind === 'wait') clock.now += operation.ms
          else if (operation.kind === 'restart') {
            const snapshot = store.snapshot()
            store = new MetricsStore(() => clock.now)
            store.restore(snapshot)
          } else {
            const { backend, errors } = operation
            const time = clock.now - operation.lateMs
            noted.push({ backend, time, errors, latencies: operation.latencies })
            store.note(backend, time, {
              ...answered(operation.latencies),
              errors: { timeout: errors },
            })
          }
        }
        for (const range of RANGES) {
          const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
          const step = (time: number) => Math.floor(time / stepMs)
          const isInside = ({ time }: { time: number }) => step(time) > step(clock.now) - points
          const inside = noted.filter(isInside)
          for (const names of [['a'], ['b'], BACKENDS]) {
            const own = inside.filter(({ backend }) => names.includes(backend))
            const all = own.flatMap((note) => note.latencies)
            const summary = store.summary(names, range)
            if (own.length === 0) {
              expect(summary).toBeNull()
              continue
            }
            expect(summary).toMatchObject({
              requests: all.length,
              answers: all.length,
              errors: own.reduce((sum, { errors }) => sum + errors, 0),
            })
            const p95 = seconds(all).percentile(0.95)
            if (p95 === null) expect(summary?.latency_ms.total).toBeNull()
            else expect(summary?.latency_ms.total?.p95).toBeCloseTo(p95 * 1000, 2)
            const series = store.query(names, range)
            expect(series.reduce((sum, { answers }) => sum + (answers ?? 0), 0)).toBe(all.length)
            const times = series.map(({ time }) => time)
            expect([...new Set(times)].sort((x, y) => x - y)).toEqual(times)
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})
