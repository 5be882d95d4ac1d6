/** Samples as the columns that a chart draws: seconds, and null where samples are missing. Pure. */
import type { Sample } from '../../protocol/control.ts'

export type Column = readonly (number | null)[]

export interface SampleColumns {
  /** Unix seconds, as uPlot takes them. */
  timeS: readonly number[]
  p50: Column
  p95: Column
  p99: Column
  perS: Column
  inFlight: Column
  queued: Column
  rssMib: Column
}

const MIB = 1024 ** 2
/** A silence is a gap when it is this many times longer than those around it... */
const GAP_INTERVALS = 3
/** ...and longer than the shortest silence that anyone would call one. Health checks are close together during a start. */
const GAP_MS_MIN = 5000

export function sampleColumns(samples: readonly Sample[]): SampleColumns {
  const rows = withGaps(samples)
  const column = (pick: (sample: Sample) => number | null) =>
    rows.map(({ sample }) => (sample === null ? null : pick(sample)))
  return {
    timeS: rows.map((row) => row.time / 1000),
    p50: column((sample) => sample.latency_ms?.p50 ?? null),
    p95: column((sample) => sample.latency_ms?.p95 ?? null),
    p99: column((sample) => sample.latency_ms?.p99 ?? null),
    perS: column((sample) => sample.requests_per_s),
    inFlight: column((sample) => sample.in_flight),
    queued: column((sample) => sample.queue_depth),
    rssMib: column((sample) => (sample.rss_bytes === null ? null : sample.rss_bytes / MIB)),
  }
}

interface Row {
  time: number
  sample: Sample | null
}

function withGaps(samples: readonly Sample[]): Row[] {
  const intervalMs = (index: number) => {
    const [before, after] = [samples[index - 1], samples[index]]
    return before && after ? after.time - before.time : 0
  }
  return samples.flatMap((sample, index) => {
    const silenceMs = intervalMs(index)
    const aroundMs = Math.max(intervalMs(index - 1), intervalMs(index + 1))
    const isGap = silenceMs > Math.max(GAP_MS_MIN, GAP_INTERVALS * aroundMs)
    const row = { time: sample.time, sample }
    return isGap ? [{ time: sample.time - silenceMs + 1, sample: null }, row] : [row]
  })
}
