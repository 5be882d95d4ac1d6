import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from './errors.ts'

/** `total` runs from arrival to reply. */
export const METRICS_STAGES = ['queue', 'preprocess', 'inference', 'postprocess', 'total'] as const
export type MetricsStage = (typeof METRICS_STAGES)[number]

/** Metrics read from a backend's page. A page without `requests` belongs to another program. */
export const METRIC_NAMES = {
  stages: 'switchyard_stage_seconds',
  /** Histogram with one value per reply: the size of its batch. */
  batchSizes: 'switchyard_batch_size',
  requests: 'switchyard_requests_total',
  errors: 'switchyard_errors_total',
  queueDepth: 'switchyard_queue_depth',
  inFlight: 'switchyard_in_flight',
  /** The common name in Prometheus client libraries. */
  rssBytes: 'process_resident_memory_bytes',
} as const

/** Series R10 of ISO 3, preferred numbers: ten steps per decade, 1.25 to 1.28 apart. */
const PREFERRED_NUMBERS = ['1', '1.25', '1.6', '2', '2.5', '3.15', '4', '5', '6.3', '8']
const LATENCY_BOUND_MAX_S = 60

/** Seconds, ten per decade from 0.1 ms (a cached reply) to 60 s (a cold GPU start). Parsed from text, to be exact. */
export const LATENCY_BOUNDS_S: readonly number[] = [
  ...[-4, -3, -2, -1, 0, 1]
    .flatMap((exponent) => PREFERRED_NUMBERS.map((digits) => Number(`${digits}e${exponent}`)))
    .filter((bound) => bound < LATENCY_BOUND_MAX_S),
  LATENCY_BOUND_MAX_S,
]

/**
 * Maximum percentile error between 0.1 ms and 60 s (1.6 / 1.25). Below, the error is at most 0.1 ms; above, it reads
 * 60 s.
 */
export const LATENCY_ERROR_FACTOR = 1.28

/** Powers of two up to the maximum images per request. */
export const BATCH_BOUNDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Resolution and retention in memory. `24h` at one minute is 1,440 points. */
export const METRICS_RANGES = {
  '5m': { resolution_ms: 1000, points: 300 },
  '1h': { resolution_ms: 10_000, points: 360 },
  '24h': { resolution_ms: 60_000, points: 1440 },
} as const
export type MetricsRange = keyof typeof METRICS_RANGES

/** Retention of minutes; those before the last 24 hours are on disk. */
export const METRICS_KEPT_MS = 7 * 24 * 3_600_000
/** Named spans that end now, in milliseconds. */
export const METRICS_SPANS = {
  '5m': 5 * 60_000,
  '1h': 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': METRICS_KEPT_MS,
} as const
export type MetricsSpan = keyof typeof METRICS_SPANS
const SPANS = Object.keys(METRICS_SPANS) as [MetricsSpan, ...MetricsSpan[]]
/** Minutes of longer spans are merged: a chart has no more pixels. */
export const METRICS_POINTS_MAX = 1440

/** Maximum backends with metrics; the longest silent one is dropped first. */
export const METRICS_BACKENDS_MAX = 32

export type MetricsErrorCode = ErrorCode | 'other'
/** Protocol codes. `other`: another code, or an error counted only by a pong. */
export const METRICS_ERROR_CODES: readonly MetricsErrorCode[] = [
  ...(Object.keys(ERROR_CODES) as ErrorCode[]),
  'other',
]

/** Readings, stored as mean and maximum per step. */
export const METRICS_GAUGES = [
  'queue_depth',
  'in_flight',
  'rss_bytes',
  'gpu_bytes',
  'pong_ms',
] as const
export type MetricsGauge = (typeof METRICS_GAUGES)[number]

export const stageLatencySchema = z.object({
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  /** `histogram`: within LATENCY_ERROR_FACTOR. `pong`: reported by a backend without GET /metrics; never merged. */
  from: z.enum(['histogram', 'pong']),
  /** null for values from a pong. */
  mean: z.number().nullable(),
  count: z.int().nullable(),
})
export type StageLatency = z.infer<typeof stageLatencySchema>

export const gaugeReadingSchema = z.object({ mean: z.number(), max: z.number() })
export type GaugeReading = z.infer<typeof gaugeReadingSchema>

/** null: not read in this step, or several backends are merged. */
const gauge = gaugeReadingSchema.nullable()
/** null: no reply in this step, or the backend does not report this stage. */
const stage = stageLatencySchema.nullable()

/** One step of a series. Unknown is null, never 0; a point of nulls starts a gap. */
export const metricsPointSchema = z.object({
  /** Start of the step, unix milliseconds. */
  time: z.number(),
  duration_ms: z.int(),
  /** Time that the counts cover; more than `duration_ms` if one reading covered several steps. */
  covered_ms: z.number().nullable(),
  requests: z.int().nullable(),
  requests_per_s: z.number().nullable(),
  /** Successful replies of backends with a metrics page; null if only pongs are known. */
  answers: z.int().nullable(),
  answers_per_s: z.number().nullable(),
  errors: z.int().nullable(),
  errors_by_code: z
    .partialRecord(z.enum(METRICS_ERROR_CODES as [MetricsErrorCode]), z.int())
    .nullable(),
  latency_ms: z.object({
    queue: stage,
    preprocess: stage,
    inference: stage,
    postprocess: stage,
    total: stage,
  }),
  /** Batches of answered requests. `at_most`: upper bound of their size; null above 256. */
  batch_size: z.object({ mean: z.number(), at_most: z.int().nullable() }).nullable(),
  queue_depth: gauge,
  in_flight: gauge,
  rss_bytes: gauge,
  gpu_bytes: gauge,
  pong_ms: gauge,
})
export type MetricsPoint = z.infer<typeof metricsPointSchema>

const names = z.array(z.string().min(1).max(200)).min(1).max(METRICS_BACKENDS_MAX)

/** Counts and histograms of several names are merged per step. */
export const metricsQuerySchema = z.union([
  z.strictObject({ names, range: z.enum(SPANS) }),
  z
    .strictObject({
      names,
      time_from: z.number().min(0),
      time_to: z.number(),
    })
    .refine(({ time_from: from, time_to: to }) => from < to && to - from <= METRICS_KEPT_MS * 2, {
      error: 'time_to must come after time_from, by no more than 14 days',
    }),
])

export const metricsResultSchema = z.object({
  points: z.array(metricsPointSchema),
  /** The whole range as one point with merged histograms; null without measurements. */
  summary: metricsPointSchema.nullable(),
  resolution_ms: z.int(),
  /** For an empty range: the oldest kept minute of these backends, unix milliseconds; null if there is none. */
  oldest: z.number().nullable(),
})
export type MetricsResult = z.infer<typeof metricsResultSchema>
