/** Metrics of a backend: names and buckets of its page GET /metrics, and what the panel is shown of them over time. */
import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from './errors.ts'

/** The stages of one request; `total` runs from arrival to reply. */
export const METRICS_STAGES = ['queue', 'preprocess', 'inference', 'postprocess', 'total'] as const
export type MetricsStage = (typeof METRICS_STAGES)[number]

/** What the control plane reads of a backend's page. A page without `requests` belongs to another program. */
export const METRIC_NAMES = {
  /** Histogram of seconds, by the label `stage`. */
  stages: 'switchyard_stage_seconds',
  /** Histogram: one value an answer, the size of the batch that it was part of. */
  batchSizes: 'switchyard_batch_size',
  /** Counter: inference requests received. */
  requests: 'switchyard_requests_total',
  /** Counter, by the label `code`. */
  errors: 'switchyard_errors_total',
  queueDepth: 'switchyard_queue_depth',
  inFlight: 'switchyard_in_flight',
  /** The name that Prometheus client libraries of most languages give it. */
  rssBytes: 'process_resident_memory_bytes',
} as const

/** The series R10 of ISO 3, preferred numbers: ten steps a decade that are short to write and 1.25 to 1.28 apart. */
const PREFERRED_NUMBERS = ['1', '1.25', '1.6', '2', '2.5', '3.15', '4', '5', '6.3', '8']
const LATENCY_BOUND_MAX_S = 60

/**
 * Upper bounds of the latency buckets in seconds: geometric, ten a decade, from 0.1 ms (a cached answer) to 60 s (a cold start
 * on a GPU). Written as text first, so that each is exactly its decimal form and not a rounded product.
 */
export const LATENCY_BOUNDS_S: readonly number[] = [
  ...[-4, -3, -2, -1, 0, 1]
    .flatMap((exponent) => PREFERRED_NUMBERS.map((digits) => Number(`${digits}e${exponent}`)))
    .filter((bound) => bound < LATENCY_BOUND_MAX_S),
  LATENCY_BOUND_MAX_S,
]

/**
 * The largest ratio of two neighbours in LATENCY_BOUNDS_S (1.6 / 1.25). A percentile read from the buckets is at most this factor
 * above or below the exact one between 0.1 ms and 60 s, and at most 0.1 ms off below; beyond 60 s it reads 60 s.
 */
export const LATENCY_ERROR_FACTOR = 1.28

/** Upper bounds of the buckets of batch sizes: powers of two, as far as one request may hold images. */
export const BATCH_BOUNDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** What is kept in memory, and in which steps. `24h` at one minute is 1,440 points. */
export const METRICS_RANGES = {
  '5m': { resolution_ms: 1000, points: 300 },
  '1h': { resolution_ms: 10_000, points: 360 },
  '24h': { resolution_ms: 60_000, points: 1440 },
} as const
export type MetricsRange = keyof typeof METRICS_RANGES

/** For so long minutes are kept, those before the last 24 hours on disk. */
export const METRICS_KEPT_MS = 7 * 24 * 3_600_000
/** Spans that end now and can be asked for by name, in milliseconds. */
export const METRICS_SPANS = {
  '5m': 5 * 60_000,
  '1h': 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': METRICS_KEPT_MS,
} as const
export type MetricsSpan = keyof typeof METRICS_SPANS
const SPANS = Object.keys(METRICS_SPANS) as [MetricsSpan, ...MetricsSpan[]]
/** Of a longer span the minutes are merged: a chart has no more pixels. */
export const METRICS_POINTS_MAX = 1440

/** Maximum backends with metrics; above it the longest silent one is dropped. */
export const METRICS_BACKENDS_MAX = 32

export type MetricsErrorCode = ErrorCode | 'other'
/** The protocol's codes. `other`: a code outside them, or one that is not known because only a pong counted the error. */
export const METRICS_ERROR_CODES: readonly MetricsErrorCode[] = [
  ...(Object.keys(ERROR_CODES) as ErrorCode[]),
  'other',
]

/** Momentary readings, each kept as mean and maximum of a step. */
export const METRICS_GAUGES = [
  'queue_depth',
  'in_flight',
  'rss_bytes',
  'gpu_bytes',
  'pong_ms',
] as const
export type MetricsGauge = (typeof METRICS_GAUGES)[number]

/** Milliseconds. */
export const stageLatencySchema = z.object({
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  /**
   * `histogram`: from merged buckets, within LATENCY_ERROR_FACTOR. `pong`: the last that a backend without GET /metrics said of
   * itself, over its own time window; such percentiles cannot be merged and never are.
   */
  from: z.enum(['histogram', 'pong']),
  /** null when a pong told the percentiles. */
  mean: z.number().nullable(),
  count: z.int().nullable(),
})
export type StageLatency = z.infer<typeof stageLatencySchema>

export const gaugeReadingSchema = z.object({ mean: z.number(), max: z.number() })
export type GaugeReading = z.infer<typeof gaugeReadingSchema>

/** null: it was not read in this step, or several backends are merged, whose readings do not add up. */
const gauge = gaugeReadingSchema.nullable()
/** null: nothing was answered in this step, or the backend does not tell this stage. */
const stage = stageLatencySchema.nullable()

/** One step of a series. Unknown is null, never 0; a point of nulls alone opens a gap in which nothing was measured. */
export const metricsPointSchema = z.object({
  /** Begin of the step, unix milliseconds. */
  time: z.number(),
  duration_ms: z.int(),
  /** Time that the counts of this step stand for; more than `duration_ms` when one answer covered several steps. */
  covered_ms: z.number().nullable(),
  requests: z.int().nullable(),
  requests_per_s: z.number().nullable(),
  /** Requests answered with a result, of backends with a metrics page; null when only pongs are known. */
  answers: z.int().nullable(),
  answers_per_s: z.number().nullable(),
  errors: z.int().nullable(),
  /** Codes that occurred. */
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
  /** Of the batches that answered requests were part of. `at_most`: no batch was larger; null when one exceeded 256. */
  batch_size: z.object({ mean: z.number(), at_most: z.int().nullable() }).nullable(),
  queue_depth: gauge,
  in_flight: gauge,
  rss_bytes: gauge,
  gpu_bytes: gauge,
  /** Round trip of the health check. */
  pong_ms: gauge,
})
export type MetricsPoint = z.infer<typeof metricsPointSchema>

const names = z.array(z.string().min(1).max(200)).min(1).max(METRICS_BACKENDS_MAX)

/** Of several names the counts and histograms are merged, step by step. */
export const metricsQuerySchema = z.union([
  z.strictObject({ names, range: z.enum(SPANS) }),
  z
    .strictObject({
      names,
      /** Unix milliseconds. */
      time_from: z.number().min(0),
      time_to: z.number(),
    })
    .refine(({ time_from: from, time_to: to }) => from < to && to - from <= METRICS_KEPT_MS * 2, {
      error: 'time_to must come after time_from, by no more than 14 days',
    }),
])

export const metricsResultSchema = z.object({
  /** Oldest first; steps without a measurement are left out, and the first of each gap is a point of nulls. */
  points: z.array(metricsPointSchema),
  /** The whole range as one point, its percentiles from all histograms merged; null when nothing was measured. */
  summary: metricsPointSchema.nullable(),
  /** How long the steps are: of a long span, minutes are merged. */
  resolution_ms: z.int(),
  /** Where nothing was measured: begin of the oldest minute that is kept of these backends, unix milliseconds; null when there is none. */
  oldest: z.number().nullable(),
})
export type MetricsResult = z.infer<typeof metricsResultSchema>
