/** Whether the loaded lines reach back to a moment, and which older page to request if not. */
import type { LineList } from './line_list.ts'
import type { LogLines } from './log_lines.ts'

/** Request lines up to this long after the moment; less if so many arrived that the moment itself is cut. */
const SPANS_MS = [60_000, 5_000, 0]

export function reachesBackTo(
  { lines, isWhole }: Pick<LogLines, 'lines' | 'isWhole'>,
  timeMs: number,
): boolean {
  return isWhole || (lines.first?.time ?? Infinity) <= timeMs
}

/** The moment predates this run (`startedAtMs`), or memory dropped its lines. */
export function isBeforeMemory(
  { lines, isWhole, dropped }: Pick<LogLines, 'lines' | 'isWhole' | 'dropped'>,
  timeMs: number,
  startedAtMs: number,
): boolean {
  if (timeMs < startedAtMs) return true
  return dropped > 0 && isWhole && (lines.first?.time ?? Infinity) > timeMs
}

/** Next upper bound to request, unix milliseconds; null if nothing is left to try. */
export function nextUntil(timeMs: number, untilMs: number | null): number | null {
  const spanMs = untilMs === null ? Infinity : untilMs - timeMs
  const next = SPANS_MS.find((one) => one < spanMs)
  return next === undefined ? null : timeMs + next
}

/** Index of the first line at or after the moment; the last line if all are older, -1 without lines. */
export function indexAt(lines: LineList, timeMs: number): number {
  return Math.min(
    lines.indexFrom((line) => line.time >= timeMs),
    lines.length - 1,
  )
}
