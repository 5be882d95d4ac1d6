/** Builds a JSON value in parts during the scan: a single JSON.parse could block the thread for seconds. */
import { AttachmentPlaces, keyTextOf, type AttachmentPlace } from './json_attachments.ts'
import { ProtocolError } from './errors.ts'
import { message } from './messages.ts'
import { JsonScan, tooMany, type JsonVisitor } from './json_scan.ts'
import { LongNumbers } from './long_numbers.ts'
import { LONG_STRING_BYTES, LongString } from './long_string.ts'
import { utf8Text } from './utf8.ts'

/** Bytes per parse call: a few milliseconds for the smallest values. */
const PART_BYTES = 64 * 1024

/** Items of a mixed array: V8 copies the array whenever it grows, which takes 15 ms at this size. */
export const JSON_MIXED_ITEMS_MAX = 1_000_000
/** Leading numbers of a mixed array, built in one go. */
const MIXED_NUMBERS_BYTES_MAX = 1024 ** 2

/** From this text size, shorter strings are decoded in steps too: 256 pictures take 100 ms in one go. */
const LARGE_TEXT_BYTES = 16 * 1024 ** 2
const LARGE_TEXT_STRING_BYTES = 64 * 1024

/** Long strings that become attachments; see `attachmentSchema`. */
const DECODED_MAX = 256
/** Shown characters of a text that is a single string, which is not a message. */
const LONE_STRING_SHOWN = 1000

const QUOTE = 0x22
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
/** The cut may be inside a character. */
const SHOWN = new TextDecoder()

export type DecodeBase64 = (text: Uint8Array) => Uint8Array<ArrayBuffer> | null

/** Shorter strings may be words, and cost little. */
const SHORT_PICTURE_BYTES = 4096

export class JsonTree {
  private readonly scan: JsonScan
  private readonly builder: Builder
  private isScanned = false

  /** `decode`: base64 as text to bytes, for strings of at least SHORT_PICTURE_BYTES in `data`; null if it is none. */
  constructor(text: Uint8Array, decode: DecodeBase64 | null = null) {
    this.builder = new Builder(text, decode)
    this.scan = new JsonScan(text, this.builder)
  }

  /** True at the end. Throws as JsonScan does. */
  step(bytes: number): boolean {
    this.isScanned ||= this.scan.step(bytes)
    if (!this.isScanned) return false
    do {
      if (this.builder.finishStep()) {
        this.builder.numberDecoded()
        return true
      }
    } while (bytes === Infinity)
    return false
  }

  /** Available once `step` has returned true. Long arrays of numbers become LongNumbers. */
  value(): unknown {
    return this.builder.value()
  }

  /** `type` and `request_id`; the rest is in parts. */
  valueSoFar(): unknown {
    return this.builder.head
  }

  get attachments(): readonly AttachmentPlace[] {
    return this.builder.attachments.found
  }

  /** Decoded base64 strings, `{"$attachment": i, "length": n}` in the value, numbered after the text's attachments. */
  get decoded(): readonly Uint8Array[] {
    return this.builder.decoded
  }
}

/** A container built in parts. A container smaller than a part is built by its parent. */
type Built = unknown[] | Record<string, unknown>

/** Built after the scan; `value` is available once `step` has returned true. */
type BuiltLater = LongString | LongNumbers

interface Place {
  get: () => unknown
  set: (value: unknown) => void
}

class Builder implements JsonVisitor {
  private readonly text: Uint8Array
  private readonly isArray: boolean[] = []
  /** Per depth: only numbers so far. */
  private readonly isNumbers: boolean[] = [false]
  private readonly built: (Built | null)[] = []
  private readonly from: number[] = []
  private readonly itemFrom: number[] = []
  private readonly keyStart: number[] = []
  private readonly keyEnd: number[] = []
  private root: Built | LongNumbers | null = null
  readonly head: Record<string, unknown> = {}
  private readonly later: { work: BuiltLater; set: (value: unknown) => void }[] = []
  private longStrings = 0
  private readonly decode: DecodeBase64 | null
  private plain: { end: number; bytes: Uint8Array } | null = null
  private readonly longStringBytes: number
  readonly decoded: Uint8Array[] = []
  private readonly decodedPlaces: { $attachment: number }[] = []
  readonly attachments: AttachmentPlaces

