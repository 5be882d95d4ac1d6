/** Where the time of one request went, from the backend's timing and the round trip that was measured here. Pure. */
import type { Timing } from '../../../protocol/backend.ts'

export type StageName = 'socket' | 'queue' | 'preprocess' | 'inference' | 'postprocess' | 'rest'

export interface Stage {
  name: StageName
  ms: number
}

/** Below this a stage without a name of its own is rounding. */
const REST_MS_MIN = 0.05

/** Stages in the order in which they happen. The socket is what the backend's own total does not explain. */
export function timingSplit(timing: Timing | undefined, roundTripMs: number): readonly Stage[] {
  if (!timing) return [{ name: 'socket', ms: roundTripMs }]
  const { queue_ms, preprocess_ms, inference_ms, postprocess_ms, total_ms } = timing
  const stages: Stage[] = [
    // Two clocks: a difference below zero is their disagreement.
    { name: 'socket', ms: Math.max(0, roundTripMs - total_ms) },
    { name: 'queue', ms: queue_ms },
    { name: 'preprocess', ms: preprocess_ms },
    { name: 'inference', ms: inference_ms },
    { name: 'postprocess', ms: postprocess_ms },
  ]
  const rest = total_ms - queue_ms - preprocess_ms - inference_ms - postprocess_ms
  return rest >= REST_MS_MIN ? [...stages, { name: 'rest', ms: rest }] : stages
}
