/** Crash card: everything known about one unplanned end of a backend. Stored and shown as it is. */
import { z } from 'zod'
import { wordingSchema } from './messages.ts'
import { LOG_LEVELS, logLineSchema, type LogLine } from './log_lines.ts'

export const CARD_LOG_LINES_MAX = 1000
/** Maximum memory samples, and requests in flight, per card. */
export const CARD_MEMORY_SAMPLES_MAX = 600
export const CARD_REQUESTS_MAX = 1000

/** Possible causes. Rows in control/crash/ define the evidence. */
export const CRASH_CAUSES = [
  'model_missing',
  'model_corrupt',
  'port_taken',
  'port_forbidden',
  'address_unavailable',
  'shared_library_missing',
  'shared_library_unfit',
  'python_module_missing',
  'python_syntax',
  'node_module_missing',
  'js_heap_exhausted',
  'gpu_memory_exhausted',
  'memory_exhausted',
  'killed_for_memory',
  'killed_from_outside',
  'stopped_from_outside',
  'gpu_driver_unfit',
  'gpu_device_lost',
  'unsupported_cpu_instruction',
  'fault_while_loading',
  'wrong_port',
  'working_folder_missing',
  'interpreter_missing',
  'program_not_found',
  'program_not_executable',
  'program_unfit',
] as const
export type CrashCauseCode = (typeof CRASH_CAUSES)[number]

export const crashCauseSchema = z.object({
  code: z.enum(CRASH_CAUSES),
  cause: z.string(),
  remedy: z.string(),
  /** `seq` of the log lines that prove it; empty if the exit or the kernel is the evidence. */
  log_seqs: z.array(z.int()),
  /** The same lines by time (unix milliseconds) and level. Cards of earlier versions have none. */
  log_lines: z
    .array(z.object({ seq: z.int(), time: z.number(), level: z.enum(LOG_LEVELS) }))
    .default([]),
  evidence: z.array(z.string()).min(1),
  wording: wordingSchema,
})
export type CrashCause = z.infer<typeof crashCauseSchema>

export const crashLogLineSchema = logLineSchema
export type CrashLogLine = LogLine

export const memoryPointSchema = z.object({
  time: z.number(),
  /** null if unreadable at that time. */
  rss_bytes: z.number().nullable(),
})

/** A request without a reply. Its payload is never stored. */
export const crashRequestSchema = z.object({
  request_id: z.string(),
  /** Content hashes, as in the quarantine. */
  input_hashes: z.array(z.string()),
  /** Message size; null if not measured. */
  bytes: z.number().int().nullable(),
})

/** Time, backend (or replica such as `emotion-2`), eight random hex digits: sorts by time and is a valid file name. */
export const CRASH_ID_PATTERN = /^\d{8}T\d{9}Z-[a-z][a-z0-9_-]{0,63}-[0-9a-f]{8}$/

export const crashCardSchema = z.object({
  /** Readers skip cards of unknown formats. */
  format: z.literal(1),
  id: z.string().regex(CRASH_ID_PATTERN),
  backend: z.string(),
  /** When the end was noticed, unix milliseconds. */
  time: z.number(),
  exit: z.object({
    code: z.number().int().nullable(),
    signal: z.string().nullable(),
    /** Why the process could not start; null if it did. */
    failure: z.string().nullable(),
    /** "exit code 3: could not load its model" */
    words: z.string(),
    wording: wordingSchema,
  }),
  /** Why the supervisor killed it: "it stopped answering health checks". */
  kill_reason: z.string().nullable(),
  /** State before the end: "loading". */
  phase: z.string(),
  pid: z.number().int().nullable(),
  /** Consecutive starts including this one; the first is 1. */
  attempt: z.number().int(),
  /** null if it did not start. */
  uptime_ms: z.number().nullable(),
  provider: z.string().nullable(),
  versions: z.object({
    switchyard: z.string(),
    /** null for third-party programs. */
    node: z.string().nullable(),
    /** "linux x64 6.1.0" */
    platform: z.string(),
    onnxruntime: z.string().nullable(),
  }),
  cause: crashCauseSchema.nullable(),
  log: z.array(crashLogLineSchema).max(CARD_LOG_LINES_MAX),
  /** Earlier lines that are not in the card. */
  log_omitted: z.number().int(),
  memory: z.array(memoryPointSchema).max(CARD_MEMORY_SAMPLES_MAX),
  memory_reason: z.string().nullable(),
  wording: wordingSchema,
  in_flight: z.array(crashRequestSchema).max(CARD_REQUESTS_MAX),
  in_flight_omitted: z.number().int(),
  config: z.record(z.string(), z.unknown()),
})
export type CrashCard = z.infer<typeof crashCardSchema>

export const crashSummarySchema = crashCardSchema
  .pick({ id: true, backend: true, time: true, phase: true, attempt: true, uptime_ms: true })
  .extend({ words: z.string(), wording: wordingSchema, cause: crashCauseSchema.nullable() })
export type CrashSummary = z.infer<typeof crashSummarySchema>

export function summaryOf(card: CrashCard): CrashSummary {
  const { id, backend, time, phase, attempt, uptime_ms, exit, cause } = card
  return {
    id,
    backend,
    time,
    phase,
    attempt,
    uptime_ms,
    words: exit.words,
    wording: exit.wording,
    cause,
  }
}
