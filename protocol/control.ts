/** ControlApi: methods and events between the panel and Switchyard, over one WebSocket at /control. */
import { z } from 'zod'
import { hostSchema } from './address.ts'
import { imageSizeSchema, latencySchema, modelFileSchema, modelPlacementSchema } from './backend.ts'
import { configEditSchema, configSectionSchema, editEffectSchema } from './config_edits.ts'
import { configProblemSchema, PRECISIONS, RUNTIMES } from './config.ts'
import { crashCardSchema, crashSummarySchema } from './crash.ts'
import { descriptorSchema } from './descriptor.ts'
import { eventsPageSchema, eventsQuerySchema, planeEventSchema } from './events.ts'
import { gpuReadingSchema } from './gpu.ts'
import { logCountsSchema, logFilterSchema, logLineSchema } from './log_lines.ts'
import {
  logEarlierParamsSchema,
  logEarlierSchema,
  logFilesViewSchema,
  logHistogramParamsSchema,
  logHistogramSchema,
  logSearchResultSchema,
  logSearchSchema,
  logSlowestParamsSchema,
  logSlowestSchema,
} from './logs.ts'
import {
  modelCheckSchema,
  modelProfileParamsSchema,
  modelProfileSchema,
  modelsInspectionSchema,
  onnxHeaderSchema,
} from './models.ts'
import {
  trialRunAnswerSchema,
  trialRunParamsSchema,
  trialRunViewSchema,
  uploadId,
} from './trial_run.ts'
import { wordingSchema } from './messages.ts'
import { metricsQuerySchema, metricsResultSchema } from './metrics.ts'
import { portReportSchema } from './ports.ts'
import { warningSchema } from './warnings.ts'

export {
  LOG_LEVELS,
  logLineSchema,
  type LogFilter,
  type LogLevel,
  type LogLine,
} from './log_lines.ts'

export const BACKEND_STATES = [
  'disabled',
  'starting',
  'loading',
  'ready',
  'busy',
  'degraded',
  'unreachable',
  'stopping',
  'backoff',
  'failed',
] as const
export type BackendState = (typeof BACKEND_STATES)[number]

export const isServingState = (state: string): boolean =>
  state === 'ready' || state === 'busy' || state === 'degraded'

export const sampleSchema = z.object({
  time: z.number(),
  latency_ms: latencySchema.nullable(),
  requests_per_s: z.number(),
  rss_bytes: z.number().nullable(),
  in_flight: z.number().int(),
  queue_depth: z.number().int(),
  /** null without a pong. */
  pong_ms: z.number().nullable(),
})
export type Sample = z.infer<typeof sampleSchema>

export const stopReportSchema = z.object({
  time: z.number(),
  /** RAM of the process tree before the stop; null with a reason if unreadable. */
  ram_bytes: z.number().nullable(),
  ram_reason: z.string().nullable(),
  gpu_bytes: z.number().nullable(),
  gpu_reason: z.string().nullable(),
  /** Surviving processes of the tree. */
  leftover_pids: z.array(z.int()),
  port_free: z.boolean(),
  port_reason: z.string().nullable(),
  sentence: z.string(),
  wording: wordingSchema,
})
export type StopReport = z.infer<typeof stopReportSchema>

export const backendViewSchema = z.object({
  name: z.string(),
  backend: z.string(),
  runtime: z.enum(RUNTIMES),
  host: z.string(),
  port: z.number().int(),
  state: z.enum(BACKEND_STATES),
  /** Unix milliseconds. */
  since: z.number(),
  wanted: z.boolean(),
  /** "warm-up 2 of 4", "exit code 1", "try 3 of 10". */
  detail: z.string().nullable(),
  /** Next start during backoff, unix milliseconds. */
  retry_at: z.number().nullable(),
  attempt: z.number().int(),
  max_attempts: z.number().int(),
  pid: z.number().int().nullable(),
  started_at: z.number().nullable(),
  provider: z.string().nullable(),
  models: z.array(modelFileSchema),
  placements: z.array(modelPlacementSchema),
  warnings: z.array(warningSchema),
  precision: z.enum(PRECISIONS).nullable(),
  /** Changes with every key that may affect replies or their timing. */
  config_hash: z.string(),
  /** null: it wants pictures unchanged. */
  image_size: imageSizeSchema.nullable(),
  descriptor: descriptorSchema.nullable(),
  /** Parallel copies of the models; null if unknown. */
  sessions: z.number().int().nullable(),
  pong_ms: z.number().nullable(),
  missed_pongs: z.number().int(),
  /** Last sign of life while health checks go unanswered, unix milliseconds. */
  silent_since: z.number().nullable(),
  is_live: z.boolean(),
  is_ready: z.boolean(),
  /** The last time it was switched off; null while it runs, and before. */
  last_stop: stopReportSchema.nullable(),
  in_flight: z.number().int().nullable(),
  queue_depth: z.number().int().nullable(),
  queue_limit: z.number().int(),
  requests: z.number().int(),
  errors: z.number().int(),
  requests_per_s: z.number().nullable(),
  latency_ms: latencySchema.nullable(),
  rss_bytes: z.number().nullable(),
  /** null with a reason if unknown. */
  gpu_bytes: z.number().nullable(),
  gpu_reason: z.string().nullable(),
  wording: wordingSchema,
})
export type BackendView = z.infer<typeof backendViewSchema>

