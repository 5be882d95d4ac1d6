import type { CrashCauseCode } from '../../protocol/crash.ts'
import type { ExitMeaning } from '../../protocol/exit_codes.ts'
import type { CrashEvidence } from './crash_evidence.ts'

export interface ExitCauseRow {
  code: CrashCauseCode
  /** `before_logs`: sufficient regardless of the log. `after_logs`: used only when no log line explains more. */
  rank: 'before_logs' | 'after_logs'
  /** null without evidence. */
  evidence(end: ExitMeaning, given: CrashEvidence): string | null
  cause: string
  remedy: string
}

const LOADING_PHASES: readonly string[] = ['starting', 'loading']

export const EXIT_CAUSE_ROWS: readonly ExitCauseRow[] = [
  {
    code: 'killed_for_memory',
    rank: 'before_logs',
    // A SIGKILL has many senders; only the kernel's counter attributes it to the OOM killer.
    evidence: (end, { oomKill, killReason }) =>
      end.fault === 'killed' && killReason === null && oomKill !== null
        ? `The process was ${end.words}, and ${oomKill}.`
        : null,
    cause: 'The kernel ended it, because the memory of the machine or of its container was full.',
    remedy:
      'Lower `max_batch_size`, `queue_limit` and `cache_size`, stop other backends or programs, or give the machine (or container) more memory.',
  },
  {
    code: 'unsupported_cpu_instruction',
    rank: 'before_logs',
    evidence: faultEvidence('illegal_instruction'),
    cause: 'A native library uses an instruction that this CPU does not have.',
    remedy:
      'Install a build of the library (onnxruntime, PyTorch) without AVX or AVX-512, or run on a newer CPU; in a virtual machine, pass the CPU of the host through.',
  },
  {
    code: 'shared_library_missing',
    rank: 'before_logs',
    evidence: faultEvidence('library_missing'),
    cause: 'A DLL that the program needs is not there.',
    remedy:
      'Install the Microsoft Visual C++ Redistributable and, for a GPU, the libraries of its provider; or add their folder to PATH in `env`.',
  },
  {
    code: 'shared_library_unfit',
    rank: 'before_logs',
    evidence: faultEvidence('library_unfit'),
    cause: 'A DLL does not fit: it is damaged, of another version, or for another kind of CPU.',
    remedy: 'Reinstall the program and its libraries, all for the same kind of CPU.',
  },
  {
    code: 'memory_exhausted',
    rank: 'after_logs',
    evidence: faultEvidence('no_memory'),
    cause: 'Memory could not be had when it was asked for.',
    remedy:
      'Lower `max_batch_size`, `queue_limit` and `cache_size`, stop other backends or programs, or enlarge the page file.',
  },
  {
    code: 'fault_while_loading',
    rank: 'after_logs',
    evidence: ({ fault, words }, { phase, killReason }) => {
      const isNative = fault === 'memory_access' || fault === 'trap' || fault === 'abort'
      if (!isNative || killReason !== null || !LOADING_PHASES.includes(phase)) return null
      return `The process ended while it was ${phase}: ${words}.`
    },
    cause: 'Native code failed while the model was loaded: the provider, its driver, or the model.',
    remedy:
      'Try `providers: [cpu]`; if that works, update the driver of the GPU. If not, download or export the model file again.',
  },
  {
    code: 'working_folder_missing',
    rank: 'before_logs',
    // control/launcher/start_failure.ts checks before it starts a program.
    evidence: (_end, { exit }) =>
      exit.failure !== null &&
      /^its folder .* \(`cwd`\) (?:does not exist|is not a folder)/.test(exit.failure)
        ? 'The folder was looked for before the start.'
        : null,
    cause: 'The folder that the program starts in does not exist.',
    remedy: 'Correct `cwd` in models.yaml; a relative path begins at the folder of Switchyard.',
  },
  {
    code: 'killed_from_outside',
    rank: 'after_logs',
    evidence: ({ fault }, { killReason, oomReason }) => {
      if (fault !== 'killed' || killReason !== null) return null
      return oomReason === null
        ? "Not the kernel's out-of-memory killer: it counted no kill."
        : `Whether it was the kernel's out-of-memory killer is unknown: ${oomReason}.`
    },
    cause: 'Killed from outside (SIGKILL).',
    remedy: 'Usual senders: `kill -9`, a task manager, a container limit.',
  },
  {
    code: 'stopped_from_outside',
    rank: 'after_logs',
    evidence: ({ fault, words }, { killReason }) =>
      fault === 'asked_to_end' && killReason === null ? `The process was ${words}.` : null,
    cause: 'Stopped from outside by a signal.',
    remedy: 'Usual senders: `kill`, Ctrl+C in its terminal, a service manager, a log-off.',
  },
  {
    code: 'program_not_found',
    rank: 'after_logs',
    evidence: (_end, { exit }) => {
      if (exit.failure !== null && /\bENOENT\b/.test(exit.failure)) {
        return 'The system found no such program when it was to be started (ENOENT).'
      }
      return exit.code === 127 ? 'Exit code 127: a shell did not find the program.' : null
    },
    cause: 'The program, or the folder that it starts in, does not exist.',
    remedy: 'Check `command` and `cwd` in models.yaml; a full path to the program is surest.',
  },
  {
    code: 'program_not_executable',
    rank: 'after_logs',
    evidence: (_end, { exit }) => {
      if (exit.failure !== null && /\bEACCES\b|\bEPERM\b/.test(exit.failure)) {
        return 'The system refused to start the program (EACCES or EPERM).'
      }
      return exit.code === 126 ? 'Exit code 126: a shell could not execute the program.' : null
    },
    cause: 'The program may not be executed.',
    remedy: 'Make it executable (`chmod +x`), or name its interpreter first in `command`.',
  },
]

function faultEvidence(fault: ExitMeaning['fault']): ExitCauseRow['evidence'] {
  return (end) => (end.fault === fault ? `The process ended with ${end.words}.` : null)
}
