import type { Latency } from '../protocol/backend.ts'
import type { MetricsReading } from '../protocol/metrics_reading.ts'

export interface InFlightRequest {
  targetId: string
  backend: string
  requestId: string
  hash: string
  bytes: number
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
