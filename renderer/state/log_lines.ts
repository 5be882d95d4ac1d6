/** The lines that the log view holds: bounded, held back while paused. Pure. */
import type { LogLevel, LogLine } from '../../protocol/control.ts'

export const LINES_MAX = 20_000

export type LevelCounts = Readonly<Record<LogLevel, number>>

export interface LogLines {
  lines: readonly LogLine[]
  /** Came while paused; shown once followed again. */
  held: readonly LogLine[]
  counts: LevelCounts
  /** Lines that the ring of the control plane has let go. */
  dropped: number
  following: boolean
  /** When it was paused, unix milliseconds. */
  pausedAtMs: number | null
}

export const NO_LINES: LogLines = {
  lines: [],
  held: [],
  counts: { debug: 0, info: 0, warn: 0, error: 0 },
  dropped: 0,
  following: true,
  pausedAtMs: null,
}

/**
 * New lines go to the end, or wait while paused, so that what is read does not move.
 * `more` counts what came since the last push, lines of levels that are not shown included.
 */
export function appended(state: LogLines, lines: readonly LogLine[], more: LevelCounts): LogLines {
  const last = state.held.at(-1)?.seq ?? state.lines.at(-1)?.seq ?? -1
  const fresh = lines.filter((line) => line.seq > last)
  const counts = summed(state.counts, more)
  return state.following
    ? { ...state, counts, lines: [...state.lines, ...fresh].slice(-LINES_MAX) }
    : { ...state, counts, held: [...state.held, ...fresh].slice(-LINES_MAX) }
}

export function paused(state: LogLines, nowMs: number): LogLines {
  return state.following ? { ...state, following: false, pausedAtMs: nowMs } : state
}

export function followed(state: LogLines): LogLines {
  const lines = [...state.lines, ...state.held].slice(-LINES_MAX)
  return { ...state, lines, held: [], following: true, pausedAtMs: null }
}

function summed(left: LevelCounts, right: LevelCounts): LevelCounts {
  return {
    debug: left.debug + right.debug,
    info: left.info + right.info,
    warn: left.warn + right.warn,
    error: left.error + right.error,
  }
}
