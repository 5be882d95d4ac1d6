import type { LogLevel, LogLine } from '../../protocol/control.ts'
import { LineList } from './line_list.ts'

/** Same limit as Switchyard's memory. */
export const LINES_MAX = 100_000
/** Lines per reply. The newest page comes first; small pages keep the panel responsive. */
export const PAGE_LINES = 500

export type LevelCounts = Readonly<Record<LogLevel, number>>

export interface LogLines {
  lines: LineList
  held: LineList
  counts: LevelCounts
  /** Memory has no older matches, or the list is full. */
  isWhole: boolean
  dropped: number
  following: boolean
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

/** Appends lines, or holds them back while paused. `more` counts all since the last push, hidden levels included. */
export function appended(state: LogLines, lines: readonly LogLine[], more: LevelCounts): LogLines {
  const last = state.held.last?.seq ?? state.lines.last?.seq ?? -1
  const fresh = lines.filter((line) => line.seq > last)
  const counts = summed(state.counts, more)
  return state.following
    ? { ...state, counts, lines: state.lines.with(fresh).newest(LINES_MAX) }
    : { ...state, counts, held: state.held.with(fresh).newest(LINES_MAX) }
}

/** Prepends a page of older lines; a page that is not full is the last one. */
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
