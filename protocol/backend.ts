/** Wire messages of a backend port (WebSocket, JSON text). Used by backends, gateway, panel and tests alike. */
import { z } from 'zod'
import { descriptorSchema } from './descriptor.ts'
import { ERROR_CODES, type ErrorCode } from './errors.ts'
import { shownText } from './shown_text.ts'
import { warningSchema, warningsIn } from './warnings.ts'

/** Longest `request_id` that is accepted. UUIDs take 36. */
export const REQUEST_ID_LENGTH_MAX = 256
/** A string `request_id` up to this length is echoed in the error about it; a longer one is not worth sending back. */
export const REQUEST_ID_ECHO_MAX = 16_384
/** Images in one request. The platform sends 75 RGB and 75 depth frames in one message. */
export const IMAGES_PER_REQUEST_MAX = 256

export const requestIdSchema = z.string().min(1).max(REQUEST_ID_LENGTH_MAX)

/** Stands in a binary message's header where the bytes of an image belong; see protocol/binary.ts. */
export const attachmentSchema = z.strictObject({
  $attachment: z.int().min(0),
  length: z.int().min(0),
})
export type Attachment = z.infer<typeof attachmentSchema>

/** Base64, a data URL, or (in a binary message) the place of the raw bytes. */
export const imageValueSchema = z.union([z.string(), attachmentSchema])
export type ImageValue = z.infer<typeof imageValueSchema>

export const healthCheckSchema = z.looseObject({ type: z.literal('health_check') })
/** The platform's own sign of life; answered in the native dialect like a health check. */
export const pingSchema = z.looseObject({ type: z.literal('ping') })
export const cancelSchema = z.looseObject({
  type: z.literal('cancel'),
  request_id: requestIdSchema,
})
/** Reloads the model files beside the running model. Answered with `reloaded` or `error`. */
export const reloadSchema = z.looseObject({
  type: z.literal('reload'),
  request_id: requestIdSchema.optional(),
})
export const inferenceRequestSchema = z.looseObject({
  type: z.literal('inference_request'),
  request_id: requestIdSchema,
  backend: z.string().optional(),
  data: z.looseObject({
    image: imageValueSchema.optional(),
    images: z.array(imageValueSchema).min(1).max(IMAGES_PER_REQUEST_MAX).optional(),
    timestamp: z.number().optional(),
  }),
})

/** Every message that a client may send, by its `type`. */
export const CLIENT_MESSAGES = {
  health_check: healthCheckSchema,
  ping: pingSchema,
  inference_request: inferenceRequestSchema,
  cancel: cancelSchema,
  reload: reloadSchema,
} as const

export type ClientMessageType = keyof typeof CLIENT_MESSAGES
export type HealthCheck = z.infer<typeof healthCheckSchema>
export type InferenceRequest = z.infer<typeof inferenceRequestSchema>
export type Ping = z.infer<typeof pingSchema>
export type Reload = z.infer<typeof reloadSchema>
export type Cancel = z.infer<typeof cancelSchema>
export type ClientMessage = HealthCheck | Ping | InferenceRequest | Cancel | Reload

/** Milliseconds of one request in each stage. `total_ms` runs from the message's arrival to its reply. */
export const timingSchema = z.object({
  queue_ms: z.number(),
  preprocess_ms: z.number(),
  inference_ms: z.number(),
  postprocess_ms: z.number(),
  total_ms: z.number(),
  batch_size: z.number().int(),
})
export type Timing = z.infer<typeof timingSchema>

/** Of a backend that speaks the platform dialect only the total is known. */
export const wireTimingSchema = z.union([timingSchema, z.object({ total_ms: z.number() })])
export type WireTiming = z.infer<typeof wireTimingSchema>

export const hasStages = (timing: WireTiming): timing is Timing => 'queue_ms' in timing

const warningsSchema = z
  .array(warningSchema)
  .optional()
  .catch(({ value }) => warningsIn(value))

export const inferenceResponseSchema = z.looseObject({
  type: z.literal('inference_response'),
  request_id: z.string(),
  data: z.record(z.string(), z.unknown()),
  timing: wireTimingSchema.optional(),
  provider: z.string().optional(),
  /** Absent when there are none. */
  warnings: warningsSchema,
})
export type InferenceResponse = z.infer<typeof inferenceResponseSchema>

const errorCodeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
export const errorMessageSchema = z.looseObject({
  type: z.literal('error'),
  request_id: z.string().nullable().optional(),
  error: z.string(),
  code: errorCodeSchema.optional(),
})
export type ErrorMessage = z.infer<typeof errorMessageSchema>

