import { printable } from '../../protocol/printable.ts'
import { type Message, messageIn, type Wording } from '../../protocol/messages.ts'
import type { NewLine } from './log_store.ts'

/** The process survived the problems of older lines. */
export const REASON_AGE_MS_MAX = 60_000
const REASON_LENGTH_MAX = 500

interface Candidate {
  text: string
  wording: Wording
  atMs: number
}

export class ReasonFinder {
  private error: Candidate | null = null
  private unlevelled: Candidate | null = null
  private open: Candidate | null = null

  note(
    { level, message, wording }: NewLine,
    { isLevelAssumed, atMs }: { isLevelAssumed: boolean; atMs: number },
  ): void {
    const text = mainLine(message)
    const { open } = this
    this.open = null
    if (open !== null && isCompletion(text, open.text)) {
      open.text = `${open.text} ${text.trim()}`
      open.wording = undefined
      return
    }
    const stated = ofGroup(text) ?? text
    if (stated.trim() === '' || CONTINUATION.test(stated)) return
    const candidate = { text: stated, wording, atMs }
    if (level === 'error' && !TRACEBACK.test(stated)) {
      // Java and Python print the cause last; other programs, and the shell that ran them, print more after it.
      const isExplained = this.error !== null && atMs - this.error.atMs <= REASON_AGE_MS_MAX
      if (isExplained && FAREWELL.test(stated)) return
      this.error = candidate
    } else if (isLevelAssumed && !NOT_A_REASON.test(stated)) {
      this.unlevelled = candidate
    } else return
    this.open = candidate
  }

  /** `choseToEnd`: the process exited by itself with a failure, so a line without a level may explain it. */
  reason(nowMs: number, choseToEnd: boolean): Message | null {
    const isRecent = (found: Candidate | null): found is Candidate =>
      found !== null && nowMs - found.atMs <= REASON_AGE_MS_MAX
    const found = [this.error, choseToEnd ? this.unlevelled : null].find(isRecent)
    if (found === undefined) return null
    const text = printable(
      found.text.trim().replace(/^(?:ERROR|FATAL|CRITICAL|error)(?::\s*|\s+)/, ''),
    )
    const isCut = text.length > REASON_LENGTH_MAX
    const message = isCut ? `${text.slice(0, REASON_LENGTH_MAX)}…` : text
    return messageIn({ message, wording: found.wording }, 'message')
  }
}

/** Stack frames, quoted source, and members of a printed object. */
const CONTINUATION = /^(?:\s|[|+]\s|\+-|\^|[}\])])/
const TRACEBACK = /^(?:\+ Exception Group )?Traceback \(most recent call last\):/
/** Usage of a rejected command line, and what Node and Go print around a stack. */
const NOT_A_REASON =
  /^usage\b|:\s*$|^Node\.js v\d|^node:|^(?:file:\/\/)?\S+:\d+$|^Emitted 'error' event|^goroutine \d|^exit status \d|^Require stack|^- |^note: |\d+%\|/i
const FAREWELL =
  /^npm (?:ERR!|error)|^(?:\S+: line \d+: +\d+ )?(?:Segmentation fault|Killed|Aborted|Bus error|Illegal instruction)\b|\b(?:startup failed|exiting|aborting|shutting down)\b[.!]*(?: exiting)?[.!]*$/i

/** Python's exception groups are indented by a bar. */
const ofGroup = (text: string) =>
  /^\s*\| ((?:[\w.]+\.)?\w*(?:Error|Exception|Group|Exit|Interrupt): .*)/.exec(text)?.[1]

/** Rust prints the reason of a panic on the line after its place; C++ prints `what():` below. */
function isCompletion(text: string, before: string): boolean {
  if (/^\s+what\(\):/.test(text)) return true
  return (
    before.endsWith(':') &&
    !/^\s*(?:at |File "|usage\b)/i.test(text) &&
    text.trim() !== '' &&
    text.length < 200
  )
}

function mainLine(message: string): string {
  if (!message.includes('\n')) return message
  const lines = message.split('\n').filter((line) => line.trim() !== '')
  const isTraceback = TRACEBACK.test(lines[0] ?? '')
  const found = isTraceback ? lines.findLast((line) => !CONTINUATION.test(line)) : lines[0]
  return found ?? message
}
