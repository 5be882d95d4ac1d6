/** What the gateway has observed of a target: what the supervisor and the metrics read. */
import type { Latency } from '../protocol/backend.ts'
import type { MetricsReading } from '../protocol/metrics_reading.ts'

/** As a crash card lists it. */
export interface InFlightRequest {
  targetId: string
  backend: string
  requestId: string
  /** SHA-256 of the input, 64 hex digits; see input_hash.ts. */
  hash: string
  /** Size of the message as it was sent. */
  bytes: number
  /** When it was handed over, unix milliseconds. */
  since: number
}

/** How busy the gateway keeps one target. */
export interface InFlightLoad {
  /** Requests that were handed over and that the backend still owes an answer to. */
  count: number
  /** How long the backend has had the oldest of them; null when there is none. */
  oldestMs: number | null
  /** How long ago it last answered a request; null when it never has since its process was started. */
  sinceAnswerMs: number | null
}

export interface Measured extends MetricsReading {
  /** Milliseconds, over the answers of the last minute; null without one. */
  latencyMs: Latency | null
}
