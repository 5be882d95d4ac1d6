/** Whether the lines that are here reach back to a moment, and how far behind it to ask when they do not. Pure. */
import type { LineList } from './line_list.ts'
import type { LogLines } from './log_lines.ts'

/** Lines up to this long after the moment are asked for; less, where so many came that the moment itself fell out. */
const SPANS_MS = [60_000, 5_000, 0]

export function reachesBackTo(
  { lines, isWhole }: Pick<LogLines, 'lines' | 'isWhole'>,
  timeMs: number,
): boolean {
  return isWhole || (lines.first?.time ?? Infinity) <= timeMs
}

/** The moment is of an earlier run, which began before `startedAtMs`, or memory has let its lines go. */
export function isBeforeMemory(
  { lines, isWhole, dropped }: Pick<LogLines, 'lines' | 'isWhole' | 'dropped'>,
  timeMs: number,
  startedAtMs: number,
): boolean {
  if (timeMs < startedAtMs) return true
  return dropped > 0 && isWhole && (lines.first?.time ?? Infinity) > timeMs
}

/** Up to which moment to ask next, unix milliseconds; null when there is nothing left to try. */
export function nextUntil(timeMs: number, untilMs: number | null): number | null {
  const spanMs = untilMs === null ? Infinity : untilMs - timeMs
  const next = SPANS_MS.find((one) => one < spanMs)
  return next === undefined ? null : timeMs + next
}

/** The first line at or after the moment; the last one when all are older, and -1 without any. */
export function indexAt(lines: LineList, timeMs: number): number {
  return Math.min(
    lines.indexFrom((line) => line.time >= timeMs),
    lines.length - 1,
  )
}