export const configViewSchema = z.object({
  file: z.string(),
  /** When the active configuration was read, unix milliseconds; null if none was ever valid. */
  loaded_at: z.number().nullable(),
  /** Empty if the file on disk is active. */
  problems: z.array(configProblemSchema),
})
export type ConfigView = z.infer<typeof configViewSchema>

export const planeViewSchema = z.object({
  version: z.string(),
  pid: z.number().int(),
  host: z.string(),
  port: z.number().int(),
  started_at: z.number(),
  clients: z.number().int(),
  rss_bytes: z.number(),
  /** Why no desktop window opened; null inside the desktop app. */
  shell_notice: z.string().nullable(),
  wording: wordingSchema,
  state_dir: z.string(),
  config: configViewSchema,
})
export type PlaneView = z.infer<typeof planeViewSchema>

export const snapshotSchema = z.object({
  plane: planeViewSchema,
  backends: z.array(backendViewSchema),
  /** null before the first reading. */
  gpus: gpuReadingSchema.nullable(),
})
export type Snapshot = z.infer<typeof snapshotSchema>

/** A quarantined input, by content hash. */
export const quarantinedSchema = z.object({
  backend: z.string(),
  sha256: z.string(),
  /** Crashes while it was in flight, unix milliseconds. */
  crashes: z.array(z.number()),
  /** false: a suspect that one more crash quarantines. */
  is_refused: z.boolean(),
})

const nameParams = z.object({ name: z.string() })
const nothing = z.object({})

