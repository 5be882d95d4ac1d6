/** The input of likely_cause.ts. */
import type { Message } from '../../protocol/messages.ts'
import type { CrashLogLine } from '../../protocol/crash.ts'
import type { Runtime } from '../../protocol/config.ts'
import type { ProgramOwner } from '../../protocol/exit_codes.ts'

export interface CrashEvidence {
  exit: { code: number | null; signal: string | null; failure: Message | null }
  owner: ProgramOwner
  phase: string
  /** When the end was noticed, unix milliseconds. */
  time: number
  /** Lines of the crashed run, oldest first; earlier runs prove nothing. */
  lines: readonly CrashLogLine[]
  /** Why the supervisor killed it; null when it did not. */
  killReason: Message | null
  /** That it listens on another port than the configured one; null when it does not, or is not known to. */
  startHint: Message | null
  /** From `oomKillEvidence` (kernel_oom.ts); null when no counter of the kernel rose. */
  oomKill: Message | null
  /** Why no kernel counter could be read; null when one was. */
  oomReason: Message | null
  command: readonly string[]
  runtime: Runtime
}
