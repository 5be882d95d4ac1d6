/** Which lines a filter or a query lets through. Pure, and without any package: it runs in the search thread as well. */
import type { LogFilter, LogLevel, LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'

export type LevelCounts = Record<LogLevel, number>

/** LOG_LEVELS of the protocol, which brings zod along: too much for the search thread. */
export const LOG_LEVELS_ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
/** Counts of the levels in that order. */
export type LevelTuple = [number, number, number, number]

/** `level` = all fits but the level: it counts, and is not shown. */
export type Match = 'yes' | 'no' | 'level'

export const noCounts = (): LevelCounts => ({ debug: 0, info: 0, warn: 0, error: 0 })

/** For the filter of a live view: plain text, in any case. */
export function matcher(filter: LogFilter): (line: LogLine) => Match {
  const { search, ...others } = filter
  return queryMatcher({ ...others, pattern: search })
}

/** Throws SyntaxError for a pattern that is no regular expression. */
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
    // The costly one last.
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
