import { z } from 'zod'
import { logCountsSchema, logFilterSchema, logLineSchema } from './log_lines.ts'

export const PATTERN_LENGTH_MAX = 1000

/** Every key narrows the result; an empty query matches every line. */
export const logQuerySchema = logFilterSchema.omit({ search: true }).extend({
  /** Matched against message and request id; empty or absent = any text. */
  pattern: z.string().max(PATTERN_LENGTH_MAX).optional(),
  /** JavaScript regular expression without delimiters; otherwise plain text. */
  is_regex: z.boolean().optional(),
  case_sensitive: z.boolean().optional(),
  time_from: z.number().optional(),
  time_to: z.number().optional(),
  request_id: z.string().optional(),
  /** Only lines after this `seq`, for new lines. */
  after_seq: z.number().int().optional(),
  /** Only lines before this `seq`, for paging backwards. */
  before_seq: z.number().int().optional(),
})
export type LogQuery = z.infer<typeof logQuerySchema>

export const logSearchSchema = z.object({
  query: logQuerySchema,
  /** The newest matches are returned. */
  limit: z.int().min(1).max(20_000),
})

export const logSearchResultSchema = z.object({
  lines: z.array(logLineSchema),
  /** By level, ignoring the level filter. */
  counts: logCountsSchema,
  matched: z.number().int(),
  searched: z.number().int(),
  /** Lines dropped from memory; an export includes those that the files still hold. */
  dropped: z.number().int(),
})
export type LogSearchResult = z.infer<typeof logSearchResultSchema>

export const EARLIER_LINES_MAX = 5000

export const logEarlierParamsSchema = z.object({
  /** Both times are required: the files of all runs may hold half a gigabyte. */
  query: logQuerySchema.required({ time_from: true, time_to: true }),
  limit: z.int().min(1).max(EARLIER_LINES_MAX),
})

export const logEarlierSchema = z.object({
  /** The oldest matches, oldest first. Each run counts lines from 0, so `seq` is the index in this list. */
  lines: z.array(logLineSchema),
  is_cut: z.boolean(),
})

export type LogEarlier = z.infer<typeof logEarlierSchema>

export const HISTOGRAM_BUCKETS_MAX = 400

export const logHistogramParamsSchema = z.object({
  query: logQuerySchema,
  buckets: z.int().min(1).max(HISTOGRAM_BUCKETS_MAX),
})

export const logHistogramSchema = z.object({
  /** Times of the oldest and newest line in memory, unix milliseconds; both 0 without lines. */
  from: z.number(),
  to: z.number(),
  /** Equal width, each with matching lines as [debug, info, warn, error]. */
  buckets: z.array(z.tuple([z.int(), z.int(), z.int(), z.int()])),
})
export type LogHistogram = z.infer<typeof logHistogramSchema>

export const logSlowestParamsSchema = z.object({
  query: logQuerySchema,
  limit: z.int().min(1).max(200),
  /** Also reads the files of all runs if memory does not reach back to `time_from`. */
  reads_files: z.boolean().optional(),
})

export const slowRequestSchema = z.object({
  request_id: z.string(),
  /** When it was answered, unix milliseconds. */
  time: z.number(),
  source: z.string(),
  message: z.string(),
  /** From arrival at the backend to the reply. */
  total_ms: z.number(),
})
export type SlowRequest = z.infer<typeof slowRequestSchema>

export const logSlowestSchema = z.object({
  requests: z.array(slowRequestSchema),
  total: z.number().int(),
  /** Only memory was searched, from this time on, unix milliseconds; null: the whole span was searched. */
  searched_from: z.number().nullable(),
})
export type LogSlowest = z.infer<typeof logSlowestSchema>

export const EXPORT_FORMATS = ['jsonl', 'text'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** `run` = since this start; `all` = earlier runs too. */
export const EXPORT_SCOPES = ['run', 'all'] as const
export type ExportScope = (typeof EXPORT_SCOPES)[number]

export const logExportSchema = z.object({
  query: logQuerySchema,
  format: z.enum(EXPORT_FORMATS),
  scope: z.enum(EXPORT_SCOPES),
})

export const logFilesViewSchema = z.object({
  dir: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  written: z.number().int(),
  /** Lines of files removed to keep the size limit. */
  removed: z.number().int(),
  waiting: z.number().int(),
  not_written: z.number().int(),
  problem: z.string().nullable(),
})
export type LogFilesView = z.infer<typeof logFilesViewSchema>
