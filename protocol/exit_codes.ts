/** Meaning of exit codes and signals. control/crash/likely_cause.ts derives causes. */
export const EXIT_CODES = {
  ok: 0,
  internal: 1,
  usage: 2,
  model_unavailable: 3,
  port_unavailable: 4,
} as const

/** Exit codes are defined only for built-in programs. */
export type ProgramOwner = 'ours' | 'foreign'

/** How a process ended without choosing an exit code. */
export type Fault =
  | 'illegal_instruction'
  | 'trap'
  | 'abort'
  | 'memory_access'
  | 'stack_overflow'
  | 'killed'
  | 'asked_to_end'
  | 'library_missing'
  | 'library_unfit'
  | 'no_memory'
  | 'other'

interface Meaning {
  /** Empty if the name is self-explanatory. */
  words: string
  fault: Fault
}

export interface ExitMeaning {
  /** "exit code 3: could not load its model" or "ended by signal SIGTERM: asked to end". */
  words: string
  /** Without the explanation: "exit code 3", "ended by signal SIGTERM". */
  short: string
  fault: Fault | null
}

export function describeExit(
  code: number | null,
  signal: string | null,
  owner: ProgramOwner = 'ours',
): string {
  return meaningOfExit(code, signal, owner).words
}

/** Never throws: unknown codes and signals are named as they are. */
export function meaningOfExit(
  code: number | null,
  signal: string | null,
  owner: ProgramOwner = 'ours',
): ExitMeaning {
  if (signal !== null) return ofSignal(signal)
  if (code === null) {
    const words = 'ended without an exit code'
    return { words, short: words, fault: null }
  }
  return ofStatus(code) ?? ofShell(code) ?? ofProgram(code, owner)
}

function ofSignal(signal: string): ExitMeaning {
  const known = SIGNALS[signal]
  const plain = { words: `ended by signal ${signal}`, short: `ended by signal ${signal}` }
  if (known === undefined) return { ...plain, fault: 'other' }
  return { ...plain, words: explained(plain.words, known.words), fault: known.fault }
}

/** Windows ends a process with an NTSTATUS as its exit code, which is above 0x40000000 as 32 bits. */
function ofStatus(code: number): ExitMeaning | null {
  const unsigned = code >>> 0
  if (unsigned < 0x4000_0000) return null
  const hex = `0x${unsigned.toString(16).toUpperCase().padStart(8, '0')}`
  const known = STATUSES[unsigned]
  const short = `exit code ${hex}`
  if (known === undefined) return { words: short, short, fault: 'other' }
  return { words: `${short}: ${known.words} (${known.name})`, short, fault: known.fault }
}

function ofShell(code: number): ExitMeaning | null {
  const signal = SIGNAL_OF_SHELL_CODE[code]
  const known = signal === undefined ? undefined : SIGNALS[signal]
  if (known === undefined) return null
  const what = known.words === '' ? `${signal}` : `${signal}, ${known.words}`
  return { words: `exit code ${code}: ${what}`, short: `exit code ${code}`, fault: known.fault }
}

function ofProgram(code: number, owner: ProgramOwner): ExitMeaning {
  const meaning = (owner === 'ours' ? OURS[code] : undefined) ?? COMMON[code]
  const short = `exit code ${code}`
  return { words: explained(short, meaning ?? ''), short, fault: null }
}

const explained = (what: string, meaning: string) => (meaning === '' ? what : `${what}: ${meaning}`)

/** Codes of our programs and Node: https://nodejs.org/api/process.html#exit-codes */
const OURS: Record<number, string> = {
  [EXIT_CODES.internal]: 'ended on an internal error',
  [EXIT_CODES.usage]: 'refused its command line or settings',
  [EXIT_CODES.model_unavailable]: 'could not load its model',
  [EXIT_CODES.port_unavailable]: 'could not listen on its port',
  5: 'V8 met a fatal error',
  7: 'the handler of uncaught exceptions failed itself',
  9: 'Node refused an option of its command line or NODE_OPTIONS',
  13: 'Node waited for nothing more while a top-level await was pending',
}

/** 126 and 127: https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html */
const COMMON: Record<number, string> = {
  [EXIT_CODES.ok]: 'ended by itself',
  126: 'the program was found and cannot be executed',
  127: 'the program, or a library that it starts with, was not found',
}

