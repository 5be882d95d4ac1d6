/** ControlApi: what the panel may ask of the control plane and what it is told, over one WebSocket at /control. */
import { z } from 'zod'
import { latencySchema, modelFileSchema } from './backend.ts'
import { configProblemSchema } from './config.ts'

export const BACKEND_STATES = [
  'disabled',
  'starting',
  'loading',
  'ready',
  'degraded',
  'stopping',
  'backoff',
  'failed',
] as const
export type BackendState = (typeof BACKEND_STATES)[number]

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const logLineSchema = z.object({
  /** Grows by one per line; gaps are lines that the ring has dropped. */
  seq: z.number().int(),
  /** Unix milliseconds. */
  time: z.number(),
  level: z.enum(LOG_LEVELS),
  /** A backend's name, or `gateway` / `supervisor` for the control plane's own lines. */
  source: z.string(),
  message: z.string(),
  request_id: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
})
export type LogLine = z.infer<typeof logLineSchema>

/** One second-scale sample of a backend, taken at each health check. */
export const sampleSchema = z.object({
  /** Unix milliseconds. */
  time: z.number(),
  /** null while nothing was answered in the backend's window. */
  latency_ms: latencySchema.nullable(),
  requests_per_s: z.number(),
  rss_bytes: z.number().nullable(),
  in_flight: z.number().int(),
  queue_depth: z.number().int(),
  /** Round trip of the health check; null when no pong came. */
  pong_ms: z.number().nullable(),
})
export type Sample = z.infer<typeof sampleSchema>

export const backendViewSchema = z.object({
  name: z.string(),
  host: z.string(),
  port: z.number().int(),
  state: z.enum(BACKEND_STATES),
  /** Since when the state holds, unix milliseconds. */
  since: z.number(),
  /** What the switch shows: a person or the config wants it to run. */
  wanted: z.boolean(),
  /** A sentence on the state: "warm-up 2 of 4", "exit code 1", "try 3 of 10". */
  detail: z.string().nullable(),
  /** When the next start happens (backoff), unix milliseconds. */
  retry_at: z.number().nullable(),
  attempt: z.number().int(),
  max_attempts: z.number().int(),
  pid: z.number().int().nullable(),
  started_at: z.number().nullable(),
  provider: z.string().nullable(),
  models: z.array(modelFileSchema),
  pong_ms: z.number().nullable(),
  missed_pongs: z.number().int(),
  in_flight: z.number().int().nullable(),
  queue_depth: z.number().int().nullable(),
  queue_limit: z.number().int(),
  requests: z.number().int(),
  errors: z.number().int(),
  requests_per_s: z.number().nullable(),
  latency_ms: latencySchema.nullable(),
  rss_bytes: z.number().nullable(),
  /** null with the reason when it cannot be known. */
  gpu_bytes: z.number().nullable(),
  gpu_reason: z.string().nullable(),
})
export type BackendView = z.infer<typeof backendViewSchema>

export const configViewSchema = z.object({
  file: z.string(),
  /** When the configuration in force was read, unix milliseconds; null when none was ever good. */
  loaded_at: z.number().nullable(),
  /** Empty when the file on disk is the one in force. */
  problems: z.array(configProblemSchema),
})
export type ConfigView = z.infer<typeof configViewSchema>

export const planeViewSchema = z.object({
  version: z.string(),
  pid: z.number().int(),
  host: z.string(),
  port: z.number().int(),
  started_at: z.number(),
  /** Open inference connections to the gateway. */
  clients: z.number().int(),
  rss_bytes: z.number(),
  /** The line that says why no desktop window was opened; null inside the desktop app. */
  shell_notice: z.string().nullable(),
  config: configViewSchema,
})
export type PlaneView = z.infer<typeof planeViewSchema>

export const snapshotSchema = z.object({
  plane: planeViewSchema,
  backends: z.array(backendViewSchema),
})
export type Snapshot = z.infer<typeof snapshotSchema>

export const logFilterSchema = z.object({
  /** Empty or absent = all sources. */
  sources: z.array(z.string()).optional(),
  /** Levels that are shown; absent = all. */
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

const nameParams = z.object({ name: z.string() })
const nothing = z.object({})

/** Each method of the ControlApi: what it takes and what it returns. Adding one is one row here and one handler. */
export const CONTROL_METHODS = {
  'backends.start': { params: nameParams, result: nothing },
  'backends.stop': { params: nameParams, result: nothing },
  'backends.restart': { params: nameParams, result: nothing },
  'backends.start_all': { params: nothing, result: nothing },
  'backends.stop_all': { params: nothing, result: nothing },
  /** Samples of the last five minutes, oldest first. */
  'backends.history': { params: nameParams, result: z.object({ samples: z.array(sampleSchema) }) },
  /**
   * Replaces this connection's log subscription: answers the newest `limit` matching lines (oldest first) with the counts of
   * all lines that match by level, then pushes each new match as a `logs` event.
   */
  'logs.follow': {
    params: z.object({ filter: logFilterSchema, limit: z.int().min(1).max(20_000) }),
    result: z.object({
      lines: z.array(logLineSchema),
      counts: logCountsSchema,
      /** Lines the ring has let go since the start. */
      dropped: z.number().int(),
      total: z.number().int(),
    }),
  },
  'logs.unfollow': { params: nothing, result: nothing },
} as const

export type ControlMethod = keyof typeof CONTROL_METHODS
export type ControlParams<M extends ControlMethod> = z.infer<(typeof CONTROL_METHODS)[M]['params']>
export type ControlResult<M extends ControlMethod> = z.infer<(typeof CONTROL_METHODS)[M]['result']>

export const controlRequestSchema = z.object({
  id: z.number().int(),
  method: z.enum(Object.keys(CONTROL_METHODS) as [ControlMethod, ...ControlMethod[]]),
  params: z.unknown(),
})

/** Pushed without being asked: the first `snapshot` on connect, then on each change (at most five a second). */
export const controlEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('snapshot'), data: snapshotSchema }),
  z.object({
    event: z.literal('sample'),
    data: z.object({ name: z.string(), sample: sampleSchema }),
  }),
  z.object({
    event: z.literal('logs'),
    data: z.object({ lines: z.array(logLineSchema), counts: logCountsSchema }),
  }),
])
export type ControlEvent = z.infer<typeof controlEventSchema>

export const controlReplySchema = z.union([
  z.object({ id: z.number().int(), result: z.unknown() }),
  z.object({ id: z.number().int(), error: z.object({ code: z.string(), message: z.string() }) }),
])

export const controlServerMessageSchema = z.union([controlEventSchema, controlReplySchema])