export const PONG_STATUSES = ['healthy', 'loading', 'degraded', 'unhealthy'] as const

export const latencySchema = z.object({ p50: z.number(), p95: z.number(), p99: z.number() })
export type Latency = z.infer<typeof latencySchema>

/** One model file as it was loaded. */
export const modelFileSchema = z.object({
  name: shownText,
  sha256: shownText,
  bytes: z.number().int(),
  licence: shownText,
  origin: shownText,
  /** Absolute path of the file that was loaded; absent in the description beside it, and where a backend does not say. */
  path: z.string().optional(),
})
export type ModelFile = z.infer<typeof modelFileSchema>

/** Where the nodes of one model run: the requested and the loaded provider, and the result of a profiled run. */
export const modelPlacementSchema = z.looseObject({
  model: shownText,
  /** Display names of providers, in order of preference. */
  requested: z.array(shownText),
  granted: shownText,
  /** Of the GPUs of the provider; absent when none was chosen. */
  device_id: z.number().int().optional(),
  /** Nodes by provider; null when they were not counted (the CPU alone, or a probe that failed). */
  nodes: z.record(shownText, z.number().int()).nullable(),
  /** The first names of nodes on the CPU although another provider was granted. */
  on_cpu: z.array(shownText),
  /** `118 of 121 nodes on WebGPU, 3 on CPU: resize_12, ...` */
  summary: shownText,
})
export type ModelPlacement = z.infer<typeof modelPlacementSchema>

export const reloadedSchema = z.looseObject({
  type: z.literal('reloaded'),
  request_id: z.string().nullable(),
  models: z.array(modelFileSchema),
})
export type Reloaded = z.infer<typeof reloadedSchema>

/**
 * The pixels that a model makes use of. A client may scale a picture down before it sends it, as long as it stays at least this
 * wide and this high.
 */
export const imageSizeSchema = z.object({ width: z.int().min(1), height: z.int().min(1) })
export type ImageSize = z.infer<typeof imageSizeSchema>

/** A foreign backend may answer with `type` and `status` alone; ours fills every field. */
export const pongSchema = z.looseObject({
  type: z.literal('pong'),
  status: z.enum(PONG_STATUSES),
  backend: shownText.optional(),
  version: shownText.optional(),
  model_loaded: z.boolean().optional(),
  detail: shownText.optional(),
  provider: shownText.nullable().optional(),
  devices: z.array(shownText).optional(),
  models: z.array(modelFileSchema).optional(),
  placements: z.array(modelPlacementSchema).optional(),
  /** What holds for every answer of the model; absent when there is nothing. */
  warnings: warningsSchema,
  /** Copies of the models that run side by side; grows after `ready` until all have loaded. */
  sessions: z.number().int().optional(),
  uptime_s: z.number().optional(),
  /** Seconds by which a run has outlasted the deadline of its requests; absent while none has. */
  stalled_s: z.number().optional(),
  pid: z.number().int().optional(),
  memory: z.looseObject({ rss_bytes: z.number() }).optional(),
  /** It reads the binary form of a request. Third-party backends that do not say so get JSON text with base64. */
  accepts_binary: z.boolean().optional(),
  /** See `imageSizeSchema`; absent: pictures are sent unchanged. An invalid size counts as absent. */
  image_size: imageSizeSchema.optional().catch(undefined),
  /** Absent: it takes pictures, or a request that a person writes. What cannot be read counts as absent. */
  descriptor: descriptorSchema.optional().catch(undefined),
  queue_depth: z.number().int().optional(),
  in_flight: z.number().int().optional(),
  stats: z
    .looseObject({
      requests: z.number().int(),
      errors: z.number().int(),
      /** Over the last `window_s` seconds; null when nothing was answered in them. */
      latency_ms: latencySchema.nullable(),
      window_s: z.number().optional(),
    })
    .optional(),
})
export type Pong = z.infer<typeof pongSchema>

/** The platform dialect's answer to a health check. */
export const healthResponseSchema = z.looseObject({
  type: z.literal('health_response'),
  status: shownText,
  model_type: shownText.optional(),
  model_loaded: z.boolean().optional(),
})

export const serverMessageSchema = z.discriminatedUnion('type', [
  pongSchema,
  inferenceResponseSchema,
  reloadedSchema,
  errorMessageSchema,
])
export type ServerMessage = z.infer<typeof serverMessageSchema>
