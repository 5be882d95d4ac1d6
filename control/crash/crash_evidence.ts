/** The input of likely_cause.ts. */
import type { CrashLogLine } from '../../protocol/crash.ts'
import type { Runtime } from '../../protocol/config.ts'
import type { ProgramOwner } from '../../protocol/exit_codes.ts'

export interface CrashEvidence {
  exit: { code: number | null; signal: string | null; failure: string | null }
  owner: ProgramOwner
  phase: string
  /** When the end was noticed, unix milliseconds. */
  time: number
  /** Lines of the crashed run, oldest first; earlier runs prove nothing. */
  lines: readonly CrashLogLine[]
  /** Why the supervisor killed it; null when it did not. */
  killReason: string | null
  /** From `oomKillEvidence` (kernel_oom.ts); null when no kernel counter rose. */
  oomKill: string | null
  /** Why no kernel counter could be read; null when one was. */
  oomReason: string | null
  command: readonly string[]
  runtime: Runtime
}
