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
/** Between two samples lies usually one health interval; a longer silence is a gap. */
const GAP_INTERVALS = 3

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
  const limit = GAP_INTERVALS * medianInterval(samples)
  const rows: Row[] = []
  samples.forEach((sample, index) => {
    const before = samples[index - 1]
    if (before && sample.time - before.time > limit) {
      rows.push({ time: before.time + 1, sample: null })
    }
    rows.push({ time: sample.time, sample })
  })
  return rows
}

function medianInterval(samples: readonly Sample[]): number {
  const intervals = samples
    .slice(1)
    .map((sample, index) => sample.time - (samples[index]?.time ?? 0))
    .sort((left, right) => left - right)
  return intervals[Math.floor(intervals.length / 2)] ?? Infinity
}
