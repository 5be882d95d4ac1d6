/** What a likely cause is judged by; likely_cause.ts is the judge. */
import type { CrashLogLine } from '../../protocol/crash.ts'
import type { Runtime } from '../../protocol/config.ts'
import type { ProgramOwner } from '../../protocol/exit_codes.ts'

export interface CrashEvidence {
  exit: { code: number | null; signal: string | null; failure: string | null }
  owner: ProgramOwner
  /** State of the backend before the end. */
  phase: string
  /** When the end was noticed, unix milliseconds. */
  time: number
  /** Lines of the run that ended, oldest first; those of earlier runs prove nothing. */
  lines: readonly CrashLogLine[]
  /** Why the supervisor ended it; null when it did not. */
  killReason: string | null
  /** A sentence of `oomKillEvidence` (kernel_oom.ts); null when no counter of the kernel rose. */
  oomKill: string | null
  /** Why no counter of the kernel could be read; null when one was. */
  oomReason: string | null
  /** `command` of the section; empty where it has none. */
  command: readonly string[]
  runtime: Runtime
}
