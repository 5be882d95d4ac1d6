/** Evaluates a health check: healthy, slow, busy, unreachable or hung. Only changes the run's own counts. */
import type { Pong } from '../../protocol/backend.ts'
import { isThirdParty, type BackendConfig } from '../../protocol/config.ts'
import { message, type Message } from '../../protocol/messages.ts'
import type { InFlightLoad } from '../../gateway/observed.ts'
import type { Miss } from './health_probe.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { ProcessRun } from './process_run.ts'

/** Consecutive unanswered health checks after which a built-in backend, or a closed port, counts as hung. */
export const MISSED_PONGS_MAX = 3
/** With every core busy a pong takes about 20 ms. Two slow ones in a row are significant. */
const SLOW_PONG_MS = 500
const SLOW_PONGS_MIN = 2
/** How long inference may exceed the deadline of its requests before its thread counts as hung. */
const STALLED_S_MAX = 5
/** Added to the longest request time during which a third-party backend may be silent. */
const SILENCE_GRACE_MS = 5000

export interface Judgement {
  /** Why the process must be killed; null if it must not. */
  killReason: Message | null
  /** Delay of the last of several slow pongs; null when it is not slow. */
  slowMs: number | null
  isBusy: boolean
}

export function judgePong(
  run: ProcessRun,
  given: { pong: Pong; pongMs: number; load: InFlightLoad; config: BackendConfig },
): Judgement {
  const { pong, pongMs, load, config } = given
  run.notePong(pong, pongMs)
  const isLate = pongMs > SLOW_PONG_MS
  const hasWorked = load.count > 0 || (load.sinceAnswerMs ?? Infinity) < pongMs
  const isBusy = isLate && hasWorked && isThirdParty(config)
  run.slowPongs = isLate && !isBusy ? run.slowPongs + 1 : 0
  const slowMs = run.slowPongs >= SLOW_PONGS_MIN ? pongMs : null
  return { slowMs, isBusy, killReason: killReasonOf(run, pong, config) }
}

function killReasonOf(run: ProcessRun, pong: Pong, config: BackendConfig): Message | null {
  if (config.runtime === 'external') return null
  if (pong.status === 'loading' && isStartOverdue(run, config)) {
    return message('reason.not_ready', { seconds: config.startup_timeout })
  }
  const stalledS = pong.stalled_s ?? 0
  if (stalledS <= STALLED_S_MAX) return null
  return message('progress.stalled', { seconds: Math.round(stalledS) })
}

export type MissVerdict =
  | { type: 'wait' }
  | { type: 'unanswered'; reason: Message }
  | { type: 'busy' }
  | { type: 'unreachable'; reason: Message }
  | { type: 'hung'; reason: Message }

interface MissGiven {
  miss: Miss
  phase: Lifecycle['phase']
  load: InFlightLoad
  config: BackendConfig
}

export function judgeMiss(run: ProcessRun, given: MissGiven): MissVerdict {
  const { miss, phase, load, config } = given
  run.noteMiss(miss, { load, isCounted: phase !== 'starting' })
  if (config.runtime === 'external') return judgeExternal(run, given)
  const isStarting = phase === 'starting' || (phase === 'loading' && isThirdParty(config))
  if (isStarting) {
    if (!isStartOverdue(run, config)) return { type: 'wait' }
    const what = message(phase === 'starting' ? 'reason.no_answer' : 'reason.not_ready', {
      seconds: config.startup_timeout,
    })
    return { type: 'hung', reason: message('because', { what, reason: miss.reason }) }
  }
  if (!isThirdParty(config)) return judgeStrictly(run.missedPongs)
  if (miss.kind === 'refused') return judgeStrictly(run.refusals)
  if (isSilentTooLong(run, given)) {
    const seconds = Math.round(run.silentMs / 1000)
    const what = message('reason.silent', { seconds, timeout: config.request_timeout })
    const isWrong = miss.kind === 'wrong_answer'
    const reason = isWrong ? message('because', { what, reason: miss.reason }) : what
    return { type: 'hung', reason }
  }
  return judgeSilence(run, given)
}

/** An external program is never killed, and may return at any time. */
function judgeExternal(run: ProcessRun, given: MissGiven): MissVerdict {
  const { miss, phase } = given
  const isDefinite = miss.kind === 'refused' || miss.kind === 'wrong_answer'
  const isAway = phase === 'starting' || phase === 'unreachable'
  if (isDefinite || isAway || isSilentTooLong(run, given)) {
    return { type: 'unreachable', reason: miss.reason }
  }
  return phase === 'loading' ? { type: 'wait' } : judgeSilence(run, given)
}

function judgeSilence(run: ProcessRun, { miss, load }: MissGiven): MissVerdict {
  if (miss.kind === 'wrong_answer') return { type: 'unanswered', reason: miss.reason }
  if (load.count > 0) return { type: 'busy' }
  const seconds = Math.round(run.silentMs / 1000)
  return { type: 'unanswered', reason: message('detail.no_pong', { seconds }) }
}

function judgeStrictly(count: number): MissVerdict {
  if (count >= MISSED_PONGS_MAX) {
    return { type: 'hung', reason: message('reason.hung', { missed: count }) }
  }
  return { type: 'unanswered', reason: message('reason.missed', { count }) }
}

/**
 * A request counts from when it was sent: before, another client may have kept the backend busy. Clients that reconnect
 * cannot keep a hung backend alive for more than twice the limit.
 */
function isSilentTooLong(run: ProcessRun, { load, config }: MissGiven): boolean {
  const limitMs = config.request_timeout * 1000 + SILENCE_GRACE_MS
  const { silentMs, missedPongs } = run
  if (silentMs <= limitMs || missedPongs < MISSED_PONGS_MAX) return false
  return (load.oldestMs ?? Infinity) > limitMs || silentMs > 2 * limitMs
}

function isStartOverdue(run: ProcessRun, { startup_timeout: startupS }: BackendConfig) {
  return run.uptimeMs > startupS * 1000
}
