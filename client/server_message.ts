import {
  inferenceResponseSchema,
  type ErrorMessage,
  type InferenceResponse,
} from '../protocol/backend.ts'
import { damagedReply, replyKind, type FaultyReply } from '../protocol/reply_kind.ts'
import type { JsonObject } from './request_frame.ts'

export type ServerMessage =
  /** `message` is in the native dialect. `reply` is null if a field is invalid. */
  | { kind: 'result'; requestId: string; message: JsonObject; reply: InferenceResponse | null }
  | { kind: 'reloaded'; requestId: string | null; message: JsonObject }
  | { kind: 'error'; requestId: string | null; error: ErrorMessage }
  | { kind: 'sign_of_life'; requestId: null; message: JsonObject }
  | FaultyReply

export function readServerMessage(text: string): ServerMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return damagedReply(new TextEncoder().encode(text), error)
  }
  const reply = replyKind(value)
  // Every kind except `faulty` is an object.
  const message = value as JsonObject
  switch (reply.kind) {
    case 'result': {
      const { requestId, platform } = reply
      const native = platform === null ? message : nativeForm(requestId, message, platform)
      const parsed = inferenceResponseSchema.safeParse(native)
      return { kind: 'result', requestId, message: native, reply: parsed.data ?? null }
    }
    case 'error':
      return reply
    case 'sign_of_life':
      return { kind: 'sign_of_life', requestId: null, message }
    case 'faulty':
      return reply.isOther && message['type'] === 'reloaded'
        ? { kind: 'reloaded', requestId: reply.requestId, message }
        : reply
  }
}

const nativeForm = (
  requestId: string,
  { result }: JsonObject,
  { latencyMs }: { latencyMs: number | null },
): JsonObject => ({
  type: 'inference_response',
  request_id: requestId,
  data: (result as { predictions: JsonObject }).predictions,
  // The platform reports no stages.
  ...(latencyMs === null ? {} : { timing: { total_ms: latencyMs } }),
})