  constructor(text: Uint8Array, decode: DecodeBase64 | null) {
    this.text = text
    this.decode = decode
    this.attachments = new AttachmentPlaces(text)
    this.longStringBytes =
      text.length < LARGE_TEXT_BYTES ? LONG_STRING_BYTES : LARGE_TEXT_STRING_BYTES
  }

  opened(depth: number, start: number, keyStart: number, keyEnd: number): void {
    this.attachments.opened(depth)
    const isArray = this.text[start] === OPEN_BRACKET
    this.isArray[depth] = isArray
    this.isNumbers[depth] = isArray
    if (!isArray) this.noteOther(depth - 1)
    this.built[depth] = null
    this.from[depth] = start + 1
    this.itemFrom[depth] = start + 1
    this.keyStart[depth] = keyStart
    this.keyEnd[depth] = keyEnd
  }

  /** Decodes a picture immediately, which also proves that its text needs no check. */
  isPlain(depth: number, start: number, end: number): boolean {
    const length = end - start
    if (this.decode === null || depth < 2 || this.longStrings >= DECODED_MAX) return false
    if (length < SHORT_PICTURE_BYTES || length >= this.longStringBytes) return false
    const bytes = this.decode(this.text.subarray(start, end))
    this.plain = bytes && { end: end + 1, bytes }
    return bytes !== null
  }

  item(depth: number, start: number, end: number, keyStart: number, keyEnd: number): void {
    this.attachments.item(depth, keyStart, keyEnd)
    if (depth === 0) return
    if (depth === 1 && end - start < PART_BYTES) this.noteHead(start, end, keyStart, keyEnd)
    if (this.text[start] === QUOTE) {
      this.noteOther(depth)
      if (this.plain?.end === end) {
        this.longStrings++
        this.place(depth, end, keyStart, keyEnd).set(this.placeOf(this.plain.bytes))
      } else if (end - start >= this.longStringBytes && this.longStrings < DECODED_MAX) {
        this.longStrings++
        const string = new LongString(this.text, { start, end })
        this.buildLater(string, this.place(depth, end, keyStart, keyEnd))
      }
    }
    this.itemFrom[depth] = end
    const isPart = end - (this.from[depth] as number) >= PART_BYTES
    if (isPart && this.isNumbers[depth] !== true) this.build(depth, end)
  }

  closed(depth: number, start: number, end: number): void {
    this.attachments.closed(depth, start, end)
    const built = this.built[depth] ?? null
    if (built === null && end - start < PART_BYTES) return
    if (this.isNumbers[depth] === true) {
      this.closedNumbers(depth, start, end)
      return
    }
    this.build(depth, end - 1)
    const whole = this.built[depth] as Built
    this.built[depth] = null
    if (depth === 1) this.root = whole
    else this.attach(depth, whole, end)
  }

  value(): unknown {
    if (this.root !== null) return this.root
    const { text } = this
    return text.length >= LONG_STRING_BYTES && text.includes(QUOTE)
      ? SHOWN.decode(text.subarray(text.indexOf(QUOTE) + 1).subarray(0, LONE_STRING_SHOWN))
      : (JSON.parse(utf8Text(text)) as unknown)
  }

  /** Continues deferred work; true when done. */
  finishStep(): boolean {
    const [next] = this.later
    if (next === undefined) return true
    if (next.work.step()) {
      const value = next.work.value()
      if (value instanceof Uint8Array) {
        next.set(this.placeOf(value))
      } else next.set(value)
      this.later.shift()
    }
    return this.later.length === 0
  }

  private placeOf(bytes: Uint8Array): object {
    const place = { $attachment: this.decoded.length, length: bytes.length }
    this.decodedPlaces.push(place)
    this.decoded.push(bytes)
    return place
  }

