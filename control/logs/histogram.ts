/** Counts matching lines over time, by level. Without packages, since it runs in the search thread. */
import { LOG_LEVELS_ORDER, queryMatcher, type LevelTuple } from './log_filter.ts'
import type { LogLine } from '../../protocol/log_lines.ts'
import type { LogQuery } from '../../protocol/logs.ts'

export interface Histogram {
  /** Times of the oldest and newest examined line, unix milliseconds; both 0 without lines. */
  from: number
  to: number
  /** Buckets of equal width with the counts of debug, info, warn, error; empty without lines. */
  buckets: LevelTuple[]
}

/** Every line counts for the time span, so that the axis is stable while the query changes. */
export function histogramOf(
  lines: Iterable<LogLine>,
  { query, buckets: amount }: { query: LogQuery; buckets: number },
): Histogram {
  const matches = queryMatcher(query)
  const times: number[] = []
  const levels: number[] = []
  let from = Infinity
  let to = -Infinity
  for (const line of lines) {
    // Lines carry their process's time, so a later line may be slightly older.
    from = Math.min(from, line.time)
    to = Math.max(to, line.time)
    if (matches(line) !== 'yes') continue
    times.push(line.time)
    levels.push(LOG_LEVELS_ORDER.indexOf(line.level))
  }
  if (from === Infinity) return { from: 0, to: 0, buckets: [] }
  const buckets = Array.from({ length: amount }, (): LevelTuple => [0, 0, 0, 0])
  const width = (to - from) / amount
  for (const [index, time] of times.entries()) {
    // The newest line belongs to the last bucket, and a span of one moment has no width.
    const place = width === 0 ? 0 : Math.min(amount - 1, Math.floor((time - from) / width))
    const bucket = buckets[place]
    if (bucket !== undefined) bucket[levels[index] as 0 | 1 | 2 | 3]++
  }
  return { from, to, buckets }
}
