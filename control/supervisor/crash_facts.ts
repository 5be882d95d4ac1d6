import type { Message } from '../../protocol/messages.ts'
import type { Sample } from '../../protocol/control.ts'
import type { History } from './history.ts'
import type { Running } from './lifecycle.ts'
import type { ProcessExit, ProcessRun } from './process_run.ts'

export interface Crash {
  exit: ProcessExit
  phase: Running['phase']
  /** Consecutive starts, including this one. */
  attempt: number
  pid: number | null
  startedAt: number
  uptimeMs: number
  provider: string | null
  killReason: Message | null
  /** What was found about a program that did not answer after its start. */
  startHint: Message | null
  /** `killReason`, or what the process logged about its end; null without an explanation. */
  reason: Message | null
  samples: Sample[]
  /** `seq` of the first log line of this run. */
  firstSeq: number
}

export function crashOf(
  run: ProcessRun,
  about: {
    exit: ProcessExit
    reason: Message | null
    startHint: Message | null
    state: Running
    history: History
    firstSeq: number
  },
): Crash {
  return {
    exit: about.exit,
    phase: about.state.phase,
    attempt: about.state.attempt + 1,
    pid: run.pid,
    startedAt: run.startedAt,
    uptimeMs: run.uptimeMs,
    provider: run.pong?.provider ?? null,
    killReason: run.killReason,
    startHint: about.startHint,
    reason: about.reason,
    samples: about.history.all().filter(({ time }) => time >= run.startedAt),
    firstSeq: about.firstSeq,
  }
}
