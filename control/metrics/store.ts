/**
 * The metrics of every backend at three resolutions: 1 s for 5 min, 10 s for 1 h, 60 s for 24 h. Bounded: 32 backends
 * of at most 3.2 MB each. persist.ts saves it, hour_files.ts keeps older minutes.
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

export const BACKEND_BYTES_MAX = Object.values(METRICS_RANGES).reduce(
  (sum, { points }) => sum + points * STEP_BYTES_MAX,
  0,
)

export class MetricsStore {
  private readonly now: () => number
  /** In the order of the last note: the longest inactive is first. */
  private readonly backends = new Map<string, Record<MetricsRange, Ring>>()

  constructor(now: () => number) {
    this.now = now
  }

  get names(): string[] {
    return [...this.backends.keys()]
  }

  get bytes(): number {
    const rings = [...this.backends.values()].flatMap((ofBackend) => Object.values(ofBackend))
    return rings.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** `time` is the end of the delta in unix milliseconds. Throws RangeError for an invalid time. */
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

  forget(backend: string): void {
    this.backends.delete(backend)
  }

  /** Points of the range up to now; several backends are merged. An unknown backend has no points. */
  query(backends: string | readonly string[], range: MetricsRange): MetricsPoint[] {
    const { resolution_ms: stepMs } = METRICS_RANGES[range]
    return pointsOf(this.steps(backends, range), stepMs, this.now())
  }

  /** The whole range as one point, with percentiles from the merged histograms; null without measurements. */
  summary(backends: string | readonly string[], range: MetricsRange): MetricsPoint | null {
    const { resolution_ms: stepMs, points } = METRICS_RANGES[range]
    const first = Math.floor(this.now() / stepMs) - points + 1
    return summaryOf(this.steps(backends, range), first * stepMs, points * stepMs)
  }

  packedSteps(backend: string, range: MetricsRange): PackedStep[] {
    const ring = this.backends.get(backend)?.[range]
    return [...(ring?.packed(this.now()) ?? [])].map(({ number, measures, counts }) => ({
      number,
      measures: measures.slice(),
      counts,
    }))
  }

  steps(backends: string | readonly string[], range: MetricsRange): Step[] {
    const names = typeof backends === 'string' ? [backends] : [...new Set(backends)]
    const now = this.now()
    return mergeBeside(
      names.map((name) => [...(this.backends.get(name)?.[range].steps(now) ?? [])]),
    )
  }

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
   * Restores `snapshot()` before anything is noted; its steps replace existing ones. Throws SnapshotError without
   * effect. Returns all steps, including those older than the ranges.
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
    // Added to each resolution. Merging is associative, so the result equals a roll-up of shorter steps, but is never
    // incomplete at exit or after a clock change.
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
