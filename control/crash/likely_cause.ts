import type { CrashCause, CrashLogLine } from '../../protocol/crash.ts'
import { meaningOfExit, type ExitMeaning } from '../../protocol/exit_codes.ts'
import { asText, message, type Message } from '../../protocol/messages.ts'
import type { CrashEvidence } from './crash_evidence.ts'
import { EXIT_CAUSE_ROWS, type ExitCauseRow } from './exit_cause_rows.ts'
import { LOG_CAUSE_ROWS, type LogCauseRow } from './log_cause_rows.ts'

/** A crashing program logs its cause last; it survived the problems of earlier lines. */
export const EVIDENCE_LINES_MAX = 100
/** A memory dump between the last line and the exit may take up to a minute. */
export const EVIDENCE_AGE_MS_MAX = 60_000
const MATCH_LENGTH_MAX = 4096
const SEQS_MAX = 20

/** Precedence: what the exit alone proves, the log row with the newest line, what the exit suggests. null without evidence. */
export function likelyCauseOf(evidence: CrashEvidence): CrashCause | null {
  const end = meaningOfExit(evidence.exit.code, evidence.exit.signal, evidence.owner)
  return (
    exitCause('before_logs', end, evidence) ??
    logCause(end, evidence) ??
    exitCause('after_logs', end, evidence)
  )
}

function exitCause(
  rank: ExitCauseRow['rank'],
  end: ExitMeaning,
  given: CrashEvidence,
): CrashCause | null {
  for (const row of EXIT_CAUSE_ROWS) {
    const evidence = row.rank === rank ? row.evidence(end, given) : null
    if (evidence === null) continue
    const { code } = row
    const texts = {
      cause: message(`cause.${code}`, { subject: '' }),
      remedy: message(row.remedy),
      evidence: [evidence],
    }
    return { code, log_seqs: [], log_lines: [], ...asText(texts) }
  }
  return null
}

function logCause(end: ExitMeaning, evidence: CrashEvidence): CrashCause | null {
  // The program was killed after an exit with code 0, or exited normally.
  if (evidence.exit.code === 0) return null
  const lines = lastLines(evidence)
  let best: { row: LogCauseRow; matches: CrashLogLine[]; newest: number } | null = null
  for (const row of LOG_CAUSE_ROWS) {
    if (row.ends === 'exit_code' && end.fault !== null) continue
    const matches = lines.filter((line) => matchOf(row, line) !== null)
    const newest = matches.findLast(
      (line) => row.aside?.test(matchOf(row, line) ?? '') !== true,
    )?.seq
    if (newest === undefined || (best !== null && newest <= best.newest)) continue
    best = { row, matches, newest }
  }
  return best === null ? null : causeOf(best.row, best.matches.slice(-SEQS_MAX), evidence)
}

function causeOf(
  row: LogCauseRow,
  matches: CrashLogLine[],
  { command, runtime }: CrashEvidence,
): CrashCause {
  // The subject may be on another line of the same message.
  const subjects = matches.map(
    (line) => subjectOf(row, matchOf(row, line) ?? '') ?? subjectOf(row, cut(line.message)),
  )
  const subject = subjects.findLast((found) => found !== null) ?? null
  const { code } = row
  const remedy =
    typeof row.remedy === 'function' ? row.remedy({ command, runtime }, subject) : row.remedy
  return {
    code,
    ...asText({
      cause: message(`cause.${code}`, { subject: subjectText(row, subject) }),
      remedy: typeof remedy === 'string' ? message(remedy) : remedy,
      evidence: [message('evidence.lines', { count: matches.length })],
    }),
    log_seqs: matches.map(({ seq }) => seq),
    log_lines: matches.map(({ seq, time, level }) => ({ seq, time, level })),
  }
}

function subjectText({ isSubjectLast }: LogCauseRow, subject: string | null): string | Message {
  if (subject === null) return ''
  return isSubjectLast === true ? message('cause.subject', { subject }) : ` ${subject}`
}

function lastLines({ lines, time }: CrashEvidence): readonly CrashLogLine[] {
  return lines.slice(-EVIDENCE_LINES_MAX).filter((line) => time - line.time <= EVIDENCE_AGE_MS_MAX)
}

function subjectOf({ subject }: LogCauseRow, text: string): string | null {
  const groups = subject?.exec(text)?.slice(1) ?? []
  return groups.find((group) => group !== undefined) ?? null
}

/** The text that matches the row; null without one. A traceback is one log line with several lines of text. */
function matchOf({ text }: LogCauseRow, line: CrashLogLine): string | null {
  return textsOf(line).findLast((one) => text.test(one)) ?? null
}

function textsOf({ message, fields }: CrashLogLine): string[] {
  const error: unknown = fields?.['err'] ?? fields?.['error']
  const more = typeof error === 'string' ? error : errorMessageOf(error)
  const lines = message.includes('\n') ? message.split('\n') : [message]
  // A path and its error may be on different lines.
  const whole = lines.length > 1 ? [message] : []
  return [...whole, ...lines, ...(more === null ? [] : [`${cut(message)}\n${cut(more)}`])].map(cut)
}

function errorMessageOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('message' in error)) return null
  return typeof error.message === 'string' ? error.message : null
}

const cut = (text: string) => text.slice(0, MATCH_LENGTH_MAX)
