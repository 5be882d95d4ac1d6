/** Of the lines that a process writes, the one that names why it failed: what a row shows beside its exit code. */
import { printable } from '../../protocol/printable.ts'
import type { NewLine } from './log_store.ts'

/** Older lines were about something that the process lived through. */
export const REASON_AGE_MS_MAX = 60_000
const REASON_LENGTH_MAX = 500

interface Candidate {
  text: string
  atMs: number
}

export class ReasonFinder {
  private error: Candidate | null = null
  private unlevelled: Candidate | null = null
  /** The candidate that the next line may complete. */
  private open: Candidate | null = null

  note(
    { level, message }: NewLine,
    { isLevelAssumed, atMs }: { isLevelAssumed: boolean; atMs: number },
  ): void {
    const text = mainLine(message)
    const { open } = this
    this.open = null
    if (open !== null && isCompletion(text, open.text)) {
      open.text = `${open.text} ${text.trim()}`
      return
    }
    const stated = ofGroup(text) ?? text
    if (stated.trim() === '' || CONTINUATION.test(stated)) return
    const candidate = { text: stated, atMs }
    if (level === 'error' && !TRACEBACK.test(stated)) {
      // Java and Python end with the cause itself; other programs, and the shell that ran them, say goodbye behind it.
      const isExplained = this.error !== null && atMs - this.error.atMs <= REASON_AGE_MS_MAX
      if (isExplained && FAREWELL.test(stated)) return
      this.error = candidate
    } else if (isLevelAssumed && !NOT_A_REASON.test(stated)) {
      this.unlevelled = candidate
    } else return
    this.open = candidate
  }

  /** `choseToEnd`: it exited by itself with a failure, so that what it printed without a level may say why. */
  reason(nowMs: number, choseToEnd: boolean): string | null {
    const isRecent = (found: Candidate | null): found is Candidate =>
      found !== null && nowMs - found.atMs <= REASON_AGE_MS_MAX
    const found = [this.error, choseToEnd ? this.unlevelled : null].find(isRecent)
    if (found === undefined) return null
    // The level is what the program puts in front; the row is red already.
    const text = printable(
      found.text.trim().replace(/^(?:ERROR|FATAL|CRITICAL|error)(?::\s*|\s+)/, ''),
    )
    return text.length > REASON_LENGTH_MAX ? `${text.slice(0, REASON_LENGTH_MAX)}…` : text
  }
}

/** Frames of a stack, source that is quoted, and members of an object that is printed. */
const CONTINUATION = /^(?:\s|[|+]\s|\+-|\^|[}\])])/
const TRACEBACK = /^(?:\+ Exception Group )?Traceback \(most recent call last\):/
/** Of a command line that was refused, and of Node and Go around a stack. */
const NOT_A_REASON =
  /^usage\b|:\s*$|^Node\.js v\d|^node:|^(?:file:\/\/)?\S+:\d+$|^Emitted 'error' event|^goroutine \d|^exit status \d|^Require stack|^- |^note: |\d+%\|/i
const FAREWELL =
  /^npm (?:ERR!|error)|^(?:\S+: line \d+: +\d+ )?(?:Segmentation fault|Killed|Aborted|Bus error|Illegal instruction)\b|\b(?:startup failed|exiting|aborting|shutting down)\b[.!]*(?: exiting)?[.!]*$/i

/** Python's groups of exceptions stand behind a bar. */
const ofGroup = (text: string) =>
  /^\s*\| ((?:[\w.]+\.)?\w*(?:Error|Exception|Group|Exit|Interrupt): .*)/.exec(text)?.[1]

/** A panic of Rust names its place first and its reason on the next line; C++ writes `what():` below. */
function isCompletion(text: string, before: string): boolean {
  if (/^\s+what\(\):/.test(text)) return true
  return (
    before.endsWith(':') &&
    !/^\s*(?:at |File "|usage\b)/i.test(text) &&
    text.trim() !== '' &&
    text.length < 200
  )
}

/** Of a message that is a whole stack: the line that names the exception. */
function mainLine(message: string): string {
  if (!message.includes('\n')) return message
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  const isTraceback = TRACEBACK.test(lines[0] ?? '')
  const found = isTraceback ? lines.findLast((line) => !CONTINUATION.test(line)) : lines[0]
  return found ?? message
}
