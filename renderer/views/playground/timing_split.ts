import { hasStages, type WireTiming } from '../../../protocol/backend.ts'

export type StageName = 'socket' | 'queue' | 'preprocess' | 'inference' | 'postprocess' | 'rest'

export interface Stage {
  name: StageName
  ms: number
}

/** A smaller unnamed stage is rounding. */
const REST_MS_MIN = 0.05

/** Stages in order. The socket stage is the part of the round trip outside the backend's total. */
export function timingSplit(timing: WireTiming | undefined, roundTripMs: number): readonly Stage[] {
  if (!timing) return [{ name: 'socket', ms: roundTripMs }]
  // Two clocks may disagree; clamp at zero.
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
