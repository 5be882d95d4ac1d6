/** Matches lines against a filter or query. Without packages, since it runs in the search thread. */
import type { LogFilter, LogLevel, LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'

export type LevelCounts = Record<LogLevel, number>

/** Not LOG_LEVELS of the protocol, whose module loads zod: too much for the search thread. */
export const LOG_LEVELS_ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
export type LevelTuple = [number, number, number, number]

/** `level`: matches except for the level, so it is counted but not shown. */
export type Match = 'yes' | 'no' | 'level'

export const noCounts = (): LevelCounts => ({ debug: 0, info: 0, warn: 0, error: 0 })

/** For the live view: plain text, case-insensitive. */
export function matcher(filter: LogFilter): (line: LogLine) => Match {
  const { search, ...others } = filter
  return queryMatcher({ ...others, pattern: search })
}

/** Throws SyntaxError for an invalid pattern. */
export function queryMatcher(query: LogQuery): (line: LogLine) => Match {
  const sources = new Set(query.sources ?? [])
  const levels = query.levels === undefined ? null : new Set(query.levels)
  const { time_from: from = -Infinity, time_to: to = Infinity, after_seq: after = -1 } = query
  const { request_id: requestId, before_seq: before = Infinity } = query
  const isFound = textMatcher(query)
  return (line) => {
    if (line.seq <= after || line.seq >= before || line.time < from || line.time > to) return 'no'
    if (sources.size > 0 && !sources.has(line.source)) return 'no'
    if (requestId !== undefined && line.request_id !== requestId) return 'no'
    if (isFound !== null && !isFound(line.message) && !isFound(line.request_id ?? '')) return 'no'
    return levels === null || levels.has(line.level) ? 'yes' : 'level'
  }
}

function textMatcher(query: LogQuery): ((text: string) => boolean) | null {
  const { pattern = '', is_regex: isRegex = false, case_sensitive: isCaseSensitive = false } = query
  if (pattern === '') return null
  if (isRegex) {
    const regex = new RegExp(pattern, isCaseSensitive ? '' : 'i')
    return (text) => regex.test(text)
  }
  if (isCaseSensitive) return (text) => text.includes(pattern)
  const lowered = pattern.toLowerCase()
  return (text) => text.toLowerCase().includes(lowered)
}
