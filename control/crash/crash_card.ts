import {
  CARD_LOG_LINES_MAX,
  CARD_MEMORY_SAMPLES_MAX,
  CARD_REQUESTS_MAX,
  type CrashCard,
  type CrashLogLine,
} from '../../protocol/crash.ts'
import { describeExit } from '../../protocol/exit_codes.ts'
import type { CrashEvidence } from './crash_evidence.ts'
import { likelyCauseOf } from './likely_cause.ts'

export const CARD_LOG_BYTES_MAX = 2 * 1024 ** 2

export interface CrashReport
  extends
    Omit<CrashEvidence, 'lines'>,
    Pick<
      CrashCard,
      | 'backend'
      | 'pid'
      | 'attempt'
      | 'uptime_ms'
      | 'provider'
      | 'versions'
      | 'memory'
      | 'memory_reason'
      | 'in_flight'
      | 'config'
    > {
  lines: readonly CrashLogLine[]
  /** `seq` of the first line that can belong to the crashed run. */
  runFirstSeq: number
}

/** `randomHex` returns eight hex digits, to distinguish two crashes in one millisecond. */
export function createCrashCard(report: CrashReport, randomHex: () => string): CrashCard {
  const { exit, owner, phase, time, backend, killReason, runFirstSeq, ...given } = report
  const log = newestWithin(given.lines, CARD_LOG_LINES_MAX, CARD_LOG_BYTES_MAX)
  const words =
    exit.failure === null
      ? describeExit(exit.code, exit.signal, owner)
      : `could not be started: ${exit.failure}`
  const ofRun = log.filter(({ seq }) => seq >= runFirstSeq)
  return {
    format: 1,
    id: `${idTime(time)}-${backend}-${randomHex()}`,
    backend,
    time,
    exit: { code: exit.code, signal: exit.signal, failure: exit.failure, words },
    kill_reason: killReason,
    phase,
    pid: given.pid,
    attempt: given.attempt,
    uptime_ms: given.uptime_ms,
    provider: given.provider,
    versions: given.versions,
    cause: likelyCauseOf({ ...report, lines: ofRun }),
    log,
    log_omitted: given.lines.length - log.length,
    memory: given.memory.slice(-CARD_MEMORY_SAMPLES_MAX),
    memory_reason: given.memory_reason,
    in_flight: given.in_flight.slice(-CARD_REQUESTS_MAX),
    in_flight_omitted: Math.max(0, given.in_flight.length - CARD_REQUESTS_MAX),
    config: given.config,
  }
}

/** Text of the crash event. Adds a cause unless `reason` or the start failure already names it. */
export function endText({ exit, cause, log }: CrashCard, reason: string | null): string {
  const words = reason ?? exit.words
  const told = words.replace(/…$/, '')
  const isTold = log.some(
    ({ seq, message }) =>
      cause?.log_seqs.includes(seq) === true && (message.includes(told) || told.includes(message)),
  )
  if (cause === null || isTold || exit.failure !== null) return words
  return `${words.replace(/\.$/, '')}; likely cause: ${cause.cause.replace(/\.$/, '')}`
}

/** 20260131T235959123Z */
const idTime = (time: number) => new Date(time).toISOString().replaceAll(/[-:.]/g, '')

function newestWithin(
  lines: readonly CrashLogLine[],
  linesMax: number,
  bytesMax: number,
): CrashLogLine[] {
  let bytes = 0
  const newest = lines.slice(-linesMax)
  const first = newest.findLastIndex((line) => {
    bytes += Buffer.byteLength(JSON.stringify(line))
    return bytes > bytesMax
  })
  return newest.slice(first + 1)
}
