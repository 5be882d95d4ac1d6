/** Searching and exporting log lines: queries, answers, what can go wrong. The line itself is in control.ts. */
import { z } from 'zod'
import { logCountsSchema, logFilterSchema, logLineSchema } from './log_lines.ts'

/** Room for any pattern that a person types. */
export const PATTERN_LENGTH_MAX = 1000

/** Every key narrows the result; an empty query matches every line. */
export const logQuerySchema = logFilterSchema.omit({ search: true }).extend({
  /** Looked for in the message and in the request id; empty or absent = any text. */
  pattern: z.string().max(PATTERN_LENGTH_MAX).optional(),
  /** The pattern is a regular expression in JavaScript's syntax, without delimiters; otherwise plain text. */
  is_regex: z.boolean().optional(),
  case_sensitive: z.boolean().optional(),
  /** First and last moment that match, unix milliseconds. */
  time_from: z.number().optional(),
  time_to: z.number().optional(),
  /** Exactly this request. */
  request_id: z.string().optional(),
  /** Only lines that came after the one with this `seq`: to ask again for what is new. */
  after_seq: z.number().int().optional(),
  /** Only lines that came before the one with this `seq`: to go on backwards. */
  before_seq: z.number().int().optional(),
})
export type LogQuery = z.infer<typeof logQuerySchema>

export const logSearchSchema = z.object({
  query: logQuerySchema,
  /** How many lines are answered: the newest that match. */
  limit: z.int().min(1).max(20_000),
})

export const logSearchResultSchema = z.object({
  /** The newest matching lines, oldest first. */
  lines: z.array(logLineSchema),
  /** Lines that match but for their level, by level. */
  counts: logCountsSchema,
  /** Lines that match, also those beyond `limit`. */
  matched: z.number().int(),
  /** Lines that were looked at. */
  searched: z.number().int(),
  /** Lines that the memory has let go since the start; an export finds what the files still hold of them. */
  dropped: z.number().int(),
})
export type LogSearchResult = z.infer<typeof logSearchResultSchema>

export const EARLIER_LINES_MAX = 5000

export const logEarlierParamsSchema = z.object({
  /** With both times: the files of all runs may hold half a gigabyte. */
  query: logQuerySchema.required({ time_from: true, time_to: true }),
  limit: z.int().min(1).max(EARLIER_LINES_MAX),
})

export const logEarlierSchema = z.object({
  /** The oldest that match, oldest first. Each run counts its lines from 0, so `seq` is here the place in this list. */
  lines: z.array(logLineSchema),
  /** More match than are here. */
  is_cut: z.boolean(),
})

export type LogEarlier = z.infer<typeof logEarlierSchema>

export const HISTOGRAM_BUCKETS_MAX = 400

export const logHistogramParamsSchema = z.object({
  query: logQuerySchema,
  buckets: z.int().min(1).max(HISTOGRAM_BUCKETS_MAX),
})

export const logHistogramSchema = z.object({
  /** Moments of the oldest and of the newest line in memory, unix milliseconds; both 0 without any line. */
  from: z.number(),
  to: z.number(),
  /** Of equal width, each with the lines that match as [debug, info, warn, error]; none without any line in memory. */
  buckets: z.array(z.tuple([z.int(), z.int(), z.int(), z.int()])),
})
export type LogHistogram = z.infer<typeof logHistogramSchema>

export const logSlowestParamsSchema = z.object({
  query: logQuerySchema,
  limit: z.int().min(1).max(200),
  /** Read the files of all runs too, where memory does not reach back to `time_from`. */
  reads_files: z.boolean().optional(),
})

/** A request that was answered, from the line that its backend wrote. */
export const slowRequestSchema = z.object({
  request_id: z.string(),
  /** When it was answered, unix milliseconds. */
  time: z.number(),
  source: z.string(),
  message: z.string(),
  /** From its arrival at the backend to its reply, milliseconds. */
  total_ms: z.number(),
})
export type SlowRequest = z.infer<typeof slowRequestSchema>

export const logSlowestSchema = z.object({
  /** The slowest first. */
  requests: z.array(slowRequestSchema),
  /** Requests that were looked at. */
  total: z.number().int(),
  /** Memory alone was searched and holds nothing older, unix milliseconds; null: all of the span was searched. */
  searched_from: z.number().nullable(),
})
export type LogSlowest = z.infer<typeof logSlowestSchema>

/** `jsonl` = one JSON object a line, each a LogLine; `text` = for reading. */
export const EXPORT_FORMATS = ['jsonl', 'text'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** `run` = since this start of the program; `all` = also what is kept of earlier runs. */
export const EXPORT_SCOPES = ['run', 'all'] as const
export type ExportScope = (typeof EXPORT_SCOPES)[number]

export const logExportSchema = z.object({
  query: logQuerySchema,
  format: z.enum(EXPORT_FORMATS),
  scope: z.enum(EXPORT_SCOPES),
})

export const LOG_ERROR_CODES = [
  /** The pattern is not a valid regular expression; the message names the position. */
  'invalid_regex',
  /** The expression took too long and was ended. */
  'search_timeout',
  /** Too many searches wait already. */
  'search_busy',
  /** The search was given up by the one who asked. */
  'cancelled',
  /** The log search, or the program, is ending. */
  'closed',
  /** The search thread ended by itself. */
  'search_failed',
] as const
export type LogErrorCode = (typeof LOG_ERROR_CODES)[number]

/** The log files of this run, and what is not in them. */
export const logFilesViewSchema = z.object({
  dir: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  /** Lines in the files, those of removed files included. */
  written: z.number().int(),
  /** Lines of files that were removed since, to keep the bound. */
  removed: z.number().int(),
  /** Lines that wait to be written. */
  waiting: z.number().int(),
  /** Lines that could not be written. */
  not_written: z.number().int(),
  /** Why lines are not written; null while all is well. */
  problem: z.string().nullable(),
})
export type LogFilesView = z.infer<typeof logFilesViewSchema>
