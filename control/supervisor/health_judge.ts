/** Evaluates a health check: healthy, slow, busy, unreachable or hung. Only changes the run's own counts. */
import type { Pong } from '../../protocol/backend.ts'
import { isThirdParty, type BackendConfig } from '../../protocol/config.ts'
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
  killReason: string | null
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

function killReasonOf(run: ProcessRun, pong: Pong, config: BackendConfig): string | null {
  if (config.runtime === 'external') return null
  if (pong.status === 'loading' && isStartOverdue(run, config)) {
    return `it did not become ready within ${config.startup_timeout} s (startup_timeout)`
  }
  const stalledS = pong.stalled_s ?? 0
  if (stalledS <= STALLED_S_MAX) return null
  const over = Math.round(stalledS)
  return `a run has outlasted its deadline by ${over} s: its thread does not come back`
}

export type MissVerdict =
  | { type: 'wait' }
  | { type: 'unanswered'; reason: string }
  | { type: 'busy' }
  | { type: 'unreachable'; reason: string }
  | { type: 'hung'; reason: string }

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
    const what =
      phase === 'starting' ? 'it did not answer a health check' : 'it did not become ready'
    const limit = `${config.startup_timeout} s (startup_timeout)`
    return { type: 'hung', reason: `${what} within ${limit}: ${miss.reason}` }
  }
  if (!isThirdParty(config)) return judgeStrictly(run.missedPongs)
  if (miss.kind === 'refused') return judgeStrictly(run.refusals)
  if (isSilentTooLong(run, given)) {
    const seconds = Math.round(run.silentMs / 1000)
    const limit = `request_timeout ${config.request_timeout} s`
    const why = miss.kind === 'wrong_answer' ? `: ${miss.reason}` : ''
    const reason = `no answer to health checks or requests for ${seconds} s (${limit})${why}`
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
  return { type: 'unanswered', reason: `No answer to health checks for ${seconds} s` }
}

function judgeStrictly(count: number): MissVerdict {
  if (count >= MISSED_PONGS_MAX) {
    return { type: 'hung', reason: `it stopped answering health checks (${count} missed)` }
  }
  const checks = count === 1 ? 'check' : 'checks'
  return { type: 'unanswered', reason: `${count} health ${checks} unanswered` }
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
