/** The lines that the log view holds: bounded, held back while paused. Pure. */
import type { LogLevel, LogLine } from '../../protocol/control.ts'
import { LineList } from './line_list.ts'

/** As many as the control plane holds in memory. */
export const LINES_MAX = 100_000
/** Lines of one answer: the newest come first, and older ones page by page, so that no answer holds the page up. */
export const PAGE_LINES = 500

export type LevelCounts = Readonly<Record<LogLevel, number>>

export interface LogLines {
  lines: LineList
  /** Came while paused; shown once followed again. */
  held: LineList
  counts: LevelCounts
  /** Nothing that matches and is older is left in the memory of the control plane, or there is no room for it here. */
  isWhole: boolean
  /** Lines that the ring of the control plane has let go. */
  dropped: number
  following: boolean
  /** When it was paused, unix milliseconds. */
  pausedAtMs: number | null
}

export const NO_LINES: LogLines = {
  lines: LineList.empty,
  held: LineList.empty,
  counts: { debug: 0, info: 0, warn: 0, error: 0 },
  isWhole: false,
  dropped: 0,
  following: true,
  pausedAtMs: null,
}

/**
 * New lines go to the end, or wait while paused, so that what is read does not move.
 * `more` counts what came since the last push, lines of levels that are not shown included.
 */
export function appended(state: LogLines, lines: readonly LogLine[], more: LevelCounts): LogLines {
  const last = state.held.last?.seq ?? state.lines.last?.seq ?? -1
  const fresh = lines.filter((line) => line.seq > last)
  const counts = summed(state.counts, more)
  return state.following
    ? { ...state, counts, lines: state.lines.with(fresh).newest(LINES_MAX) }
    : { ...state, counts, held: state.held.with(fresh).newest(LINES_MAX) }
}

/** A page of lines that are older than those that are here; a page that is not full is the last one. */
export function withOlder(state: LogLines, page: readonly LogLine[]): LogLines {
  const first = state.lines.first?.seq ?? Infinity
  const older = page.filter((line) => line.seq < first)
  const lines = state.lines.withOlder(older).newest(LINES_MAX)
  const isLast = page.length < PAGE_LINES || older.length === 0
  const isWhole = isLast || lines.length >= LINES_MAX
  return { ...state, lines, isWhole }
}

export function paused(state: LogLines, nowMs: number): LogLines {
  return state.following ? { ...state, following: false, pausedAtMs: nowMs } : state
}

export function followed(state: LogLines): LogLines {
  const lines = state.lines.joined(state.held).newest(LINES_MAX)
  return { ...state, lines, held: LineList.empty, following: true, pausedAtMs: null }
}

function summed(left: LevelCounts, right: LevelCounts): LevelCounts {
  return {
    debug: left.debug + right.debug,
    info: left.info + right.info,
    warn: left.warn + right.warn,
    error: left.error + right.error,
  }
}
