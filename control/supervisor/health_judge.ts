/** What a health check says of a process: whether it is slow, and whether it must be ended. Pure but for the run's own counts. */
import type { Pong } from '../../protocol/backend.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { ProcessRun } from './process_run.ts'

/** Health checks in a row without an answer after which a process counts as hung. */
export const MISSED_PONGS_MAX = 3
/** A pong that takes longer is slow: with every core busy it takes some 20 ms. Two in a row are no accident. */
const SLOW_PONG_MS = 500
const SLOW_PONGS_MIN = 2
/** A run may outlive the deadline of its requests by this before its thread counts as hung. */
const STALLED_S_MAX = 5

export interface Judgement {
  /** Why the process must be ended; null when it must not. */
  killReason: string | null
  /** How late the last of several slow pongs was; null when it is not slow. */
  slowMs: number | null
}

/** Takes the pong down in `run`. */
export function judgePong(
  run: ProcessRun,
  { pong, pongMs, config }: { pong: Pong; pongMs: number; config: BackendConfig },
): Judgement {
  run.pong = pong
  run.pongMs = pongMs
  run.missedPongs = 0
  run.slowPongs = pongMs > SLOW_PONG_MS ? run.slowPongs + 1 : 0
  const slowMs = run.slowPongs >= SLOW_PONGS_MIN ? pongMs : null
  const { startup_timeout: startupS } = config
  if (pong.status === 'loading' && isStartOverdue(run, config)) {
    return { slowMs, killReason: `it did not become ready within ${startupS} s (startup_timeout)` }
  }
  const stalledS = pong.stalled_s ?? 0
  if (stalledS > STALLED_S_MAX) {
    const over = Math.round(stalledS)
    return {
      slowMs,
      killReason: `a run has outlasted its deadline by ${over} s: its thread does not come back`,
    }
  }
  return { slowMs, killReason: null }
}

export function isStartOverdue(run: ProcessRun, { startup_timeout: startupS }: BackendConfig) {
  return run.uptimeMs > startupS * 1000
}
