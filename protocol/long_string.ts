/**
 * A long string, built in steps: 100 MB in one go take 350 ms. Base64 becomes bytes; other text is joined when read.
 */
import type { TextRange } from './json_attachments.ts'
import { utf8Part } from './utf8.ts'

/** Longer strings are built in steps. */
export const LONG_STRING_BYTES = 4 * 1024 ** 2

/** Text bytes per step: one or two milliseconds. */
const STEP_BYTES = 512 * 1024
/** A part holds at least one character (four bytes) or escape (six). */
const PART_BYTES_MIN = 8
/** `data:image/png;base64,` with some parameters. */
const DATA_URL_HEAD_MAX = 1024

const BACKSLASH = 0x5c
const EQUALS = 0x3d
const COMMA = 0x2c

const SKIPPED = 64
const WRONG = 255
const VALUES = new Uint8Array(256).fill(WRONG)
for (const [at, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  VALUES[letter.charCodeAt(0)] = at
}
VALUES['-'.charCodeAt(0)] = 62
VALUES['_'.charCodeAt(0)] = 63
VALUES[' '.charCodeAt(0)] = SKIPPED

export class LongString {
  private readonly text: Uint8Array
  private readonly end: number
  private readonly start: number
  private at: number
  private string = ''
  private readonly base64: Base64Bytes | null

  /** `range`: the string in `text`, with its quotes. It must be valid JSON. */
  constructor(text: Uint8Array, { start, end }: TextRange) {
    this.text = text
    this.start = start + 1
    this.end = end - 1
    const payload = this.payloadStart()
    this.base64 = payload === null ? null : new Base64Bytes(text, payload, this.end)
    this.at = this.start
  }

  step(bytes = STEP_BYTES): boolean {
    const { base64 } = this
    if (base64 !== null && !base64.hasFailed) {
      if (!base64.step(bytes)) return false
      if (!base64.hasFailed) return true
    }
    const to = this.partEnd(Math.min(this.end, this.at + Math.max(bytes, PART_BYTES_MIN)))
    const part = utf8Part(this.text.subarray(this.at, to))
    this.string += part.includes('\\') ? (JSON.parse(`"${part}"`) as string) : part
    this.at = to
    return this.at === this.end
  }

  /** After the last step: bytes of base64 or a base64 data URL, otherwise the string. */
  value(): Uint8Array | string {
    return this.base64 === null || this.base64.hasFailed ? this.string : this.base64.bytes()
  }

  private payloadStart(): number | null {
    const { text, start, end } = this
    const head = String.fromCharCode(
      ...text.subarray(start, Math.min(end, start + DATA_URL_HEAD_MAX)),
    )
    if (!head.startsWith('data:')) return start
    const comma = text.indexOf(COMMA, start)
    return /;base64,/i.test(head) &&
      head
        .slice(0, comma - start)
        .toLowerCase()
        .endsWith(';base64')
      ? comma + 1
      : null
  }

  /** The last position before `to` outside characters and escapes. */
  private partEnd(to: number): number {
    if (to === this.end) return to
    const { text } = this
    while (((text[to] as number) & 0xc0) === 0x80) to--
    // An escape has up to six bytes.
    for (let at = to - 1; at >= Math.max(this.at, to - 6); at--) {
      if (text[at] !== BACKSLASH) continue
      let backslashes = 1
      while (at - backslashes >= this.at && text[at - backslashes] === BACKSLASH) backslashes++
      const isEscape = backslashes % 2 === 1
      const length = text[at + 1] === 0x75 ? 6 : 2
      return isEscape && at + length > to ? at : to
    }
    return to
  }
}

/** Decodes base64 in a JSON string. Skips blanks and escaped line breaks; `\/` is a slash. */
class Base64Bytes {
  hasFailed = false
  private readonly text: Uint8Array
  private readonly end: number
  private at: number
  private readonly target: Uint8Array<ArrayBuffer>
  private filled = 0
  private bits = 0
  private bitCount = 0
  private padding = 0

  constructor(text: Uint8Array, start: number, end: number) {
    this.text = text
    this.at = start
    this.end = end
    this.target = new Uint8Array(new ArrayBuffer(Math.ceil(((end - start) * 3) / 4)))
  }

  step(bytes: number): boolean {
    const { text, target } = this
    const stop = Math.min(this.end, this.at + bytes)
    let { at, filled, bits, bitCount } = this
    for (; at < stop; at++) {
      let value = VALUES[text[at] as number] as number
      if (value > 63) {
        value = this.special(at)
        if (value === WRONG) {
          this.hasFailed = true
          return true
        }
        if (text[at] === BACKSLASH) at++
        if (value === SKIPPED) continue
      }
      if (this.padding > 0) {
        this.hasFailed = true
        return true
      }
      bits = ((bits << 6) | value) & 0xffff
      bitCount += 6
      if (bitCount < 8) continue
      bitCount -= 8
      target[filled++] = bits >> bitCount
    }
    this.at = at
    this.filled = filled
    this.bits = bits
    this.bitCount = bitCount
    if (at < this.end) return false
    // A single character after groups of four is half a byte.
    this.hasFailed = bitCount === 6
    return true
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.target.subarray(0, this.filled)
  }

  private special(at: number): number {
    const { text } = this
    const byte = text[at] as number
    if (byte === EQUALS) return ++this.padding > 2 ? WRONG : SKIPPED
    if (byte !== BACKSLASH) return VALUES[byte] as number
    const escaped = String.fromCharCode(text[at + 1] as number)
    if (escaped === '/') return 63
    return 'nrt'.includes(escaped) ? SKIPPED : WRONG
  }
}
