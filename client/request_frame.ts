/** Encodes a message as a frame: binary or text, in the backend's dialect. */
import type { Attachment } from '../protocol/backend.ts'
import { joinBinary } from '../protocol/binary.ts'
import type { DialectName } from '../protocol/config.ts'

export type Frame = string | Uint8Array<ArrayBuffer>

export type JsonObject = Record<string, unknown>

interface FrameForm {
  dialect: DialectName
  acceptsBinary: boolean
}

/**
 * Bytes in `data` or its lists become attachments or base64. The platform dialect adds `model_type` and `timestamp`.
 */
export function requestFrame(
  message: JsonObject,
  { dialect, acceptsBinary }: FrameForm,
  facts: { model: string; unixSeconds: number },
): Frame {
  const isPlatform = dialect === 'platform'
  const extra = isPlatform ? platformKeys(message['type'], facts) : {}
  const attachments: Uint8Array[] = []
  const attached = (bytes: Uint8Array): Attachment => {
    attachments.push(bytes)
    return { $attachment: attachments.length - 1, length: bytes.length }
  }
  const data = withBytes(message['data'], acceptsBinary && !isPlatform ? attached : base64)
  const text = JSON.stringify({ ...extra, ...message, ...(data === undefined ? {} : { data }) })
  return attachments.length === 0 ? text : joinBinary(text, attachments)
}

function platformKeys(type: unknown, facts: { model: string; unixSeconds: number }): JsonObject {
  const { model: model_type, unixSeconds: timestamp } = facts
  if (type === 'inference_request') return { model_type, timestamp }
  return type === 'health_check' ? { timestamp } : {}
}

function withBytes(data: unknown, encode: (bytes: Uint8Array) => unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data
  const encoded = (value: unknown) => (value instanceof Uint8Array ? encode(value) : value)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map(encoded) : encoded(value),
    ]),
  )
}

/** Longer argument lists would overflow the stack. */
const CHUNK_BYTES = 0x8000

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK_BYTES))
  }
  return btoa(binary)
}
