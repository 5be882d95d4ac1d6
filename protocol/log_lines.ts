import { z } from 'zod'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const logLineSchema = z.object({
  /** Increases by one per line; gaps are lines that the ring buffer dropped. */
  seq: z.number().int(),
  time: z.number(),
  level: z.enum(LOG_LEVELS),
  /** A backend's name, or `gateway` / `supervisor`. */
  source: z.string(),
  message: z.string(),
  request_id: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
  /** The message or its fields are cut: `logs.line` returns all of it. */
  is_cut: z.boolean().optional(),
})
export type LogLine = z.infer<typeof logLineSchema>

export const logFilterSchema = z.object({
  sources: z.array(z.string()).optional(),
  levels: z.array(z.enum(LOG_LEVELS)).optional(),
  /** Case-insensitive substring of message or request id. */
  search: z.string().max(1000).optional(),
})
export type LogFilter = z.infer<typeof logFilterSchema>

export const logCountsSchema = z.object({
  debug: z.number().int(),
  info: z.number().int(),
  warn: z.number().int(),
  error: z.number().int(),
})
