/** Where the time of one request went, from the backend's timing and the round trip that was measured here. Pure. */
import { hasStages, type WireTiming } from '../../../protocol/backend.ts'

export type StageName = 'socket' | 'queue' | 'preprocess' | 'inference' | 'postprocess' | 'rest'

export interface Stage {
  name: StageName
  ms: number
}

/** Below this a stage without a name of its own is rounding. */
const REST_MS_MIN = 0.05

/** Stages in the order in which they happen. The socket is what the backend's own total does not explain. */
export function timingSplit(timing: WireTiming | undefined, roundTripMs: number): readonly Stage[] {
  if (!timing) return [{ name: 'socket', ms: roundTripMs }]
  // Two clocks: a difference below zero is their disagreement.
  const socket: Stage = { name: 'socket', ms: Math.max(0, roundTripMs - timing.total_ms) }
  if (!hasStages(timing)) return [socket, { name: 'rest', ms: timing.total_ms }]
  const { queue_ms, preprocess_ms, inference_ms, postprocess_ms, total_ms } = timing
  const stages: Stage[] = [
    socket,
    { name: 'queue', ms: queue_ms },
    { name: 'preprocess', ms: preprocess_ms },
    { name: 'inference', ms: inference_ms },
    { name: 'postprocess', ms: postprocess_ms },
  ]
  const rest = total_ms - queue_ms - preprocess_ms - inference_ms - postprocess_ms
  return rest >= REST_MS_MIN ? [...stages, { name: 'rest', ms: rest }] : stages
}
