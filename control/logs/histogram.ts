/** How many matching lines came when, by level. Pure, and without any package: it runs in the search thread. */
import { LOG_LEVELS_ORDER, queryMatcher, type LevelTuple } from './log_filter.ts'
import type { LogLine } from '../../protocol/log_lines.ts'
import type { LogQuery } from '../../protocol/logs.ts'

export interface Histogram {
  /** Moments of the oldest and of the newest line that was looked at, unix milliseconds; both 0 without any line. */
  from: number
  to: number
  /** Buckets of equal width from `from` to `to`, each with its lines as debug, info, warn, error; none without any line. */
  buckets: LevelTuple[]
}

/** Every line counts for the span, so that the axis stays while the query changes; matching ones of shown levels for the counts. */
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
    // Lines carry the time of the process that wrote them, so that a later line may be a little older.
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
    // The newest line lies on the end of the last bucket, and a span of one moment has no width.
    const place = width === 0 ? 0 : Math.min(amount - 1, Math.floor((time - from) / width))
    const bucket = buckets[place]
    if (bucket !== undefined) bucket[levels[index] as 0 | 1 | 2 | 3]++
  }
  return { from, to, buckets }
}
