import {
  CARD_LOG_LINES_MAX,
  CARD_MEMORY_SAMPLES_MAX,
  CARD_REQUESTS_MAX,
  type CrashCard,
  type CrashLogLine,
} from '../../protocol/crash.ts'
import { describeExit } from '../../protocol/exit_codes.ts'
import { asText, message, messageIn, type Message } from '../../protocol/messages.ts'
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
      | 'in_flight'
      | 'config'
    > {
  /** Why there is no memory curve; null when there is one. */
  memoryReason: Message | null
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
      : message('reason.unstartable', { reason: exit.failure })
  const ofRun = log.filter(({ seq }) => seq >= runFirstSeq)
  return {
    format: 1,
    id: `${idTime(time)}-${backend}-${randomHex()}`,
    backend,
    time,
    exit: { code: exit.code, signal: exit.signal, ...asText({ failure: exit.failure, words }) },
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
    ...asText({ kill_reason: killReason, memory_reason: given.memoryReason }),
    in_flight: given.in_flight.slice(-CARD_REQUESTS_MAX),
    in_flight_omitted: Math.max(0, given.in_flight.length - CARD_REQUESTS_MAX),
    config: given.config,
  }
}

/** Text of the crash event. Adds a cause unless `reason` or the start failure already names it. */
export function endMessage({ exit, cause, log }: CrashCard, reason: Message | null): Message {
  const end = reason ?? messageIn(exit, 'words')
  const told = end.message.replace(/…$/, '')
  const isTold = log.some(
    ({ seq, message: line }) =>
      cause?.log_seqs.includes(seq) === true && (line.includes(told) || told.includes(line)),
  )
  if (cause === null || isTold || exit.failure !== null) return end
  return message('crash.likely', { end, cause: messageIn(cause, 'cause') })
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
