import {
  METRICS_POINTS_MAX,
  METRICS_RANGES,
  type MetricsRange,
  type MetricsResult,
} from '../../protocol/metrics.ts'
import { Cell } from './cell.ts'
import { HOUR_MS, MINUTE_STEP_MS, stepsByHour, type HourFiles } from './hour_files.ts'
import { open, type PackedStep, type Step } from './ring.ts'
import { mergeBeside, pointsOf, summaryOf } from './series.ts'
import type { MetricsStore } from './store.ts'

export interface MetricsPast {
  store: MetricsStore
  hours: HourFiles
  now(): number
}

export interface Span {
  fromMs: number
  toMs: number
}

/** Round minutes, so that coarse steps start at round times. */
const COARSE_MINUTES = [1, 2, 5, 10, 15, 30, 60]

/** Uses the finest available steps, at most METRICS_POINTS_MAX. Steps of several ids are merged. */
export async function querySpan(
  past: MetricsPast,
  ids: readonly string[],
  span: Span,
): Promise<MetricsResult> {
  const range = rangeInMemory(span, past.now())
  const stepMs = range === null ? coarseStepMs(span) : METRICS_RANGES[range].resolution_ms
  const all =
    range === null ? await readSteps(past, ids, span, stepMs) : past.store.steps(ids, range)
  const steps = all.filter(
    ({ number }) => (number + 1) * stepMs > span.fromMs && number * stepMs < span.toMs,
  )
  const endMs = Math.min(span.toMs, past.now())
  return {
    points: pointsOf(steps, stepMs, endMs),
    summary: summaryOf(steps, span.fromMs, span.toMs - span.fromMs),
    resolution_ms: stepMs,
    oldest: steps.length > 0 ? null : await oldestOf(past, ids),
  }
}

/** The finest range that reaches back to the start of the span; null: minutes, from files. */
function rangeInMemory({ fromMs, toMs }: Span, nowMs: number): MetricsRange | null {
  const ranges = Object.entries(METRICS_RANGES) as [MetricsRange, (typeof METRICS_RANGES)['5m']][]
  const found = ranges.find(
    ([, { resolution_ms: stepMs, points }]) =>
      stepMs < MINUTE_STEP_MS && fromMs >= nowMs - stepMs * points && toMs > fromMs,
  )
  return found?.[0] ?? null
}

export function coarseStepMs({ fromMs, toMs }: Span): number {
  const minutes = (toMs - fromMs) / MINUTE_STEP_MS
  const fits = COARSE_MINUTES.find((one) => minutes / one <= METRICS_POINTS_MAX)
  return (fits ?? Math.ceil(minutes / METRICS_POINTS_MAX)) * MINUTE_STEP_MS
}

async function readSteps(
  { store, hours }: MetricsPast,
  ids: readonly string[],
  span: Span,
  stepMs: number,
): Promise<Step[]> {
  const names = [...new Set(ids)]
  const series = names.map((name) => new Coarse(stepMs, store.packedSteps(name, '24h')))
  const onDisk = new Set(hours.hoursIn(span.fromMs, span.toMs))
  const last = Math.floor(span.toMs / HOUR_MS)
  for (let hour = Math.floor(span.fromMs / HOUR_MS); hour <= last; hour++) {
    const read = onDisk.has(hour) ? await hours.read(hour) : null
    for (const [index, name] of names.entries()) series[index]?.add(hour, read?.get(name) ?? [])
  }
  return mergeBeside(series.map((one) => one.steps))
}

class Coarse {
  private readonly stepMs: number
  private readonly inMemory: Map<number, PackedStep[]>
  private readonly cells = new Map<number, Cell>()

  constructor(stepMs: number, inMemory: PackedStep[]) {
    this.stepMs = stepMs
    this.inMemory = stepsByHour(inMemory)
  }

  /** Call with ascending hours. Steps in memory override those on disk. */
  add(hour: number, onDisk: readonly PackedStep[]): void {
    const minutes = new Map(
      [...onDisk, ...(this.inMemory.get(hour) ?? [])].map((step) => [step.number, step]),
    )
    for (const step of [...minutes.values()].sort((a, b) => a.number - b.number)) {
      const number = Math.floor((step.number * MINUTE_STEP_MS) / this.stepMs)
      const cell = this.cells.get(number) ?? new Cell()
      cell.merge(open(step))
      this.cells.set(number, cell)
    }
  }

  get steps(): Step[] {
    return [...this.cells].map(([number, cell]) => ({ number, cell }))
  }
}

async function oldestOf(
  { store, hours }: MetricsPast,
  ids: readonly string[],
): Promise<number | null> {
  const inMemory = store.steps(ids, '24h')[0]?.number
  const found = [
    await hours.oldestOf(ids),
    inMemory === undefined ? null : inMemory * MINUTE_STEP_MS,
  ].filter((time) => time !== null)
  return found.length === 0 ? null : Math.min(...found)
}
