/** What the gateway has observed of a target, for the supervisor and the metrics. */
import type { Latency } from '../protocol/backend.ts'
import type { MetricsReading } from '../protocol/metrics_reading.ts'

export interface InFlightRequest {
  targetId: string
  backend: string
  requestId: string
  /** SHA-256 of the input, 64 hex digits; see input_hash.ts. */
  hash: string
  bytes: number
  /** Unix milliseconds. */
  since: number
}

export interface InFlightLoad {
  count: number
  /** Age of the oldest one; null without one. */
  oldestMs: number | null
  /** null when it has not answered a request since its process started. */
  sinceAnswerMs: number | null
}

export interface Measured extends MetricsReading {
  /** Milliseconds, over the replies of the last minute; null without one. */
  latencyMs: Latency | null
}