/** Signals that end a process: https://man7.org/linux/man-pages/man7/signal.7.html */
const SIGNALS: Record<string, Meaning> = {
  SIGHUP: { words: 'its terminal was closed', fault: 'asked_to_end' },
  SIGINT: { words: 'asked to end, as by Ctrl+C', fault: 'asked_to_end' },
  SIGQUIT: { words: 'asked to end, as by Ctrl+\\', fault: 'asked_to_end' },
  SIGILL: {
    words: 'it met an instruction that the CPU does not know',
    fault: 'illegal_instruction',
  },
  SIGTRAP: { words: 'native code stopped itself on a failed check', fault: 'trap' },
  SIGABRT: { words: 'native code aborted', fault: 'abort' },
  SIGBUS: { words: 'it read memory, or a mapped file, that is not there', fault: 'memory_access' },
  SIGFPE: { words: 'an arithmetic error in native code', fault: 'other' },
  SIGKILL: { words: '', fault: 'killed' },
  SIGSEGV: { words: 'native code touched memory that is not its own', fault: 'memory_access' },
  SIGPIPE: { words: 'nobody read its output any more', fault: 'other' },
  SIGTERM: { words: 'asked to end', fault: 'asked_to_end' },
  SIGXCPU: { words: 'its limit of CPU time was reached', fault: 'other' },
  SIGXFSZ: { words: 'its limit of file size was reached', fault: 'other' },
  SIGSYS: { words: 'a sandbox forbade a system call', fault: 'other' },
}

/** Shared by Linux and macOS, except SIGBUS: 7 and 10. Node on Windows ends an abort with 134 too. */
const SIGNAL_OF_SHELL_CODE: Record<number, string> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  131: 'SIGQUIT',
  132: 'SIGILL',
  133: 'SIGTRAP',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  138: 'SIGBUS',
  139: 'SIGSEGV',
  141: 'SIGPIPE',
  143: 'SIGTERM',
}

interface StatusMeaning extends Meaning {
  name: string
}

const status = (name: string, words: string, fault: Fault): StatusMeaning => ({
  name,
  words,
  fault,
})

/**
 * NTSTATUS values that end processes: [MS-ERREF] 2.3.1,
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55, and three of
 * the C runtime and Chromium in the same field.
 */
const STATUSES: Record<number, StatusMeaning> = {
  0x4001_0004: status('DBG_TERMINATE_PROCESS', 'ended by a log-off or a shutdown', 'asked_to_end'),
  0x8000_0003: status('STATUS_BREAKPOINT', 'native code stopped itself on a failed check', 'trap'),
  0xc000_0005: status(
    'STATUS_ACCESS_VIOLATION',
    'native code touched memory that is not its own',
    'memory_access',
  ),
  0xc000_0006: status('STATUS_IN_PAGE_ERROR', 'a mapped file could not be read', 'memory_access'),
  0xc000_0017: status('STATUS_NO_MEMORY', 'memory could not be had', 'no_memory'),
  0xc000_001d: status(
    'STATUS_ILLEGAL_INSTRUCTION',
    'it met an instruction that the CPU does not know',
    'illegal_instruction',
  ),
  0xc000_007b: status(
    'STATUS_INVALID_IMAGE_FORMAT',
    'a DLL is damaged, or made for another kind of CPU',
    'library_unfit',
  ),
  0xc000_0094: status('STATUS_INTEGER_DIVIDE_BY_ZERO', 'a division by zero', 'other'),
  0xc000_00fd: status('STATUS_STACK_OVERFLOW', 'the stack overflowed', 'stack_overflow'),
  0xc000_012d: status('STATUS_COMMITMENT_LIMIT', 'memory and page file are full', 'no_memory'),
  0xc000_0135: status('STATUS_DLL_NOT_FOUND', 'a DLL was not found', 'library_missing'),
  0xc000_0138: status('STATUS_ORDINAL_NOT_FOUND', 'a DLL is of another version', 'library_unfit'),
  0xc000_0139: status(
    'STATUS_ENTRYPOINT_NOT_FOUND',
    'a DLL is of another version',
    'library_unfit',
  ),
  0xc000_013a: status('STATUS_CONTROL_C_EXIT', 'asked to end, as by Ctrl+C', 'asked_to_end'),
  0xc000_0142: status('STATUS_DLL_INIT_FAILED', 'a DLL could not be initialised', 'other'),
  0xc000_0374: status('STATUS_HEAP_CORRUPTION', 'native code damaged its heap', 'memory_access'),
  0xc000_0409: status(
    'STATUS_STACK_BUFFER_OVERRUN',
    'native code ended itself: an abort or a failed check',
    'abort',
  ),
  0xc06d_007e: status(
    'ERROR_MOD_NOT_FOUND',
    'a DLL loaded on demand was not found',
    'library_missing',
  ),
  0xe000_0008: status('OUT_OF_MEMORY', 'memory could not be had (Chromium)', 'no_memory'),
  0xe06d_7363: status('CPP_EXCEPTION', 'a C++ exception that nobody caught', 'abort'),
}