/** ControlApi methods with parameters and results. A new one needs a row here and a handler. */
const METHODS = {
  /** Hidden panel: until `session.resume` it receives only replies and `event`. */
  'session.pause': { params: nothing, result: nothing },
  /** Pushes a snapshot and the missed newest log lines, then changes again. */
  'session.resume': { params: nothing, result: nothing },
  'plane.snapshot': { params: nothing, result: snapshotSchema },
  'backends.start': { params: nameParams, result: nothing },
  'backends.stop': { params: nameParams, result: nothing },
  'backends.restart': { params: nameParams, result: nothing },
  'backends.start_all': { params: nothing, result: nothing },
  'backends.stop_all': { params: nothing, result: nothing },
  /** Samples of the last five minutes, oldest first. */
  'backends.history': { params: nameParams, result: z.object({ samples: z.array(sampleSchema) }) },
  /** Returns the newest `limit` matches (oldest first) and counts by level, then pushes new ones as `logs` events. */
  'logs.follow': {
    params: z.object({ filter: logFilterSchema, limit: z.int().min(1).max(20_000) }),
    result: z.object({
      lines: z.array(logLineSchema),
      counts: logCountsSchema,
      /** Lines dropped by the ring buffer. */
      dropped: z.number().int(),
      total: z.number().int(),
    }),
  },
  'logs.unfollow': { params: nothing, result: nothing },
  /** Closes every session, including this one; fails with `not_written`. `key` is for the calling page. */
  'token.replace': {
    params: nothing,
    result: z.object({ token: z.string(), key: z.string() }),
  },
  'logs.search': { params: logSearchSchema, result: logSearchResultSchema },
  /** Lines in the log files, earlier runs included; fails like a search. */
  'logs.earlier': { params: logEarlierParamsSchema, result: logEarlierSchema },
  /** A line with all its fields; null if no longer in memory. */
  'logs.line': {
    params: z.object({ seq: z.int() }),
    result: z.object({ line: logLineSchema.nullable() }),
  },
  'logs.histogram': { params: logHistogramParamsSchema, result: logHistogramSchema },
  /** Slowest requests of the matching lines, in memory or also in the files; fails like a search. */
  'logs.slowest': { params: logSlowestParamsSchema, result: logSlowestSchema },
  /** Log files on disk, and write failures. */
  'logs.files': { params: nothing, result: logFilesViewSchema },
  'metrics.query': { params: metricsQuerySchema, result: metricsResultSchema },
  /** The newest events between `after_seq` and `before_seq`, oldest first. */
  'events.list': { params: eventsQuerySchema, result: eventsPageSchema },
  'crashes.list': {
    params: z.object({ backend: z.string().optional() }),
    result: z.object({ crashes: z.array(crashSummarySchema) }),
  },
  'crashes.get': {
    params: z.object({ id: z.string() }),
    result: z.object({ card: crashCardSchema }),
  },
  'crashes.remove': { params: z.object({ id: z.string() }), result: nothing },
  'quarantine.list': { params: nothing, result: z.object({ inputs: z.array(quarantinedSchema) }) },
  'quarantine.clear': {
    params: z.object({ backend: z.string(), sha256: z.string().optional() }),
    result: nothing,
  },
  'models.inspect': { params: nameParams, result: modelsInspectionSchema },
  /** Runs a model a few times in a separate process; returns the time of each node. */
  'models.profile': { params: modelProfileParamsSchema, result: modelProfileSchema },
  /** Reloads the files beside the running model; the new one takes over between two requests. */
  'models.reload': { params: nameParams, result: nothing },
  /** Starts an unconfigured backend on its own port. It ends once its panel disconnects. */
  'trials.begin': { params: trialRunParamsSchema, result: nothing },
  'trials.view': { params: nothing, result: z.object({ trial: trialRunViewSchema.nullable() }) },
  /** Part of a long message; `trials.send` brings the last one. */
  'trials.append': { params: z.object({ upload: uploadId, part: z.string() }), result: nothing },
  /** Sends a message as any client would. */
  'trials.send': {
    params: z.object({ message: z.string(), upload: uploadId.optional() }),
    result: trialRunAnswerSchema,
  },
  'trials.end': { params: nothing, result: nothing },
  'models.look': {
    params: z.object({ path: z.string().min(1) }),
    result: z.object({ header: onnxHeaderSchema }),
  },
  'models.check': { params: nameParams, result: modelCheckSchema },
  'ports.look': {
    params: z.object({ host: hostSchema, port: z.int().min(1).max(65_535) }),
    result: z.object({ report: portReportSchema }),
  },
  'ports.examine': { params: nameParams, result: z.object({ report: portReportSchema }) },
  /** The file on disk; without sections if it is not valid YAML. */
  'config.read': {
    params: nothing,
    result: z.object({
      file: z.string(),
      text: z.string(),
      sections: z.array(configSectionSchema),
    }),
  },
  'config.reload': { params: nothing, result: nothing },
  /**
   * Keeps comments and order. Writes nothing if the result is invalid, the file differs from `text`, or with
   * `dry_run`. The file watch applies it. `at_next_start`: a changed `enabled` does nothing now.
   */
  'config.edit': {
    params: z.object({
      text: z.string(),
      edits: z.array(configEditSchema).min(1).max(100),
      dry_run: z.boolean().optional(),
      at_next_start: z.boolean().optional(),
    }),
    result: z.object({
      text: z.string(),
      problems: z.array(configProblemSchema),
      is_stale: z.boolean(),
      /** Empty with problems, or if `text` itself is invalid: nothing is active to compare with. */
      effects: z.array(editEffectSchema),
    }),
  },
} as const

export type ControlMethod = keyof typeof METHODS
export type ControlParams<M extends ControlMethod> = z.infer<(typeof METHODS)[M]['params']>
export type ControlResult<M extends ControlMethod> = z.infer<(typeof METHODS)[M]['result']>

/** Typed so that results stay tied to their method, also for a generic method. */
export const CONTROL_METHODS: {
  readonly [M in ControlMethod]: {
    params: z.ZodType<ControlParams<M>>
    result: z.ZodType<ControlResult<M>>
  }
} = METHODS

export const controlRequestSchema = z.object({
  id: z.number().int(),
  method: z.enum(Object.keys(CONTROL_METHODS) as [ControlMethod, ...ControlMethod[]]),
  params: z.unknown(),
})

/** `snapshot` on connect and on changes (at most five a second). A paused session gets `event` only. */
export const controlEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('snapshot'), data: snapshotSchema }),
  z.object({
    event: z.literal('sample'),
    data: z.object({ name: z.string(), sample: sampleSchema }),
  }),
  z.object({ event: z.literal('event'), data: planeEventSchema }),
  z.object({
    event: z.literal('logs'),
    data: z.object({ lines: z.array(logLineSchema), counts: logCountsSchema }),
  }),
])
export type ControlEvent = z.infer<typeof controlEventSchema>

export const controlReplySchema = z.union([
  z.object({ id: z.number().int(), result: z.unknown() }),
  z.object({
    id: z.number().int(),
    error: z.object({ code: z.string(), message: z.string(), wording: wordingSchema }),
  }),
])

export type ControlReply = z.infer<typeof controlReplySchema>

export const controlServerMessageSchema = z.union([controlEventSchema, controlReplySchema])
