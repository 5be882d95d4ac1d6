import type { SentMessage } from '../api/sent_message.ts'
import { messageOf } from '../../protocol/errors.ts'

/** A text field of this size is still quick to edit; use `switchyard test --request FILE` for larger requests. */
export const RAW_REQUEST_LENGTH_MAX = 5_000_000

export type RawRequest =
  | { requestId: string; sent: SentMessage }
  /** `detail` is the parser's message. */
  | { fault: 'too_long' | 'not_json' | 'not_object'; detail: string }

/** Adds `type` and a `request_id`; the whole text is `data` if it has neither `type` nor `data`. */
export function rawRequest(text: string, requestId: string): RawRequest {
  if (text.length > RAW_REQUEST_LENGTH_MAX) {
    return { fault: 'too_long', detail: String(text.length) }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { fault: 'not_json', detail: messageOf(error) }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'not_object', detail: '' }
  }
  const given = 'type' in value || 'data' in value ? value : { data: value }
  const whole = { ...given, type: 'inference_request', request_id: requestId }
  return { requestId, sent: { head: JSON.stringify(whole), file: new Blob([]), tail: '' } }
}
