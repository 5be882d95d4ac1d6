import { ProtocolError } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { preview } from '../../protocol/describe.ts'

/**
 * Accepts base64 (standard, URL-safe or data URL); the result owns its buffer. Throws ProtocolError `invalid_image`.
 */
export function decodeBase64(text: string, key: string): Uint8Array<ArrayBuffer> {
  const payload = stripDataUrl(text, key)
  const direct = decodeExact(payload)
  if (direct !== null) return direct
  const unbroken = payload.replace(/\s+/g, '')
  const bytes = decodeExact(unbroken)
  if (bytes !== null) return bytes
  throw new ProtocolError(
    'invalid_image',
    message('input.not_base64', { key, fault: faultOf(unbroken) }),
  )
}

function stripDataUrl(text: string, key: string): string {
  if (!text.startsWith('data:')) return text
  const comma = text.indexOf(',')
  const head = comma === -1 ? '' : text.slice(0, comma)
  if (!/;base64$/i.test(head)) {
    throw new ProtocolError(
      'invalid_image',
      message('input.data_url', { key, start: preview(text.slice(0, 40)) }),
    )
  }
  return text.slice(comma + 1)
}

const DATA_URL = Buffer.from('data:')
const DATA_URL_HEAD_MAX = 100
const COMMA = 0x2c

/** `decodeBase64` of the bytes of a text; null for anything that is not exact, which `decodeBase64` then words or repairs. */
export function decodeBase64Text(text: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const { buffer, byteOffset, byteLength } = text
  const bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  if (!bytes.subarray(0, DATA_URL.length).equals(DATA_URL))
    return decodeExact(bytes.toString('latin1'))
  const comma = bytes.subarray(0, DATA_URL_HEAD_MAX).indexOf(COMMA)
  const isBase64 = comma !== -1 && /;base64$/i.test(bytes.toString('latin1', 0, comma))
  return isBase64 ? decodeExact(bytes.toString('latin1', comma + 1)) : null
}

/** Node's decoder skips invalid characters; a result shorter than the length implies reveals that. */
function decodeExact(payload: string): Uint8Array<ArrayBuffer> | null {
  let end = payload.length
  while (end > 0 && payload.length - end < 2 && payload[end - 1] === '=') end--
  if (end % 4 === 1) return null
  const bytes = Buffer.allocUnsafeSlow(Math.floor((end * 3) / 4))
  return bytes.write(payload, 'base64') === bytes.length ? bytes : null
}

function faultOf(payload: string): Message {
  const at = payload.search(/[^A-Za-z0-9+/_=-]/)
  if (at !== -1) return message('input.base64_character', { character: preview(payload[at]), at })
  return message('input.base64_length', { length: payload.length })
}
