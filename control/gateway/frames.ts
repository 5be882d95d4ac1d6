/** From a client's message to the frame for a target, in the target's dialect. Pure; what can pass is not encoded again. */
import type { Attachment, InferenceRequest } from '../../protocol/backend.ts'
import type { DialectName } from '../../protocol/config.ts'

/** A WebSocket message as it came, or as it goes. */
export interface Frame {
  data: Buffer
  isBinary: boolean
}

/** A parsed request beside the frame that it came in. */
export interface ReceivedRequest {
  message: InferenceRequest
  /** Raw bytes of the binary form, in order; empty for a text message. */
  attachments: readonly Uint8Array[]
  frame: Frame
}

/** Room for the keys that a platform target gets beside `data`. */
const EXTRA_KEYS_BYTES = 200

/** About the size of what `frameFor` makes, before it is made; for a native target the very size. */
export function frameBytesFor(dialect: DialectName, request: ReceivedRequest): number {
  const { frame, attachments } = request
  if (dialect === 'native') return frame.data.length
  const raw = attachments.reduce((sum, { length }) => sum + length, 0)
  const encoded = attachments.reduce((sum, { length }) => sum + 4 * Math.ceil(length / 3), 0)
  return frame.data.length - raw + encoded + EXTRA_KEYS_BYTES
}

/** To a native target the very frame goes; a platform target gets `model_type` and `timestamp`, and base64 in place of bytes. */
export function frameFor(
  dialect: DialectName,
  request: ReceivedRequest,
  facts: { backend: string; unixSeconds: number },
): Frame {
  const { message, attachments, frame } = request
  if (dialect === 'native') return frame
  const extra = {
    ...('model_type' in message ? {} : { model_type: facts.backend }),
    ...('timestamp' in message ? {} : { timestamp: facts.unixSeconds }),
  }
  if (!frame.isBinary) return { data: withKeys(frame.data, extra), isBinary: false }
  const data = inBase64(message.data, attachments)
  return { data: Buffer.from(JSON.stringify({ ...message, ...extra, data })), isBinary: false }
}

const OPEN_BRACE = 0x7b

/** Puts keys at the begin of a JSON object that is not empty, without reading the rest of it. */
function withKeys(json: Buffer, keys: object): Buffer {
  const inner = JSON.stringify(keys).slice(1, -1)
  if (inner === '') return json
  const start = json.indexOf(OPEN_BRACE) + 1
  return Buffer.concat([json.subarray(0, start), Buffer.from(`${inner},`), json.subarray(start)])
}

/** A copy with the base64 text of each attachment where the message names it. The nesting was bounded at parsing. */
function inBase64(value: unknown, attachments: readonly Uint8Array[]): unknown {
  if (Array.isArray(value)) return value.map((one) => inBase64(one, attachments))
  if (typeof value !== 'object' || value === null) return value
  // parse_message.ts has checked each of these against the body.
  if ('$attachment' in value) {
    const bytes = attachments[(value as Attachment).$attachment] ?? new Uint8Array()
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inBase64(inner, attachments)]),
  )
}

/** The stream that a request belongs to; null = none. Its windows go to one target. */
export function streamIdOf({ data }: InferenceRequest): string | null {
  const id = data['stream_id']
  return typeof id === 'string' && id !== '' ? id : null
}
