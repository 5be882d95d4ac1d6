/** Points of `metrics.query` as chart columns: seconds, then values; null is a gap. */
import type { GaugeReading, MetricsPoint, MetricsStage } from '../../protocol/metrics.ts'
import type { Column } from './series.ts'
import { MIB } from '../../protocol/bytes.ts'

/** Bottom to top, in the order in which a request passes them. */
export const STACKED_STAGES = ['queue', 'preprocess', 'inference', 'postprocess'] as const
export type StackedStage = (typeof STACKED_STAGES)[number]

export interface MetricsColumns {
  /** Unix seconds at the start of each step. */
  timeS: readonly number[]
  /** Whole request, milliseconds. */
  p50: Column
  p95: Column
  p99: Column
  perS: Column
  inFlight: Column
  queued: Column
  /** Mean of each stage, milliseconds. Unlike percentiles, means add up to the total. */
  stages: Readonly<Record<StackedStage, Column>>
  stacked: Readonly<Record<StackedStage, Column>>
  rssMib: Column
  gpuMib: Column
  batch: Column
  /** Round trip of the health check, milliseconds. */
  pongMs: Column
}

export function metricsColumns(points: readonly MetricsPoint[]): MetricsColumns {
  const column = (pick: (point: MetricsPoint) => number | null) => points.map(pick)
  const total = (pick: 'p50' | 'p95' | 'p99') =>
    column(({ latency_ms: { total: stage } }) => stage?.[pick] ?? null)
  const gauge = (
    pick: (point: MetricsPoint) => GaugeReading | null,
    read: (reading: GaugeReading) => number,
  ) =>
    points.map((point) => {
      const reading = pick(point)
      if (reading !== null) return read(reading)
      // Gauges are read less often than once per step; steps between two readings are not gaps.
      return isEmpty(point) ? null : undefined
    })
  return {
    timeS: points.map(({ time }) => time / 1000),
    p50: total('p50'),
    p95: total('p95'),
    p99: total('p99'),
    perS: column((point) => point.requests_per_s),
    inFlight: gauge(
      (point) => point.in_flight,
      ({ max }) => max,
    ),
    queued: gauge(
      (point) => point.queue_depth,
      ({ max }) => max,
    ),
    stages: byStage((stage) => column((point) => meanOf(point, stage))),
    stacked: byStage((stage) => column((point) => heightAt(point, stage))),
    rssMib: gauge(
      (point) => point.rss_bytes,
      ({ mean }) => mean / MIB,
    ),
    gpuMib: gauge(
      (point) => point.gpu_bytes,
      ({ mean }) => mean / MIB,
    ),
    batch: column((point) => point.batch_size?.mean ?? null),
    pongMs: gauge(
      (point) => point.pong_ms,
      ({ mean }) => mean,
    ),
  }
}

/** The newest known value, for a legend without a crosshair; null if the column ends with a gap. */
export function latestOf(values: Column): number | null {
  return values.findLast((value) => value !== undefined) ?? null
}

/** Value under the crosshair; for gauges the last reading before it. */
export function valueAt(values: Column, index: number | null): number | null {
  return latestOf(index === null ? values : values.slice(0, index + 1))
}

function byStage(columnOf: (stage: StackedStage) => Column): Record<StackedStage, Column> {
  const entries = STACKED_STAGES.map((stage) => [stage, columnOf(stage)] as const)
  return Object.fromEntries(entries) as Record<StackedStage, Column>
}

function meanOf({ latency_ms: stages }: MetricsPoint, stage: MetricsStage): number | null {
  return stages[stage]?.mean ?? null
}

/** null if no stage of the step is known; a single unknown stage counts as zero. */
function heightAt(point: MetricsPoint, top: StackedStage): number | null {
  if (STACKED_STAGES.every((stage) => meanOf(point, stage) === null)) return null
  return STACKED_STAGES.slice(0, STACKED_STAGES.indexOf(top) + 1).reduce(
    (sum, stage) => sum + (meanOf(point, stage) ?? 0),
    0,
  )
}

function isEmpty(point: MetricsPoint): boolean {
  const { covered_ms, queue_depth, in_flight, rss_bytes, gpu_bytes, pong_ms } = point
  return [covered_ms, queue_depth, in_flight, rss_bytes, gpu_bytes, pong_ms].every(
    (value) => value === null,
  )
}
