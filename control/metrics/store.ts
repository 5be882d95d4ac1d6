/**
 * What is remembered of every backend, at three resolutions: 1 s for 5 min, 10 s for 1 h, 60 s for 24 h. Bounded: 32 backends of
 * at most 3.2 MB each. Who looks at the backends is scraper.ts, who keeps it over a restart is persist.ts.
 */
import {
  METRICS_BACKENDS_MAX,
  METRICS_RANGES,
  type MetricsPoint,
  type MetricsRange,
} from '../../protocol/metrics.ts'
import { Cell, type Gauges, type MetricsDelta } from './cell.ts'
import { emptyPoint, pointOf } from './point.ts'
import { Ring, STEP_BYTES_MAX, type Step } from './ring.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'

const RANGES = Object.keys(METRICS_RANGES) as MetricsRange[]

/** Bytes of the arrays of one backend with every step full and every bucket of it in use. */
export const BACKEND_BYTES_MAX = Object.values(METRICS_RANGES).reduce(
  (sum, { points }) => sum + points * STEP_BYTES_MAX,
  0,
)

export class MetricsStore {
  private readonly now: () => number
  /** In the order of the last note: the first was silent longest. */
  private readonly backends = new Map<string, Record<MetricsRange, Ring>>()

  /** `now` is unix milliseconds. */
  constructor(now: () => number) {
    this.now = now
  }

  get names(): string[] {
    return [...this.backends.keys()]
  }

  /** Bytes of the arrays; at most METRICS_BACKENDS_MAX * BACKEND_BYTES_MAX. */
  get bytes(): number {
    const rings = [...this.backends.values()].flatMap((ofBackend) => Object.values(ofBackend))
    return rings.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** `time` in unix ms is when the delta ended. Throws RangeError for a time that is none. */
  note(backend: string, time: number, delta: MetricsDelta): void {
    const cell = new Cell()
    cell.note(delta)
    this.merge(backend, time, cell)
  }

  noteGauges(backend: string, time: number, gauges: Gauges): void {
    const cell = new Cell()
    cell.noteGauges(gauges)
    this.merge(backend, time, cell)
  }

  /** Lets go of a backend that is no longer configured. */
  forget(backend: string): void {
    this.backends.delete(backend)
  }

  /**
   * The steps of the range that ends now, oldest first. Steps without a measurement are left out; the first step of each gap is a
   * point of nulls, so that a chart interrupts its line. Several backends are merged step by step. An unknown one has no points.
   */
  query(backends: string | readonly string[], range: MetricsRange): MetricsPoint[] {
    const { resolution_ms: stepMs } = METRICS_RANGES[range]
    const points: MetricsPoint[] = []
    let next: number | null = null
    for (const { number, cell } of this.steps(backends, range)) {
      // A look that came late stands for the steps before it too: those are no gap.
      const coveredSteps = Math.max(1, Math.ceil(cell.measure('covered_ms') / stepMs))
      if (next !== null && next <= number - coveredSteps) {
        points.push(emptyPoint(next * stepMs, stepMs))
      }
      points.push(pointOf(cell, number * stepMs, stepMs))
      next = number + 1
    }
    const current = Math.floor(this.now() / stepMs)
    // The current step and the one before may still be on their way.
    if (next !== null && next < current - 1) points.push(emptyPoint(next * stepMs, stepMs))
    return points
  }

  /** The whole range in one point, its percentiles from the merged histograms of all steps; null when nothing was measured. */
  summary(backends: string | readonly string[], range: MetricsRange): MetricsPoint | null {
    const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
    const whole = new Cell()
    const steps = this.steps(backends, range)
    for (const { cell } of steps) whole.merge(cell)
    if (steps.length === 0) return null
    const first = Math.floor(this.now() / stepMs) - points + 1
    return pointOf(whole, first * stepMs, points * stepMs)
  }

  /** Everything, for restore(); see snapshot.ts. */
  snapshot(): Uint8Array {
    const now = this.now()
    return writeSnapshot(
      [...this.backends].map(([name, rings]) => ({
        name,
        series: RANGES.map((range) => ({ range, steps: [...rings[range].packed(now)] })),
      })),
    )
  }

  /**
   * Takes in what snapshot() gave, before anything is noted: a step of the snapshot replaces one that is here. Throws SnapshotError
   * when it cannot be read, and then changes nothing.
   */
  restore(snapshot: Uint8Array): void {
    for (const { name, series } of readSnapshot(snapshot)) {
      const rings = this.rings(name)
      for (const { range, steps } of series) {
        for (const step of steps) rings[range].set(step)
      }
    }
  }

  private steps(backends: string | readonly string[], range: MetricsRange): Step[] {
    const names = typeof backends === 'string' ? [backends] : [...new Set(backends)]
    const now = this.now()
    const series = names.map((name) => [...(this.backends.get(name)?.[range].steps(now) ?? [])])
    const [only = []] = series
    return series.length === 1 ? only : mergeBeside(series.flat())
  }

  private merge(backend: string, time: number, cell: Cell): void {
    const now = this.now()
    // Each delta goes into the step of every resolution. Merging is associative, so this is what rolling up the shorter steps
    // gives, without one that is half rolled up when the process ends or the clock is set.
    for (const ring of Object.values(this.rings(backend))) ring.merge(time, now, cell)
  }

  private rings(backend: string): Record<MetricsRange, Ring> {
    const rings = this.backends.get(backend) ?? newRings()
    this.backends.delete(backend)
    this.backends.set(backend, rings)
    const [silent] = this.backends.keys()
    if (this.backends.size > METRICS_BACKENDS_MAX && silent !== undefined) this.forget(silent)
    return rings
  }
}

function newRings(): Record<MetricsRange, Ring> {
  const rings = RANGES.map((range) => {
    const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
    return [range, new Ring(stepMs, points)]
  })
  return Object.fromEntries(rings) as Record<MetricsRange, Ring>
}

/** One step for each number, of all backends that have it. */
function mergeBeside(steps: Step[]): Step[] {
  const merged = new Map<number, Cell>()
  for (const { number, cell } of steps) {
    const sum = merged.get(number) ?? new Cell()
    sum.mergeBeside(cell)
    merged.set(number, sum)
  }
  return [...merged].map(([number, cell]) => ({ number, cell })).sort((a, b) => a.number - b.number)
}
