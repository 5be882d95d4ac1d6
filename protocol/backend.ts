/** Wire messages of a backend port (WebSocket, JSON text). */
import { asText, wordingSchema } from './messages.ts'
import { z } from 'zod'
import { descriptorSchema } from './descriptor.ts'
import { ERROR_CODES, type ErrorCode, type ProtocolError } from './errors.ts'
import { shownText } from './shown_text.ts'
import { warningSchema, warningsIn } from './warnings.ts'

/** UUIDs take 36. */
export const REQUEST_ID_LENGTH_MAX = 256
/** A longer string `request_id` is not echoed in its error. */
export const REQUEST_ID_ECHO_MAX = 16_384
/** The platform sends 75 RGB and 75 depth frames in one message. */
export const IMAGES_PER_REQUEST_MAX = 256

export const requestIdSchema = z.string().min(1).max(REQUEST_ID_LENGTH_MAX)

/** Placeholder for raw bytes in the header of a binary message; see protocol/binary.ts. */
export const attachmentSchema = z.strictObject({
  $attachment: z.int().min(0),
  length: z.int().min(0),
})
export type Attachment = z.infer<typeof attachmentSchema>

/** Base64, a data URL, or (in a binary message) an attachment. */
export const imageValueSchema = z.union([z.string(), attachmentSchema])
export type ImageValue = z.infer<typeof imageValueSchema>

export const healthCheckSchema = z.looseObject({ type: z.literal('health_check') })
/** The platform's own keep-alive, answered in the native dialect like a health check. */
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

/** Milliseconds per stage. `total_ms` runs from the message's arrival to its reply. */
export const timingSchema = z.object({
  queue_ms: z.number(),
  preprocess_ms: z.number(),
  inference_ms: z.number(),
  postprocess_ms: z.number(),
  total_ms: z.number(),
  batch_size: z.number().int(),
})
export type Timing = z.infer<typeof timingSchema>

/** Platform-dialect backends report only the total. */
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
  warnings: warningsSchema,
})
export type InferenceResponse = z.infer<typeof inferenceResponseSchema>

const errorCodeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
export const errorMessageSchema = z.looseObject({
  type: z.literal('error'),
  request_id: z.string().nullable().optional(),
  error: z.string(),
  /** Of `error`, from built-in backends and the gateway. */
  wording: wordingSchema,
  code: errorCodeSchema.optional(),
})
export type ErrorMessage = z.infer<typeof errorMessageSchema>

/** The reply to a request that failed. */
export const errorReply = (
  request_id: string | null,
  { said, code }: ProtocolError,
): ErrorMessage => ({ type: 'error', request_id, ...asText({ error: said }), code })

export const PONG_STATUSES = ['healthy', 'loading', 'degraded', 'unhealthy'] as const

export const latencySchema = z.object({ p50: z.number(), p95: z.number(), p99: z.number() })
export type Latency = z.infer<typeof latencySchema>

export const modelFileSchema = z.object({
  name: shownText,
  sha256: shownText,
  bytes: z.number().int(),
  licence: shownText,
  origin: shownText,
  /** Absolute path; absent in the description beside it, and if a backend does not report it. */
  path: z.string().optional(),
})
export type ModelFile = z.infer<typeof modelFileSchema>

/** Node placement of one model: requested and loaded provider, and the result of a profiled run. */
export const modelPlacementSchema = z.looseObject({
  model: shownText,
  /** Display names, in order of preference. */
  requested: z.array(shownText),
  granted: shownText,
  /** GPU index; absent if none was selected. */
  device_id: z.number().int().optional(),
  /** Node counts by provider; null if not counted (CPU only, or a failed probe). */
  nodes: z.record(shownText, z.number().int()).nullable(),
  /** The first nodes on the CPU although another provider was granted. */
  on_cpu: z.array(shownText),
  /** `118 of 121 nodes on WebGPU, 3 on CPU: resize_12, ...` */
  summary: shownText,
  /** Of `summary`, from built-in backends. */
  wording: wordingSchema,
})
export type ModelPlacement = z.infer<typeof modelPlacementSchema>

export const reloadedSchema = z.looseObject({
  type: z.literal('reloaded'),
  request_id: z.string().nullable(),
  models: z.array(modelFileSchema),
})
export type Reloaded = z.infer<typeof reloadedSchema>

/** Pixels that a model uses. Clients may scale a picture down to no less than this width and height. */
export const imageSizeSchema = z.object({ width: z.int().min(1), height: z.int().min(1) })
export type ImageSize = z.infer<typeof imageSizeSchema>

/** External backends may send only `type` and `status`; built-in ones fill every field. */
export const pongSchema = z.looseObject({
  type: z.literal('pong'),
  status: z.enum(PONG_STATUSES),
  backend: shownText.optional(),
  version: shownText.optional(),
  model_loaded: z.boolean().optional(),
  detail: shownText.optional(),
  /** Of `detail`, from built-in backends. */
  wording: wordingSchema,
  provider: shownText.nullable().optional(),
  devices: z.array(shownText).optional(),
  models: z.array(modelFileSchema).optional(),
  placements: z.array(modelPlacementSchema).optional(),
  warnings: warningsSchema,
  /** Parallel copies of the models; grows after `ready` until all have loaded. */
  sessions: z.number().int().optional(),
  uptime_s: z.number().optional(),
  /** Seconds by which a run exceeds the timeout of its requests; absent if none does. */
  stalled_s: z.number().optional(),
  pid: z.number().int().optional(),
  memory: z.looseObject({ rss_bytes: z.number() }).optional(),
  /** Accepts binary requests. Without it, third-party backends get JSON text with base64. */
  accepts_binary: z.boolean().optional(),
  /** See `imageSizeSchema`; absent or invalid: pictures are sent unchanged. */
  image_size: imageSizeSchema.optional().catch(undefined),
  /** Absent or invalid: assumes pictures, or a manually written request. */
  descriptor: descriptorSchema.optional().catch(undefined),
  queue_depth: z.number().int().optional(),
  in_flight: z.number().int().optional(),
  stats: z
    .looseObject({
      requests: z.number().int(),
      errors: z.number().int(),
      /** Over the last `window_s` seconds; null without replies. */
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
