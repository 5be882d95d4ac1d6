/** The metrics of one step of one backend: counts (buckets, requests, errors) and measures (sums, gauges). */
import type { Latency } from '../../protocol/backend.ts'
import {
  BATCH_BOUNDS,
  LATENCY_BOUNDS_S,
  METRICS_ERROR_CODES,
  METRICS_GAUGES,
  METRICS_STAGES,
  type MetricsErrorCode,
  type MetricsStage,
} from '../../protocol/metrics.ts'
import type { Gauges } from '../../protocol/metrics_reading.ts'
import { Histogram } from '../../protocol/histogram.ts'

export interface MetricsDelta {
  elapsedMs: number
  /** `page`: from GET /metrics or the gateway, with histograms. `pong`: from a pong's `stats`, without. */
  from: 'page' | 'pong'
  requests: number
  errors: Partial<Record<MetricsErrorCode, number>>
  /** Seconds, in LATENCY_BOUNDS_S. */
  stages: Partial<Record<MetricsStage, Histogram>>
  batchSizes: Histogram | null
  pongLatency: Latency | null
}

type HistogramName = MetricsStage | 'batch_size'
const HISTOGRAMS: readonly { name: HistogramName; bounds: readonly number[] }[] = [
  ...METRICS_STAGES.map((name) => ({ name, bounds: LATENCY_BOUNDS_S })),
  { name: 'batch_size', bounds: BATCH_BOUNDS },
]

/** The order of the counts. The file contains the names, so that later versions can map them. */
export const COUNT_NAMES: readonly string[] = [
  ...HISTOGRAMS.flatMap(({ name, bounds }) =>
    [...bounds, Infinity].map((bound) => `${name}<=${bound}`),
  ),
  'requests',
  ...METRICS_ERROR_CODES.map(errorName),
]

/** How a measure of a later step merges into an earlier one of the same backend. */
type Rule = 'add' | 'max' | 'latest'
const MEASURES: Readonly<Record<string, Rule>> = {
  /** Time covered by the counts, and the part of it that is from a page. */
  covered_ms: 'add',
  page_ms: 'add',
  ...Object.fromEntries(HISTOGRAMS.map(({ name }) => [`sum:${name}`, 'add' as const])),
  ...Object.fromEntries(
    METRICS_GAUGES.flatMap((gauge) => [
      [`${gauge}:sum`, 'add' as const],
      [`${gauge}:readings`, 'add' as const],
      [`${gauge}:max`, 'max' as const],
    ]),
  ),
  'latency:readings': 'add',
  'latency:p50': 'latest',
  'latency:p95': 'latest',
  'latency:p99': 'latest',
}
export const MEASURE_NAMES: readonly string[] = Object.keys(MEASURES)
const RULES = Object.values(MEASURES)
/** How measures of another backend merge; null: omitted. */
const BESIDE = MEASURE_NAMES.map((name): Rule | null => {
  if (name === 'covered_ms' || name === 'page_ms') return 'max'
  return name.startsWith('sum:') ? 'add' : null
})

const countPlaces = new Map(COUNT_NAMES.map((name, place) => [name, place]))
const measurePlaces = new Map(MEASURE_NAMES.map((name, place) => [name, place]))

export class Cell {
  readonly counts: Float64Array
  readonly measures: Float64Array

  constructor(
    counts: Float64Array = new Float64Array(COUNT_NAMES.length),
    measures: Float64Array = new Float64Array(MEASURE_NAMES.length),
  ) {
    this.counts = counts
    this.measures = measures
  }

  note(delta: MetricsDelta): void {
    this.add('covered_ms', delta.elapsedMs)
    if (delta.from === 'page') this.add('page_ms', delta.elapsedMs)
    this.addCount('requests', delta.requests)
    for (const code of METRICS_ERROR_CODES) {
      this.addCount(errorName(code), delta.errors[code] ?? 0)
    }
    for (const stage of METRICS_STAGES) {
      const values = delta.stages[stage]
      if (values !== undefined) this.addHistogram(stage, values)
    }
    if (delta.batchSizes !== null) this.addHistogram('batch_size', delta.batchSizes)
    if (delta.pongLatency !== null) {
      this.add('latency:readings', 1)
      for (const share of ['p50', 'p95', 'p99'] as const) {
        this.measures[place(measurePlaces, `latency:${share}`)] = delta.pongLatency[share]
      }
    }
  }

  noteGauges(gauges: Gauges): void {
    for (const gauge of METRICS_GAUGES) {
      const value = gauges[gauge] ?? null
      if (value === null || !Number.isFinite(value) || value < 0) continue
      this.add(`${gauge}:sum`, value)
      this.add(`${gauge}:readings`, 1)
      const max = place(measurePlaces, `${gauge}:max`)
      this.measures[max] = Math.max(this.measures[max] ?? 0, value)
    }
  }

  /** Merges a later step of the same backend. Associative; the order only matters for a pong's percentiles. */
  merge(later: Cell): void {
    this.mergeCounts(later)
    const hasLatency = later.measure('latency:readings') > 0
    for (let index = 0; index < RULES.length; index++) {
      const rule = RULES[index]
      const old = this.measures[index] ?? 0
      const young = later.measures[index] ?? 0
      if (rule === 'add') this.measures[index] = old + young
      else if (rule === 'max') this.measures[index] = Math.max(old, young)
      else if (hasLatency) this.measures[index] = young
    }
  }

  /** Merges the same step of another backend. Gauges and a pong's percentiles cannot be added and are omitted. */
  mergeBeside(other: Cell): void {
    this.mergeCounts(other)
    for (let index = 0; index < BESIDE.length; index++) {
      const own = this.measures[index] ?? 0
      const its = other.measures[index] ?? 0
      const rule = BESIDE[index]
      this.measures[index] = rule === 'add' ? own + its : rule === 'max' ? Math.max(own, its) : 0
    }
  }

  histogram(name: HistogramName): Histogram {
    const bounds = name === 'batch_size' ? BATCH_BOUNDS : LATENCY_BOUNDS_S
    const first = place(countPlaces, `${name}<=${bounds[0]}`)
    const counts = this.counts.subarray(first, first + bounds.length + 1)
    return new Histogram(bounds, counts, this.measure(`sum:${name}`))
  }

  count(name: string): number {
    return this.counts[place(countPlaces, name)] ?? 0
  }

  measure(name: string): number {
    return this.measures[place(measurePlaces, name)] ?? 0
  }

  private mergeCounts({ counts }: Cell): void {
    // A plain loop: one query merges a day's rows of several backends.
    for (let index = 0; index < counts.length; index++) {
      this.counts[index] = (this.counts[index] ?? 0) + (counts[index] ?? 0)
    }
  }

  private addHistogram(name: HistogramName, values: Histogram): void {
    const { counts } = this.histogram(name)
    counts.set(this.histogram(name).merge(values).counts)
    this.add(`sum:${name}`, values.sum)
  }

  private addCount(name: string, count: number): void {
    const index = place(countPlaces, name)
    this.counts[index] = (this.counts[index] ?? 0) + count
  }

  private add(name: string, amount: number): void {
    const index = place(measurePlaces, name)
    this.measures[index] = (this.measures[index] ?? 0) + amount
  }
}

export function errorName(code: MetricsErrorCode): string {
  return `error:${code}`
}

function place(places: ReadonlyMap<string, number>, name: string): number {
  const found = places.get(name)
  if (found === undefined) throw new Error(`a row has no "${name}"; add it to cell.ts`)
  return found
}
