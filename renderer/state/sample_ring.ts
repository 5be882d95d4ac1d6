/** Samples of one backend for the charts: the last five minutes, in order, bounded. */
import type { Sample } from '../../protocol/control.ts'

export const SAMPLE_SPAN_MS = 5 * 60_000
/** health_interval may be as short as 0.2 s. */
export const SAMPLES_MAX = 1500

/** Ignores a sample that is not newer than the last. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1)
  if (last && sample.time <= last.time) return samples
  return bounded([...samples, sample])
}

export function withHistory(
  samples: readonly Sample[],
  history: readonly Sample[],
): readonly Sample[] {
  const newest = history.at(-1)?.time ?? 0
  return bounded([...history, ...samples.filter((sample) => sample.time > newest)])
}

function bounded(samples: readonly Sample[]): readonly Sample[] {
  const oldest = (samples.at(-1)?.time ?? 0) - SAMPLE_SPAN_MS
  const first = samples.findIndex((sample) => sample.time >= oldest)
  return samples.slice(Math.max(first, samples.length - SAMPLES_MAX))
}
