/** Requests and reports of the load generator, shared with its callers. */
import type { LatencyCounts } from './histogram.ts'

/** The raw path's result for a picture. */
export interface Expected {
  /** Of a classifier: the classes of which one must be the first of the answer. */
  classes?: readonly number[]
  prediction: string | null
  probabilities: Record<string, number> | null
  faces: number
}

export interface Picture {
  bytes: Uint8Array
  /** null: only the form of the reply is checked. */
  expected: Expected | null
  /** Request `data` for a backend without picture input; then `bytes` is empty. */
  data?: Record<string, unknown>
}

export interface Target {
  url: string
  /** JSON with base64, the protocol's binary form, or how a peer takes a picture: as a message, a POST or a gRPC call. */
  form: 'text' | 'binary' | 'message' | 'post' | 'grpc'
  /** `echo`: the reply must be as long as the request. */
  replies: 'inference' | 'echo'
  /** Client n starts with picture n and cycles. */
  pictures: Picture[]
}

export interface ClosedPlan {
  target: Target
  clients: number
  windowMs: number
  /** Extends the window until this many replies, for three minutes at most. */
  answersMin?: number
  /** Warm-up windows until three agree within 10 %; null: none. */
  warmUp: { windowMs: number; windowsMax: number } | null
}

/** Requests leave at a fixed rate, independent of earlier ones. */
export interface OpenPlan {
  target: Target
  connections: number
  perSecond: number
  durationMs: number
  /** Later replies, from the due time, count as late. */
  deadlineMs: number
}

export interface ProbePlan {
  url: string
  intervalMs: number
  durationMs: number
}

export interface LoadReport {
  seconds: number
  sent: number
  answers: number
  /** Replies within the deadline of an open plan; all in a closed one. */
  inTime: number
  perSecond: number
  /** From sending in a closed plan, from the due time in an open one. */
  latency: LatencyCounts
  /** Of `queue_full` replies. */
  rejection: LatencyCounts
  errors: Record<string, number>
  /** Neither reply nor error until the drain ended, or the connection closed. */
  lost: number
  /** Replies that differ from the raw output. */
  mismatches: string[]
  /** Images per second of each client of a closed plan with at least three replies. */
  clientRates: number[]
  /** Images by batch size. */
  batchSizes: Record<number, number>
  /** Mean of each reported stage, in ms. */
  stages: Record<string, number>
  /** Cores that the generator used. */
  cpuShare: number
}

export interface LoadCommands {
  closed(plan: ClosedPlan): Promise<LoadReport>
  open(plan: OpenPlan): Promise<LoadReport>
  probe(plan: ProbePlan): Promise<{ latency: LatencyCounts; cpuShare: number }>
}