  /** How many attachments the text has is known at its end. */
  numberDecoded(): void {
    for (const place of this.decodedPlaces.splice(0)) {
      place.$attachment += this.attachments.found.length
    }
  }

  private attach(depth: number, whole: Built, end: number): void {
    this.place(depth - 1, end, this.keyStart[depth] as number, this.keyEnd[depth] as number).set(
      whole,
    )
  }

  /** The array at `depth`, and its parents, are not only numbers: builds the skipped text. */
  private noteOther(depth: number): void {
    if (this.isNumbers[depth] !== true) return
    this.isNumbers[depth] = false
    const end = this.itemFrom[depth] as number
    const pending = end - (this.from[depth] as number)
    if (pending > MIXED_NUMBERS_BYTES_MAX) {
      throw new ProtocolError(
        'too_large',
        message('json.numbers_first', { max: MIXED_NUMBERS_BYTES_MAX }),
      )
    }
    if (pending >= PART_BYTES) this.build(depth, end)
    this.noteOther(depth - 1)
  }

  private closedNumbers(depth: number, start: number, end: number): void {
    // Inside an array of numbers it is part of that.
    if (this.isNumbers[depth - 1] === true) return
    const numbers = new LongNumbers(this.text.subarray(start, end))
    // Rejected as a whole message.
    if (depth === 1) this.root = numbers
    else {
      const [keyStart, keyEnd] = [this.keyStart[depth] as number, this.keyEnd[depth] as number]
      this.buildLater(numbers, this.place(depth - 1, end, keyStart, keyEnd))
    }
  }

  private buildLater(work: BuiltLater, place: Place): void {
    const reserved = {}
    place.set(reserved)
    const set = (value: unknown) => {
      if (place.get() === reserved) place.set(value)
    }
    this.later.push({ work, set })
  }

  private place(depth: number, end: number, keyStart: number, keyEnd: number): Place {
    this.build(depth, this.itemFrom[depth] as number)
    this.from[depth] = end
    const into = this.built[depth] as Built
    if (Array.isArray(into)) {
      const index = into.length
      return {
        get: () => into[index],
        set: (value) => {
          into[index] = value
        },
      }
    }
    const quoted = utf8Text(this.text.subarray(keyStart - 1, keyEnd + 1))
    const key = JSON.parse(quoted) as string
    return {
      get: () => into[key],
      set: (value) => {
        setKey(into, key, value)
      },
    }
  }

  private noteHead(start: number, end: number, keyStart: number, keyEnd: number): void {
    const key = keyTextOf(this.text, keyStart, keyEnd)
    if (key !== 'type' && key !== 'request_id') return
    const isValue = this.text[start] !== OPEN_BRACE && this.text[start] !== OPEN_BRACKET
    if (isValue) this.head[key] = JSON.parse(utf8Text(this.text.subarray(start, end)))
  }

  /** Builds a container's items up to `end`, the end of one of them. */
  private build(depth: number, end: number): void {
    const { text } = this
    const from = this.from[depth] as number
    this.from[depth] = end
    const items = utf8Text(text.subarray(from, end)).replace(LEADING_COMMA, '')
    const before = this.built[depth] ?? null
    if (this.isArray[depth] === true) {
      const more = JSON.parse(`[${items}]`) as unknown[]
      if (!Array.isArray(before)) this.built[depth] = more
      else if (before.length + more.length > JSON_MIXED_ITEMS_MAX) {
        throw tooMany(JSON_MIXED_ITEMS_MAX, 'json.mixed')
      } else for (const one of more) before.push(one)
    } else {
      const more = JSON.parse(`{${items}}`) as Record<string, unknown>
      if (before === null) this.built[depth] = more
      else for (const [key, value] of Object.entries(more)) setKey(before, key, value)
    }
  }
}

const LEADING_COMMA = /^\s*,/

/** Assigning `__proto__` would change the object instead of adding a key. */
function setKey(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
