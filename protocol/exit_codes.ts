/** Meaning of exit codes and signals. control/crash/likely_cause.ts derives causes. */
import { message, type Message, type MessageCode } from './messages.ts'

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

type EndCode = Extract<MessageCode, `end.${string}`>

export interface ExitMeaning {
  /** "exit code 3: could not load its model" or "ended by signal SIGTERM: asked to end". */
  words: Message
  /** Without the explanation: "exit code 3", "ended by signal SIGTERM". */
  short: Message
  fault: Fault | null
}

export function describeExit(
  code: number | null,
  signal: string | null,
  owner: ProgramOwner = 'ours',
): Message {
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
    const words = message('exit.none')
    return { words, short: words, fault: null }
  }
  return ofStatus(code) ?? ofShell(code) ?? ofProgram(code, owner)
}

function ofSignal(signal: string): ExitMeaning {
  const [fault, end] = SIGNALS[signal] ?? ['other']
  const short = message('exit.signal', { signal })
  return { words: explained(short, end), short, fault }
}

/** Windows ends a process with an NTSTATUS as its exit code, which is above 0x40000000 as 32 bits. */
function ofStatus(code: number): ExitMeaning | null {
  const unsigned = code >>> 0
  if (unsigned < 0x4000_0000) return null
  const known = STATUSES[unsigned]
  const hex = `0x${unsigned.toString(16).toUpperCase().padStart(8, '0')}`
  const short = message('exit.code', { code: hex })
  if (known === undefined) return { words: short, short, fault: 'other' }
  const [name, fault, end] = known
  const reason = message('exit.status', { meaning: message(end), name })
  return { words: message('because', { what: short, reason }), short, fault }
}

function ofShell(code: number): ExitMeaning | null {
  const signal = SIGNAL_OF_SHELL_CODE[code]
  const known = signal === undefined ? undefined : SIGNALS[signal]
  if (signal === undefined || known === undefined) return null
  const [fault, end] = known
  const short = message('exit.code', { code })
  const reason =
    end === undefined ? signal : message('exit.shell', { signal, meaning: message(end) })
  return { words: message('because', { what: short, reason }), short, fault }
}

function ofProgram(code: number, owner: ProgramOwner): ExitMeaning {
  const meaning = (owner === 'ours' ? OURS[code] : undefined) ?? COMMON[code]
  const short = message('exit.code', { code })
  return { words: explained(short, meaning), short, fault: null }
}

const explained = (what: Message, meaning: EndCode | undefined): Message =>
  meaning === undefined ? what : message('because', { what, reason: message(meaning) })

/** Codes of our programs and Node: https://nodejs.org/api/process.html#exit-codes */
const OURS: Record<number, EndCode> = {
  [EXIT_CODES.internal]: 'end.internal',
  [EXIT_CODES.usage]: 'end.usage',
  [EXIT_CODES.model_unavailable]: 'end.model',
  [EXIT_CODES.port_unavailable]: 'end.port',
  5: 'end.v8',
  7: 'end.exception_handler',
  9: 'end.node_option',
  13: 'end.top_level_await',
}

/** 126 and 127: https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html */
const COMMON: Record<number, EndCode> = {
  [EXIT_CODES.ok]: 'end.by_itself',
  126: 'end.not_executable',
  127: 'end.not_found',
}

/** Signals that end a process: https://man7.org/linux/man-pages/man7/signal.7.html */
const SIGNALS: Record<string, [fault: Fault, end?: EndCode]> = {
  SIGHUP: ['asked_to_end', 'end.terminal_closed'],
  SIGINT: ['asked_to_end', 'end.ctrl_c'],
  SIGQUIT: ['asked_to_end', 'end.ctrl_backslash'],
  SIGILL: ['illegal_instruction', 'end.illegal_instruction'],
  SIGTRAP: ['trap', 'end.trap'],
  SIGABRT: ['abort', 'end.abort'],
  SIGBUS: ['memory_access', 'end.mapped_memory'],
  SIGFPE: ['other', 'end.arithmetic'],
  SIGKILL: ['killed'],
  SIGSEGV: ['memory_access', 'end.memory_access'],
  SIGPIPE: ['other', 'end.output_closed'],
  SIGTERM: ['asked_to_end', 'end.asked_to_end'],
  SIGXCPU: ['other', 'end.cpu_time'],
  SIGXFSZ: ['other', 'end.file_size'],
  SIGSYS: ['other', 'end.sandbox'],
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

/**
 * NTSTATUS values that end processes: [MS-ERREF] 2.3.1,
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55, and three of
 * the C runtime and Chromium in the same field.
 */
const STATUSES: Record<number, [name: string, fault: Fault, end: EndCode]> = {
  0x4001_0004: ['DBG_TERMINATE_PROCESS', 'asked_to_end', 'end.log_off'],
  0x8000_0003: ['STATUS_BREAKPOINT', 'trap', 'end.trap'],
  0xc000_0005: ['STATUS_ACCESS_VIOLATION', 'memory_access', 'end.memory_access'],
  0xc000_0006: ['STATUS_IN_PAGE_ERROR', 'memory_access', 'end.mapped_memory'],
  0xc000_0017: ['STATUS_NO_MEMORY', 'no_memory', 'end.no_memory'],
  0xc000_001d: ['STATUS_ILLEGAL_INSTRUCTION', 'illegal_instruction', 'end.illegal_instruction'],
  0xc000_007b: ['STATUS_INVALID_IMAGE_FORMAT', 'library_unfit', 'end.library_unfit'],
  0xc000_0094: ['STATUS_INTEGER_DIVIDE_BY_ZERO', 'other', 'end.arithmetic'],
  0xc000_00fd: ['STATUS_STACK_OVERFLOW', 'stack_overflow', 'end.stack_overflow'],
  0xc000_012d: ['STATUS_COMMITMENT_LIMIT', 'no_memory', 'end.page_file'],
  0xc000_0135: ['STATUS_DLL_NOT_FOUND', 'library_missing', 'end.library_missing'],
  0xc000_0138: ['STATUS_ORDINAL_NOT_FOUND', 'library_unfit', 'end.library_version'],
  0xc000_0139: ['STATUS_ENTRYPOINT_NOT_FOUND', 'library_unfit', 'end.library_version'],
  0xc000_013a: ['STATUS_CONTROL_C_EXIT', 'asked_to_end', 'end.ctrl_c'],
  0xc000_0142: ['STATUS_DLL_INIT_FAILED', 'other', 'end.library_init'],
  0xc000_0374: ['STATUS_HEAP_CORRUPTION', 'memory_access', 'end.heap'],
  0xc000_0409: ['STATUS_STACK_BUFFER_OVERRUN', 'abort', 'end.self_check'],
  0xc06d_007e: ['ERROR_MOD_NOT_FOUND', 'library_missing', 'end.library_missing'],
  0xe000_0008: ['OUT_OF_MEMORY', 'no_memory', 'end.no_memory'],
  0xe06d_7363: ['CPP_EXCEPTION', 'abort', 'end.exception'],
}
