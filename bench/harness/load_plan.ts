/** What the load generator can be asked to do, and what it reports. Shared by the program and those who call it. */
import type { LatencyCounts } from './histogram.ts'

/** What the raw path answered for a picture. */
export interface Expected {
  prediction: string | null
  probabilities: Record<string, number> | null
  faces: number
}

export interface Picture {
  bytes: Uint8Array
  /** Null: only the form of the reply is checked. */
  expected: Expected | null
  /** `data` of the request, for a backend that does not read pictures; then `bytes` is empty. */
  data?: Record<string, unknown>
}

export interface Target {
  url: string
  /** JSON with base64, or the protocol's binary form. */
  form: 'text' | 'binary'
  /** `echo`: the reply is the request itself, byte for byte as long. */
  replies: 'inference' | 'echo'
  /** Client n begins with picture n and goes round. */
  pictures: Picture[]
}

/** Each client sends when its last request is answered. */
export interface ClosedPlan {
  target: Target
  clients: number
  windowMs: number
  /** The window goes on until there are this many answers, for three minutes at most. */
  answersMin?: number
  /** Windows that run before the measured one until three agree within 10 %; null: none. */
  warmUp: { windowMs: number; windowsMax: number } | null
}

/** Requests leave at a fixed rate, whatever becomes of the earlier ones. */
export interface OpenPlan {
  target: Target
  connections: number
  perSecond: number
  durationMs: number
  /** An answer later than this after its due time counts as late. */
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
  /** Answers within the deadline of an open plan; all of them in a closed one. */
  inTime: number
  perSecond: number
  /** Of answers, in a closed plan from sending, in an open one from the due time. */
  latency: LatencyCounts
  /** Of `queue_full` replies. */
  rejection: LatencyCounts
  errors: Record<string, number>
  /** Neither answer nor error until the drain was over, or the connection closed under them. */
  lost: number
  /** Replies that differ from the raw output. */
  mismatches: string[]
  /** Images per second of each client of a closed plan, as far as it had three answers. */
  clientRates: number[]
  /** Images by the size of the batch that they ran in. */
  batchSizes: Record<number, number>
  /** Mean of each stage that the replies name, in ms. */
  stages: Record<string, number>
  /** Cores that the generator itself used. */
  cpuShare: number
}

export interface LoadCommands {
  closed(plan: ClosedPlan): Promise<LoadReport>
  open(plan: OpenPlan): Promise<LoadReport>
  /** Round trips of health checks. */
  probe(plan: ProbePlan): Promise<{ latency: LatencyCounts; cpuShare: number }>
}
