import { attachmentSchema, type Attachment } from './backend.ts'
import { ProtocolError } from './errors.ts'
import { message } from './messages.ts'

export interface TextRange {
  start: number
  end: number
}

export interface AttachmentPlace {
  attachment: Attachment
  range: TextRange
}

/** `{"$attachment": 255, "length": 104857600}` has 42. */
const PLACE_BYTES_MAX = 4096
const SHOWN_BYTES_MAX = 60
const DOLLAR = 0x24
const BACKSLASH = 0x5c
const KEY = '$attachment'
const UTF8 = new TextDecoder()

export class AttachmentPlaces {
  readonly found: AttachmentPlace[] = []
  private readonly text: Uint8Array
  private readonly isPlace: boolean[] = []

  constructor(text: Uint8Array) {
    this.text = text
  }

  opened(depth: number): void {
    this.isPlace[depth] = false
  }

  item(depth: number, keyStart: number, keyEnd: number): void {
    if (keyStart === -1) return
    const first = this.text[keyStart]
    if (first !== DOLLAR && first !== BACKSLASH) return
    if (keyTextOf(this.text, keyStart, keyEnd) === KEY) this.isPlace[depth] = true
  }

  /** Throws ProtocolError `invalid_request` for a malformed attachment. */
  closed(depth: number, start: number, end: number): void {
    if (this.isPlace[depth] !== true) return
    const { text } = this
    const value: unknown =
      end - start > PLACE_BYTES_MAX ? null : JSON.parse(UTF8.decode(text.subarray(start, end)))
    const parsed = attachmentSchema.safeParse(value)
    if (!parsed.success) {
      const shown = UTF8.decode(text.subarray(start, Math.min(end, start + SHOWN_BYTES_MAX)))
      throw new ProtocolError(
        'invalid_request',
        message('binary.attachment', { shown: JSON.stringify(shown) }),
      )
    }
    this.found.push({ attachment: parsed.data, range: { start, end } })
  }
}

const KEY_BYTES_MAX = 96

/** null for array elements and keys longer than any known one. */
export function keyTextOf(text: Uint8Array, start: number, end: number): string | null {
  if (start === -1 || end - start > KEY_BYTES_MAX) return null
  let key = ''
  for (let at = start; at < end; at++) {
    const byte = text[at] as number
    if (byte === BACKSLASH)
      return JSON.parse(UTF8.decode(text.subarray(start - 1, end + 1))) as string
    // Non-ASCII bytes yield a text that no known key has.
    key += String.fromCharCode(byte)
  }
  return key
}
