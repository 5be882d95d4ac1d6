import type { CrashCauseCode } from '../../protocol/crash.ts'
import type { ExitMeaning } from '../../protocol/exit_codes.ts'
import { joined, message, type Message, type PlainCode } from '../../protocol/messages.ts'
import type { CrashEvidence } from './crash_evidence.ts'

export interface ExitCauseRow {
  code: CrashCauseCode
  /** `before_logs`: sufficient regardless of the log. `after_logs`: used only when no log line explains more. */
  rank: 'before_logs' | 'after_logs'
  /** null without evidence. */
  evidence(end: ExitMeaning, given: CrashEvidence): Message | null
  remedy: PlainCode
}

const LOADING_PHASES: readonly string[] = ['starting', 'loading']

export const EXIT_CAUSE_ROWS: readonly ExitCauseRow[] = [
  {
    code: 'killed_for_memory',
    rank: 'before_logs',
    // A SIGKILL has many senders; only the kernel's counter attributes it to the OOM killer.
    evidence: (end, { oomKill, killReason }) =>
      end.fault === 'killed' && killReason === null && oomKill !== null
        ? joined(endedWith(end.words), oomKill)
        : null,
    remedy: 'fix.free_memory',
  },
  {
    code: 'unsupported_cpu_instruction',
    rank: 'before_logs',
    evidence: faultEvidence('illegal_instruction'),
    remedy: 'fix.cpu_build',
  },
  {
    code: 'shared_library_missing',
    rank: 'before_logs',
    evidence: faultEvidence('library_missing'),
    remedy: 'fix.library',
  },
  {
    code: 'shared_library_unfit',
    rank: 'before_logs',
    evidence: faultEvidence('library_unfit'),
    remedy: 'fix.build',
  },
  {
    code: 'memory_exhausted',
    rank: 'after_logs',
    evidence: faultEvidence('no_memory'),
    remedy: 'fix.free_memory',
  },
  {
    code: 'fault_while_loading',
    rank: 'after_logs',
    evidence: ({ fault, words }, { phase, killReason }) => {
      const isNative = fault === 'memory_access' || fault === 'trap' || fault === 'abort'
      return isNative && killReason === null && LOADING_PHASES.includes(phase)
        ? endedWith(words)
        : null
    },
    remedy: 'fix.try_cpu',
  },
  {
    code: 'working_folder_missing',
    rank: 'before_logs',
    // control/launcher/start_failure.ts checks before it starts a program.
    evidence: (_end, { exit: { failure } }) =>
      failure?.code === 'start.no_folder' || failure?.code === 'start.not_folder'
        ? endedWith(failure)
        : null,
    remedy: 'fix.cwd',
  },
  {
    code: 'wrong_port',
    rank: 'after_logs',
    evidence: (_end, { startHint }) => startHint,
    remedy: 'fix.pass_port',
  },
  {
    code: 'killed_from_outside',
    rank: 'after_logs',
    evidence: ({ fault }, { killReason, oomReason: reason }) => {
      if (fault !== 'killed' || killReason !== null) return null
      return reason === null
        ? message('evidence.no_oom')
        : message('evidence.oom_unknown', { reason })
    },
    remedy: 'fix.killers',
  },
  {
    code: 'stopped_from_outside',
    rank: 'after_logs',
    evidence: ({ fault, words }, { killReason }) =>
      fault === 'asked_to_end' && killReason === null ? endedWith(words) : null,
    remedy: 'fix.stoppers',
  },
  {
    code: 'program_not_found',
    rank: 'after_logs',
    evidence: startEvidence(/\bENOENT\b/, 127),
    remedy: 'fix.program',
  },
  {
    code: 'program_not_executable',
    rank: 'after_logs',
    evidence: startEvidence(/\bEACCES\b|\bEPERM\b/, 126),
    remedy: 'fix.executable',
  },
]

const endedWith = (end: Message) => message('evidence.end', { end })

function faultEvidence(fault: ExitMeaning['fault']): ExitCauseRow['evidence'] {
  return (end) => (end.fault === fault ? endedWith(end.words) : null)
}

/** The system could not start the program, or a shell exited with the code for that. */
function startEvidence(failures: RegExp, code: number): ExitCauseRow['evidence'] {
  return ({ words }, { exit }) => {
    if (exit.failure !== null && failures.test(exit.failure.message)) return endedWith(exit.failure)
    return exit.code === code ? endedWith(words) : null
  }
}
