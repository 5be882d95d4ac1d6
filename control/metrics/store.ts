/**
 * What is remembered of every backend, at three resolutions: 1 s for 5 min, 10 s for 1 h, 60 s for 24 h. Bounded: 32 backends of
 * at most 3.2 MB each. scraper.ts looks at the backends, persist.ts keeps this over a restart, hour_files.ts keeps older minutes.
 */
import {
  METRICS_BACKENDS_MAX,
  METRICS_RANGES,
  type MetricsPoint,
  type MetricsRange,
} from '../../protocol/metrics.ts'
import type { Gauges } from '../../protocol/metrics_reading.ts'
import { Cell, type MetricsDelta } from './cell.ts'
import { Ring, STEP_BYTES_MAX, type PackedStep, type Step } from './ring.ts'
import { mergeBeside, pointsOf, summaryOf } from './series.ts'
import { readSnapshot, writeSnapshot, type SeriesOfBackend } from './snapshot.ts'

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

  /** The steps of the range that ends now, as pointsOf() makes them; several backends are merged. An unknown one has no points. */
  query(backends: string | readonly string[], range: MetricsRange): MetricsPoint[] {
    const { resolution_ms: stepMs } = METRICS_RANGES[range]
    return pointsOf(this.steps(backends, range), stepMs, this.now())
  }

  /** The whole range in one point, its percentiles from the merged histograms of all steps; null when nothing was measured. */
  summary(backends: string | readonly string[], range: MetricsRange): MetricsPoint | null {
    const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
    const first = Math.floor(this.now() / stepMs) - points + 1
    return summaryOf(this.steps(backends, range), first * stepMs, points * stepMs)
  }

  /** Those of one backend inside the range that ends now, oldest first; copies, which later measurements do not change. */
  packedSteps(backend: string, range: MetricsRange): PackedStep[] {
    const ring = this.backends.get(backend)?.[range]
    return [...(ring?.packed(this.now()) ?? [])].map(({ number, measures, counts }) => ({
      number,
      measures: measures.slice(),
      counts,
    }))
  }

  /** Steps of the range that ends now, oldest first; those of several backends are merged. */
  steps(backends: string | readonly string[], range: MetricsRange): Step[] {
    const names = typeof backends === 'string' ? [backends] : [...new Set(backends)]
    const now = this.now()
    return mergeBeside(
      names.map((name) => [...(this.backends.get(name)?.[range].steps(now) ?? [])]),
    )
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
   * when it cannot be read, and then changes nothing. Returns what was read: also steps that are older than the ranges by now.
   */
  restore(snapshot: Uint8Array): SeriesOfBackend[] {
    const backends = readSnapshot(snapshot)
    for (const { name, series } of backends) {
      const rings = this.rings(name)
      for (const { range, steps } of series) {
        for (const step of steps) rings[range].set(step)
      }
    }
    return backends
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
