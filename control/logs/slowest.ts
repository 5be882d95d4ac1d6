/** The slowest requests among log lines. Without packages, since it runs in the search thread. */
import type { LogLine } from '../../protocol/log_lines.ts'
import type { LogQuery, SlowRequest } from '../../protocol/logs.ts'
import { queryMatcher } from './log_filter.ts'

export interface Slowest {
  requests: SlowRequest[]
  total: number
}

/** Counts lines of responses, which carry `total_ms`. */
export function slowestOf(
  lines: Iterable<LogLine>,
  { query, limit }: { query: LogQuery; limit: number },
): Slowest {
  const matches = queryMatcher(query)
  const requests: SlowRequest[] = []
  let total = 0
  for (const line of lines) {
    const totalMs = line.fields?.total_ms
    const { request_id: requestId, time, source, message } = line
    if (typeof totalMs !== 'number' || requestId === undefined || matches(line) !== 'yes') continue
    total++
    const last = requests.at(-1)
    if (requests.length === limit && last !== undefined && totalMs <= last.total_ms) continue
    const place = requests.findIndex((other) => other.total_ms < totalMs)
    const found = { request_id: requestId, time, source, message, total_ms: totalMs }
    requests.splice(place === -1 ? requests.length : place, 0, found)
    requests.length = Math.min(requests.length, limit)
  }
  return { requests, total }
}
