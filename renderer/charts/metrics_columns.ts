/** Points of `metrics.query` as the columns that charts draw: seconds, then values; null is a gap. Pure. */
import type { GaugeReading, MetricsPoint, MetricsStage } from '../../protocol/metrics.ts'
import type { Column } from './series.ts'
import { MIB } from '../../protocol/bytes.ts'

/** From the bottom of the stack to its top, in the order in which a request goes through them. */
export const STACKED_STAGES = ['queue', 'preprocess', 'inference', 'postprocess'] as const
export type StackedStage = (typeof STACKED_STAGES)[number]

export interface MetricsColumns {
  /** Unix seconds at the begin of each step. */
  timeS: readonly number[]
  /** Of the whole request, milliseconds. */
  p50: Column
  p95: Column
  p99: Column
  perS: Column
  /** The highest of each step. */
  inFlight: Column
  queued: Column
  /** The mean of each stage, milliseconds: unlike percentiles, means of stages add up to that of the whole. */
  stages: Readonly<Record<StackedStage, Column>>
  /** Each stage on top of those before it. */
  stacked: Readonly<Record<StackedStage, Column>>
  rssMib: Column
  gpuMib: Column
  /** Mean size of the batches. */
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
      // Gauges are read less often than the steps are long; what lies between two readings is no gap.
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

/** The newest known value, for a legend without a crosshair; a gap at the end means that there is none now. */
export function latestOf(values: Column): number | null {
  return values.findLast((value) => value !== undefined) ?? null
}

/** Under the crosshair; of a gauge that was not read just then, the reading before. */
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

/** null when no stage of the step is known; one that is not told alone adds nothing. */
function heightAt(point: MetricsPoint, top: StackedStage): number | null {
  if (STACKED_STAGES.every((stage) => meanOf(point, stage) === null)) return null
  return STACKED_STAGES.slice(0, STACKED_STAGES.indexOf(top) + 1).reduce(
    (sum, stage) => sum + (meanOf(point, stage) ?? 0),
    0,
  )
}

/** A point that opens a gap. */
function isEmpty(point: MetricsPoint): boolean {
  const { covered_ms, queue_depth, in_flight, rss_bytes, gpu_bytes, pong_ms } = point
  return [covered_ms, queue_depth, in_flight, rss_bytes, gpu_bytes, pong_ms].every(
    (value) => value === null,
  )
}
