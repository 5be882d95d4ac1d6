/** A crash card: what is known of one unplanned end of a backend. Kept on disk and shown by the panel as it is. */
import { z } from 'zod'
import { LOG_LEVELS, logLineSchema, type LogLine } from './log_lines.ts'

/** Newest log lines that a card holds. */
export const CARD_LOG_LINES_MAX = 1000
/** Samples of the memory curve, and requests in flight, that a card holds. */
export const CARD_MEMORY_SAMPLES_MAX = 600
export const CARD_REQUESTS_MAX = 1000

/** Every likely cause that a card may name. Its row in control/crash/ defines the evidence. */
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
  /** A sentence. */
  cause: z.string(),
  remedy: z.string(),
  /** `seq` of the log lines that say so; empty when the end itself, or the kernel, is the evidence. */
  log_seqs: z.array(z.int()),
  /** The same lines as people know them: by their time (unix milliseconds) and level. Cards of earlier versions have none. */
  log_lines: z
    .array(z.object({ seq: z.int(), time: z.number(), level: z.enum(LOG_LEVELS) }))
    .default([]),
  /** What the cause rests on, a sentence each. */
  evidence: z.array(z.string()).min(1),
})
export type CrashCause = z.infer<typeof crashCauseSchema>

/** A log line as in the ControlApi. */
export const crashLogLineSchema = logLineSchema
export type CrashLogLine = LogLine

export const memoryPointSchema = z.object({
  /** Unix milliseconds. */
  time: z.number(),
  /** null when it could not be read at that time. */
  rss_bytes: z.number().nullable(),
})

/** A request that had no answer yet. Its payload is never kept. */
export const crashRequestSchema = z.object({
  request_id: z.string(),
  /** Hashes of its inputs, as the quarantine knows them. */
  input_hashes: z.array(z.string()),
  /** Size of the message; null when it was not measured. */
  bytes: z.number().int().nullable(),
})

/** Time to the millisecond, the backend (or `emotion-2` of its replicas), eight random hex digits: sorts by time, and is a file name. */
export const CRASH_ID_PATTERN = /^\d{8}T\d{9}Z-[a-z][a-z0-9_-]{0,63}-[0-9a-f]{8}$/

export const crashCardSchema = z.object({
  /** Of the card's form; a reader that does not know it skips the card. */
  format: z.literal(1),
  id: z.string().regex(CRASH_ID_PATTERN),
  backend: z.string(),
  /** When the end was noticed, unix milliseconds. */
  time: z.number(),
  exit: z.object({
    code: z.number().int().nullable(),
    signal: z.string().nullable(),
    /** Why the process could not be started at all; null when it was. */
    failure: z.string().nullable(),
    /** "exit code 3: could not load its model" */
    words: z.string(),
  }),
  /** Why the supervisor ended it, when it did: "it stopped answering health checks". */
  kill_reason: z.string().nullable(),
  /** State of the backend before the end: "loading". */
  phase: z.string(),
  pid: z.number().int().nullable(),
  /** Starts in a row up to this one; the first is 1. */
  attempt: z.number().int(),
  /** null when it was not started. */
  uptime_ms: z.number().nullable(),
  provider: z.string().nullable(),
  versions: z.object({
    switchyard: z.string(),
    /** null for a program that is not ours. */
    node: z.string().nullable(),
    /** "linux x64 6.1.0" */
    platform: z.string(),
    onnxruntime: z.string().nullable(),
  }),
  cause: crashCauseSchema.nullable(),
  /** Oldest first. */
  log: z.array(crashLogLineSchema).max(CARD_LOG_LINES_MAX),
  /** Earlier lines of the given ones that are not in the card. */
  log_omitted: z.number().int(),
  memory: z.array(memoryPointSchema).max(CARD_MEMORY_SAMPLES_MAX),
  /** Why there is no memory curve; null when there is one. */
  memory_reason: z.string().nullable(),
  in_flight: z.array(crashRequestSchema).max(CARD_REQUESTS_MAX),
  in_flight_omitted: z.number().int(),
  /** The backend's section of models.yaml that was in force. */
  config: z.record(z.string(), z.unknown()),
})
export type CrashCard = z.infer<typeof crashCardSchema>

/** A row of the list of crashes. */
export const crashSummarySchema = crashCardSchema
  .pick({ id: true, backend: true, time: true, phase: true, attempt: true, uptime_ms: true })
  .extend({ words: z.string(), cause: crashCauseSchema.nullable() })
export type CrashSummary = z.infer<typeof crashSummarySchema>

/** What the list shows of a card. */
export function summaryOf(card: CrashCard): CrashSummary {
  const { id, backend, time, phase, attempt, uptime_ms, exit, cause } = card
  return { id, backend, time, phase, attempt, uptime_ms, words: exit.words, cause }
}
