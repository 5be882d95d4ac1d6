/** Converts a client's message to a frame that the target can read; re-encodes only if necessary. */
import type { InferenceRequest } from '../protocol/backend.ts'
import type { DialectName } from '../protocol/config.ts'
import type { OutlinedMessage } from '../protocol/parse_message.ts'

export interface Frame {
  data: Buffer
  isBinary: boolean
}

export interface ReceivedRequest extends Omit<OutlinedMessage, 'ok' | 'message'> {
  message: InferenceRequest
  frame: Frame
}

export interface FrameForm {
  dialect: DialectName
  /** False: base64 text instead of binary messages. */
  acceptsBinary: boolean
}

const EXTRA_KEYS_BYTES = 200

const passes = ({ dialect, acceptsBinary }: FrameForm, { isBinary }: Frame) =>
  dialect === 'native' && (acceptsBinary || !isBinary)

/** Estimated size of the result of `frameFor`; exact for a frame that passes unchanged. */
export function frameBytesFor(form: FrameForm, request: ReceivedRequest): number {
  const { frame, attachments } = request
  if (passes(form, frame)) return frame.data.length
  const raw = attachments.reduce((sum, { length }) => sum + length, 0)
  const encoded = attachments.reduce((sum, { length }) => sum + 4 * Math.ceil(length / 3), 0)
  return frame.data.length - raw + encoded + EXTRA_KEYS_BYTES
}

/** Unchanged where possible. A platform target also gets `model_type` and `timestamp`, a text-only target base64. */
export function frameFor(
  form: FrameForm,
  request: ReceivedRequest,
  facts: { backend: string; unixSeconds: number },
): Frame {
  const { message, frame } = request
  if (passes(form, frame)) return frame
  const extra =
    form.dialect === 'native'
      ? {}
      : {
          ...('model_type' in message ? {} : { model_type: facts.backend }),
          ...('timestamp' in message ? {} : { timestamp: facts.unixSeconds }),
        }
  const isChanged = frame.isBinary || Object.keys(extra).length > 0
  return isChanged ? { data: spliced(request, extra), isBinary: false } : frame
}

const OPEN_BRACE = 0x7b
const QUOTE = Buffer.from('"')

/** The original text with added keys and inlined attachments. It holds a `type`, so it is not empty. */
function spliced({ text, places, attachments }: ReceivedRequest, keys: object): Buffer {
  const inner = JSON.stringify(keys).slice(1, -1)
  const start = text.indexOf(OPEN_BRACE) + 1
  const parts = [text.subarray(0, start), Buffer.from(inner === '' ? '' : `${inner},`)]
  let from = start
  for (const { attachment, range } of places) {
    const bytes = attachments[attachment.$attachment] ?? new Uint8Array()
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    parts.push(text.subarray(from, range.start), QUOTE, Buffer.from(base64, 'latin1'), QUOTE)
    from = range.end
  }
  parts.push(text.subarray(from))
  return Buffer.concat(parts)
}

/** The stream of a request; null = none. All windows of a stream go to one target. */
export function streamIdOf({ data }: InferenceRequest): string | null {
  const id = data['stream_id']
  return typeof id === 'string' && id !== '' ? id : null
}
