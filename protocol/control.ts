/** ControlApi: the methods and events between panel and control plane, over one WebSocket at /control. */
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

/** Takes requests, if slowly. */
export const isServingState = (state: string): boolean =>
  state === 'ready' || state === 'busy' || state === 'degraded'

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

/** What switching off gave back. */
export const stopReportSchema = z.object({
  /** Unix milliseconds. */
  time: z.number(),
  /** RAM of the process and its descendants before the stop; null with the reason when it could not be read. */
  ram_bytes: z.number().nullable(),
  ram_reason: z.string().nullable(),
  gpu_bytes: z.number().nullable(),
  gpu_reason: z.string().nullable(),
  /** Processes of the tree that run on. */
  leftover_pids: z.array(z.int()),
  port_free: z.boolean(),
  port_reason: z.string().nullable(),
  /** All of it for a person. */
  sentence: z.string(),
})
export type StopReport = z.infer<typeof stopReportSchema>

export const backendViewSchema = z.object({
  /** `emotion`; with replicas `emotion-1`, `emotion-2`. */
  name: z.string(),
  /** Name of the section in the config. */
  backend: z.string(),
  runtime: z.enum(RUNTIMES),
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
  /** Where the nodes of each model run. */
  placements: z.array(modelPlacementSchema),
  /** What its model leaves open about every answer. */
  warnings: z.array(warningSchema),
  /** As the section asks for it; null of programs that are not ours. */
  precision: z.enum(PRECISIONS).nullable(),
  /** Differs whenever a key of the section does that may change an answer or its time. */
  config_hash: z.string(),
  /** Pixels that its models make use of; null: it wants every picture as it is. */
  image_size: imageSizeSchema.nullable(),
  /** What it accepts and returns; null where a third-party backend does not say. */
  descriptor: descriptorSchema.nullable(),
  /** Copies of the models that run side by side; null when the backend does not say. */
  sessions: z.number().int().nullable(),
  pong_ms: z.number().nullable(),
  missed_pongs: z.number().int(),
  /** While health checks go unanswered: the last sign of life, unix milliseconds. */
  silent_since: z.number().nullable(),
  /** It answers at all. */
  is_live: z.boolean(),
  /** Its model is loaded and warm. */
  is_ready: z.boolean(),
  /** Of the last time that it was switched off; null while it runs, and before. */
  last_stop: stopReportSchema.nullable(),
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
  /** Why no desktop window was opened; null inside the desktop app. */
  shell_notice: z.string().nullable(),
  /** Folder of logs, metrics and crash cards. */
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

/** An input that is refused, by the hash of its content. */
export const quarantinedSchema = z.object({
  backend: z.string(),
  sha256: z.string(),
  /** When it was in flight as the backend crashed, unix milliseconds. */
  crashes: z.array(z.number()),
  /** false: a suspect, which one more crash makes refused. */
  is_refused: z.boolean(),
})

const nameParams = z.object({ name: z.string() })
const nothing = z.object({})

/** Each method of the ControlApi: what it takes and what it returns. Adding one is one row here and one handler. */
const METHODS = {
  /** Nobody looks at this connection's panel: until `session.resume` it gets replies and events, and nothing else. */
  'session.pause': { params: nothing, result: nothing },
  /** Pushes a snapshot and the newest log lines of what was missed, then each change again. */
  'session.resume': { params: nothing, result: nothing },
  /** The state now, without waiting for a change. */
  'plane.snapshot': { params: nothing, result: snapshotSchema },
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
  /** Replaces the token of the panel and closes every session, this one too; fails with `not_written`. `key` is for the page that asked. */
  'token.replace': {
    params: nothing,
    result: z.object({ token: z.string(), key: z.string() }),
  },
  /** Searches the lines in memory; fails with a code of LOG_ERROR_CODES. */
  'logs.search': { params: logSearchSchema, result: logSearchResultSchema },
  /** Lines that the log files still hold, those of earlier runs too; fails as a search does. */
  'logs.earlier': { params: logEarlierParamsSchema, result: logEarlierSchema },
  /** One line with all that is kept of it; null when the memory has let it go. */
  'logs.line': {
    params: z.object({ seq: z.int() }),
    result: z.object({ line: logLineSchema.nullable() }),
  },
  /** How many of the lines in memory that match came when; fails as a search does. */
  'logs.histogram': { params: logHistogramParamsSchema, result: logHistogramSchema },
  /** The slowest requests of the lines that match, in memory or also in the files; fails as a search does. */
  'logs.slowest': { params: logSlowestParamsSchema, result: logSlowestSchema },
  /** Where the lines are on disk, and what could not be written. */
  'logs.files': { params: nothing, result: logFilesViewSchema },
  'metrics.query': { params: metricsQuerySchema, result: metricsResultSchema },
  /** The newest of those between `after_seq` and `before_seq`, oldest first. */
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
  /** Inputs that were in flight at two crashes, and are refused. */
  'quarantine.list': { params: nothing, result: z.object({ inputs: z.array(quarantinedSchema) }) },
  /** Lets one input in again, or all of a backend. */
  'quarantine.clear': {
    params: z.object({ backend: z.string(), sha256: z.string().optional() }),
    result: nothing,
  },
  /** What the loaded model files hold, and whether they are still what was loaded. */
  'models.inspect': { params: nameParams, result: modelsInspectionSchema },
  /** Runs one of them a few times in a separate process, and returns the time of each node. */
  'models.profile': { params: modelProfileParamsSchema, result: modelProfileSchema },
  /** Reloads the files beside the running model; the new one takes over between two requests. */
  'models.reload': { params: nameParams, result: nothing },
  /** Starts a backend that is not configured, on a separate port. It ends by itself when its panel has disconnected. */
  'trials.begin': { params: trialRunParamsSchema, result: nothing },
  'trials.view': { params: nothing, result: z.object({ trial: trialRunViewSchema.nullable() }) },
  /** A part of a message that is too long for one call; the last one comes with `trials.send`. */
  'trials.append': { params: z.object({ upload: uploadId, part: z.string() }), result: nothing },
  /** Sends a message to it as any client would. */
  'trials.send': {
    params: z.object({ message: z.string(), upload: uploadId.optional() }),
    result: trialRunAnswerSchema,
  },
  'trials.end': { params: nothing, result: nothing },
  /** The header of a model file that is not loaded yet. */
  'models.look': {
    params: z.object({ path: z.string().min(1) }),
    result: z.object({ header: onnxHeaderSchema }),
  },
  /** Whether the model files of a built-in backend are there and unchanged. */
  'models.check': { params: nameParams, result: modelCheckSchema },
  /** The port doctor looks at any port. */
  'ports.look': {
    params: z.object({ host: hostSchema, port: z.int().min(1).max(65_535) }),
    result: z.object({ report: portReportSchema }),
  },
  /** The port doctor looks at the port of a backend. */
  'ports.examine': { params: nameParams, result: z.object({ report: portReportSchema }) },
  /** The file as it is on disk; no sections while its text is not valid YAML. */
  'config.read': {
    params: nothing,
    result: z.object({
      file: z.string(),
      text: z.string(),
      sections: z.array(configSectionSchema),
    }),
  },
  /** Reads the file now, also when no change was noticed. */
  'config.reload': { params: nothing, result: nothing },
  /**
   * Edits the file, comments and order kept; nothing is written when the result would be refused or the file is no longer
   * `text`. What follows for the backends is the file watch's matter, as with any other editor. `dry_run` answers the same and
   * writes nothing in any case. With `at_next_start` a changed `enabled` starts and stops nothing now.
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
      /** The file on disk is no longer the `text` of the call. */
      is_stale: z.boolean(),
      /** Empty with problems, and when `text` itself would not load: nothing is in force then to compare with. */
      effects: z.array(editEffectSchema),
    }),
  },
} as const

export type ControlMethod = keyof typeof METHODS
export type ControlParams<M extends ControlMethod> = z.infer<(typeof METHODS)[M]['params']>
export type ControlResult<M extends ControlMethod> = z.infer<(typeof METHODS)[M]['result']>

/** Typed so that what a schema parses stays tied to its method, also where the method is a type parameter. */
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

/** Pushed without being asked: the first `snapshot` on connect, then on each change (at most five a second). A paused session gets `event` only. */
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
  z.object({ id: z.number().int(), error: z.object({ code: z.string(), message: z.string() }) }),
])

export type ControlReply = z.infer<typeof controlReplySchema>

export const controlServerMessageSchema = z.union([controlEventSchema, controlReplySchema])
