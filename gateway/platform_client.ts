/** Replies to clients that speak the platform dialect, with the same fields as the platform's backends. */
import type { Pong } from '../protocol/backend.ts'

/** `model_type` in place of `backend`, or a health check with a timestamp: native clients send neither. */
export function speaksPlatform(message: object): boolean {
  if ('backend' in message) return false
  const isTimedCheck =
    'type' in message && message.type === 'health_check' && 'timestamp' in message
  return isTimedCheck || ('model_type' in message && typeof message.model_type === 'string')
}

export const platformPong = (unixSeconds: number) => ({ type: 'pong', timestamp: unixSeconds })

export const platformHealth = ({ status, model_loaded }: Pong, modelType: string) => ({
  type: 'health_response',
  status,
  model_type: modelType,
  model_loaded: model_loaded === true,
})

export interface PlatformReply {
  requestId: string
  modelType: string
  unixSeconds: number
  latencyMs: number
}

export function platformResult(body: Buffer, facts: PlatformReply): Buffer {
  const { data, timing } = JSON.parse(body.toString('utf8')) as {
    data: object
    timing?: { total_ms?: number }
  }
  const latencyMs = timing?.total_ms ?? facts.latencyMs
  return envelope(facts, { status: 'success', predictions: data, latency_ms: rounded(latencyMs) })
}

export const platformError = (error: string, facts: PlatformReply): Buffer =>
  envelope(facts, { status: 'error', error, latency_ms: rounded(facts.latencyMs) })

const envelope = ({ requestId, modelType, unixSeconds }: PlatformReply, result: object) =>
  Buffer.from(
    JSON.stringify({
      type: 'inference_response',
      request_id: requestId,
      model_type: modelType,
      timestamp: unixSeconds,
      result,
    }),
  )

const rounded = (ms: number) => Math.round(ms * 1000) / 1000
