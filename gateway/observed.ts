/** What the gateway has observed of a target, for the supervisor and the metrics. */
import type { Latency } from '../protocol/backend.ts'
import type { MetricsReading } from '../protocol/metrics_reading.ts'

/** As a crash card lists it. */
export interface InFlightRequest {
  targetId: string
  backend: string
  requestId: string
  /** SHA-256 of the input, 64 hex digits; see input_hash.ts. */
  hash: string
  /** Size of the message as sent. */
  bytes: number
  /** When it was sent to the backend, unix milliseconds. */
  since: number
}

/** Load of one target. */
export interface InFlightLoad {
  /** Requests sent and not answered. */
  count: number
  /** Age of the oldest of them; null when there is none. */
  oldestMs: number | null
  /** Time since it last answered a request; null when it has not answered one since its process started. */
  sinceAnswerMs: number | null
}

export interface Measured extends MetricsReading {
  /** Milliseconds, over the replies of the last minute; null without one. */
  latencyMs: Latency | null
}
