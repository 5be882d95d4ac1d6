/** Validates grammar and limits before anything is built, in steps that do not block the thread. */
import { ProtocolError } from './errors.ts'
import { message, type Message, type PlainCode } from './messages.ts'

export const JSON_DEPTH_MAX = 64
/** Objects and arrays per message. An hour of EEG at 250 Hz in rows takes 900,000. */
export const JSON_CONTAINERS_MAX = 2_000_000
/** A key costs as much as ten numbers; from 8,388,608 keys in one object V8 sorts all of them for each further one. */
export const JSON_MEMBERS_MAX = 100_000
/** String values, without keys. */
export const JSON_STRINGS_MAX = 1_000_000
/** 4.4 hours of EEG with four channels at 250 Hz, about 100 MiB. Longer recordings belong in an EDF file. */
export const JSON_NUMBERS_MAX = 16_000_000
/** A double is exact with 17 digits and an exponent. */
export const JSON_NUMBER_LENGTH_MAX = 1000

/** Bytes per key, built in one go; known keys have at most 100. */
export const JSON_KEY_BYTES_MAX = 64 * 1024
/** Consecutive blanks, decoded in one go; indentation has a few dozen. */
export const JSON_BLANKS_MAX = 1024 * 1024

/** Follows the scan. Depth 0 holds only the outermost value; positions are bytes. */
export interface JsonVisitor {
  /** A container opens at `start`. `keyStart` to `keyEnd` is its key, without quotes; -1 in an array. */
  opened(depth: number, start: number, keyStart: number, keyEnd: number): void
  item(depth: number, start: number, end: number, keyStart: number, keyEnd: number): void
  closed(depth: number, start: number, end: number): void
  /** Whether the text from `start` to the quote at `end` is known to need no check: no escape, no control character. */
  isPlain?(depth: number, start: number, end: number): boolean
}

/** Checks a text before it is parsed in one go. Throws like `JsonScan`. */
export function checkJsonBounds(text: Uint8Array): void {
  new JsonScan(text, NO_VISITOR).step(Infinity)
}

const nothing = () => undefined
const NO_VISITOR: JsonVisitor = { opened: nothing, item: nothing, closed: nothing }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const LETTER_U = 0x75

/** Parser states: what may come next. */
const VALUE = 0
const VALUE_OR_CLOSE = 1
const KEY = 2
const KEY_OR_CLOSE = 3
const AFTER_KEY = 4
const AFTER_VALUE = 5
/** Inside a string longer than a step. */
const STRING_REST = 6
type Expected =
  | typeof VALUE
  | typeof VALUE_OR_CLOSE
  | typeof KEY
  | typeof KEY_OR_CLOSE
  | typeof AFTER_KEY
  | typeof AFTER_VALUE
  | typeof STRING_REST

/** Extra string bytes per step: they cost a thirtieth of other bytes. */
const STRING_BYTES_PER_STEP = 1024 * 1024
/** Shorter strings are read byte by byte, because a native search costs more than it saves. */
const SHORT_STRING_BYTES = 24
/** TextDecoder drops a byte order mark, so it is not part of a value here either. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

export class JsonScan {
  private readonly text: Uint8Array
  private readonly words: Int32Array
  private readonly wordsAt: number
  private readonly visitor: JsonVisitor
  private at: number
  private expected: Expected = VALUE
  private depth = 0
  private containers = 0
  private members = 0
  private strings = 0
  private numbers = 0
  /** Per open container: its type, and where it, its current value and that value's key begin. */
  private readonly isObject = new Uint8Array(JSON_DEPTH_MAX + 1)
  private readonly containerStart = new Int32Array(JSON_DEPTH_MAX + 1)
  private readonly valueStart = new Int32Array(JSON_DEPTH_MAX + 1)
  private readonly keyStart = new Int32Array(JSON_DEPTH_MAX + 1).fill(-1)
  private readonly keyEnd = new Int32Array(JSON_DEPTH_MAX + 1).fill(-1)
  private valueEnd = 0
  private blanksStart = -1
  private blanksEnd = -1
  /** End of this step, and string bytes that may still extend it. */
  private until = 0
  private stringBytesLeft = 0
  /** The current string: its kind, and the next quote and backslash, which native searches find fast. */
  private isKey = false
  private nextQuote = -1
  private nextBackslash = -1

  constructor(text: Uint8Array, visitor: JsonVisitor) {
    this.text = text
    this.visitor = visitor
    this.at = BYTE_ORDER_MARK.every((byte, index) => text[index] === byte) ? 3 : 0
    const padding = (4 - (text.byteOffset & 3)) & 3
    const bytes = Math.max(0, text.byteLength - padding)
    this.wordsAt = padding
    this.words = new Int32Array(
      bytes < 4 ? EMPTY : text.buffer,
      bytes < 4 ? 0 : text.byteOffset + padding,
      bytes >> 2,
    )
  }

  /** True at the end. Throws ProtocolError `invalid_json` or `too_large`, and must not be called again then. */
  step(bytes: number): boolean {
    const { text, isObject } = this
    const { length } = text
    this.until = Math.min(length, this.at + bytes)
    this.stringBytesLeft = STRING_BYTES_PER_STEP
    while (this.at < this.until) {
      if (this.expected === STRING_REST) {
        this.stringRest()
        continue
      }
      const byte = text[this.at] as number
      if (isWhiteSpace(byte)) {
        this.whiteSpace()
        continue
      }
      switch (this.expected) {
        case VALUE_OR_CLOSE:
          if (byte === CLOSE_BRACKET) {
            this.close()
            break
          }
          this.value(byte)
          break
        case VALUE:
          this.value(byte)
          break
        case AFTER_VALUE: {
          const { depth } = this
          if (depth === 0) throw this.unexpected('json.after_end')
          const inObject = isObject[depth] === 1
          if (byte === COMMA) {
            this.endItem()
            this.at++
            this.expected = inObject ? KEY : VALUE
          } else if (byte === (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
            this.endItem()
            this.close()
          } else throw this.unexpected()
          break
        }
        case KEY_OR_CLOSE:
          if (byte === CLOSE_BRACE) {
            this.close()
            break
          }
          this.key(byte)
          break
        case KEY:
          this.key(byte)
          break
        case AFTER_KEY:
          if (byte !== COLON) throw this.unexpected('json.for_colon')
          this.at++
          this.expected = VALUE
          break
        default:
          this.expected satisfies never
      }
    }
    if (this.at < length) return false
    if (this.expected !== AFTER_VALUE || this.depth > 0) throw syntax(message('json.ends_early'))
    this.endItem()
    return true
  }

  private whiteSpace(): void {
    const { text } = this
    if (this.at !== this.blanksEnd) this.blanksStart = this.at
    let at = this.at + 1
    while (at < this.until && isWhiteSpace(text[at] as number)) at++
    this.at = at
    this.blanksEnd = at
    if (at - this.blanksStart > JSON_BLANKS_MAX) throw tooMany(JSON_BLANKS_MAX, 'json.blanks')
  }

  private endItem(): void {
    const { depth } = this
    this.visitor.item(
      depth,
      this.valueStart[depth] as number,
      this.valueEnd,
      this.keyStart[depth] as number,
      this.keyEnd[depth] as number,
    )
  }

  private value(byte: number): void {
    this.valueStart[this.depth] = this.at
    if (byte === QUOTE) {
      if (++this.strings > JSON_STRINGS_MAX) throw tooMany(JSON_STRINGS_MAX, 'json.strings')
      this.startString(false)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.open(byte === OPEN_BRACE)
    } else {
      if (++this.numbers > JSON_NUMBERS_MAX) throw tooMany(JSON_NUMBERS_MAX, 'json.numbers')
      if (byte === 0x74) this.literal('true')
      else if (byte === 0x66) this.literal('false')
      else if (byte === 0x6e) this.literal('null')
      else this.number()
      this.valueEnd = this.at
      this.expected = AFTER_VALUE
    }
  }

  private key(byte: number): void {
    if (byte !== QUOTE) throw this.unexpected('json.for_key')
    if (++this.members > JSON_MEMBERS_MAX) throw tooMany(JSON_MEMBERS_MAX, 'json.keys')
    this.keyStart[this.depth] = this.at + 1
    this.startString(true)
  }

  private open(isObject: boolean): void {
    const { depth } = this
    if (depth === JSON_DEPTH_MAX) {
      throw new ProtocolError('too_large', message('json.deep', { max: JSON_DEPTH_MAX }))
    }
    if (++this.containers > JSON_CONTAINERS_MAX) {
      throw tooMany(JSON_CONTAINERS_MAX, 'json.containers')
    }
    const inner = depth + 1
    this.depth = inner
    this.isObject[inner] = isObject ? 1 : 0
    this.containerStart[inner] = this.at
    this.keyStart[inner] = -1
    this.keyEnd[inner] = -1
    this.visitor.opened(
      inner,
      this.at,
      this.keyStart[depth] as number,
      this.keyEnd[depth] as number,
    )
    this.at++
    this.expected = isObject ? KEY_OR_CLOSE : VALUE_OR_CLOSE
  }

  private close(): void {
    const { depth } = this
    this.at++
    this.visitor.closed(depth, this.containerStart[depth] as number, this.at)
    this.depth = depth - 1
    this.valueEnd = this.at
    this.expected = AFTER_VALUE
  }

  private startString(isKey: boolean): void {
    const { text } = this
    this.isKey = isKey
    // Most strings are keys and short words.
    const near = Math.min(text.length, this.at + SHORT_STRING_BYTES)
    let at = this.at + 1
    while (at < near) {
      const byte = text[at] as number
      if (byte === QUOTE) {
        this.endString(at)
        return
      }
      if (byte < 0x20 || byte === BACKSLASH) break
      at++
    }
    if (!isKey && this.visitor.isPlain !== undefined) {
      const quote = text.indexOf(QUOTE, at)
      if (quote !== -1 && this.visitor.isPlain(this.depth, this.at + 1, quote)) {
        this.endString(quote)
        return
      }
    }
    this.at = at
    this.nextQuote = -1
    this.nextBackslash = -1
    this.expected = STRING_REST
    this.stringRest()
  }

  private stringRest(): void {
    const { text } = this
    const from = this.at
    const stop = Math.max(this.until, from + this.stringBytesLeft)
    while (this.at < stop) {
      if (this.nextQuote < this.at) {
        this.nextQuote = text.indexOf(QUOTE, this.at)
        if (this.nextQuote === -1) throw syntax(message('json.string_end'))
      }
      const plainStop = Math.min(this.nextQuote, stop)
      this.at = this.plainEnd(this.at, plainStop)
      if (this.at === this.nextQuote) {
        this.endString(this.at)
        break
      }
      if (this.at < plainStop) this.escape()
    }
    const free = Math.min(this.at - from, this.stringBytesLeft)
    this.stringBytesLeft -= free
    this.until = Math.min(text.length, this.until + free)
  }

  /** The first backslash or `stop` from `at` on. Throws for a control character. */
  private plainEnd(from: number, stop: number): number {
    const { text } = this
    if (this.nextBackslash < from) {
      const found = text.indexOf(BACKSLASH, from)
      this.nextBackslash = found === -1 ? Infinity : found
    }
    const end = Math.min(stop, this.nextBackslash)
    const control = this.controlCharacter(from, end)
    if (control === end) return end
    this.at = control
    throw this.unexpected('json.in_string')
  }

  /** The first byte below 0x20, or `end`. */
  private controlCharacter(from: number, end: number): number {
    const { text, words, wordsAt } = this
    let at = from
    while (at < end && ((at - wordsAt) & 3) !== 0) {
      if ((text[at] as number) < 0x20) return at
      at++
    }
    // Sixteen bytes at a time: https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
    let word = (at - wordsAt) >> 2
    const wordStop = ((end - wordsAt) >> 2) - 3
    while (word < wordStop) {
      const a = words[word] as number
      const b = words[word + 1] as number
      const c = words[word + 2] as number
      const d = words[word + 3] as number
      const isBelow =
        ((a - 0x20202020) & ~a) |
        ((b - 0x20202020) & ~b) |
        ((c - 0x20202020) & ~c) |
        ((d - 0x20202020) & ~d)
      if ((isBelow & 0x80808080) !== 0) break
      word += 4
    }
    if (word < wordStop || at < end) at = Math.max(at, (word << 2) + wordsAt)
    while (at < end && (text[at] as number) >= 0x20) at++
    return at
  }

  private escape(): void {
    const { text, at } = this
    const letter = text[at + 1] ?? 0
    if (letter === LETTER_U) {
      for (let index = at + 2; index < at + 6; index++) {
        if (!isHexDigit(text[index] ?? 0)) throw syntax(message('json.escape', { at }))
      }
      this.at = at + 6
      return
    }
    if (!ESCAPES.includes(letter)) throw syntax(message('json.escape', { at }))
    this.at = at + 2
  }

  private endString(quote: number): void {
    this.at = quote + 1
    if (this.isKey) {
      if (quote - (this.keyStart[this.depth] as number) > JSON_KEY_BYTES_MAX) {
        throw new ProtocolError('too_large', message('json.long_key', { max: JSON_KEY_BYTES_MAX }))
      }
      this.keyEnd[this.depth] = quote
      this.expected = AFTER_KEY
    } else {
      this.valueEnd = this.at
      this.expected = AFTER_VALUE
    }
  }

  private literal(word: string): void {
    const { text, at } = this
    for (let index = 1; index < word.length; index++) {
      if (text[at + index] !== word.charCodeAt(index)) throw this.unexpected()
    }
    this.at = at + word.length
  }

  private number(): void {
    const { text } = this
    const start = this.at
    let at = start
    if (text[at] === 0x2d) at++
    if (text[at] === 0x30) at++
    else {
      if (!isDigit(text[at] ?? 0)) throw this.unexpected()
      at = this.digitsEnd(at, start)
    }
    if (text[at] === 0x2e) {
      at++
      if (!isDigit(text[at] ?? 0)) {
        throw syntax(message('json.point', { at: start }))
      }
      at = this.digitsEnd(at, start)
    }
    if (text[at] === 0x65 || text[at] === 0x45) {
      at++
      if (text[at] === 0x2b || text[at] === 0x2d) at++
      if (!isDigit(text[at] ?? 0)) {
        throw syntax(message('json.exponent', { at: start }))
      }
      at = this.digitsEnd(at, start)
    }
    this.at = at
  }

  private digitsEnd(from: number, start: number): number {
    const { text } = this
    let at = from + 1
    while (isDigit(text[at] ?? 0)) {
      if (++at - start > JSON_NUMBER_LENGTH_MAX) {
        throw new ProtocolError(
          'too_large',
          message('json.long_number', { max: JSON_NUMBER_LENGTH_MAX }),
        )
      }
    }
    return at
  }

  private unexpected(where: PlainCode = 'json.here'): ProtocolError {
    const word = NON_FINITE.exec(this.near())?.[0]
    if (word !== undefined) {
      return syntax(message('json.non_finite', { word, at: this.charactersBefore() }))
    }
    const byte = this.text[this.at] ?? 0
    const name =
      byte > 0x20 && byte < 0x7f
        ? `"${String.fromCharCode(byte)}"`
        : message('json.byte', { byte: byte.toString(16).padStart(2, '0') })
    return syntax(message('json.unexpected', { name, at: this.at, where: message(where) }))
  }

  private near(): string {
    return String.fromCharCode(...this.text.subarray(this.at, this.at + 9))
  }

  /** Counts like editors and json.loads; bytes in a text too long for an editor. */
  private charactersBefore(): number {
    if (this.at > COUNTED_BYTES_MAX) return this.at
    return new TextDecoder().decode(this.text.subarray(0, this.at)).length
  }
}

const EMPTY = new ArrayBuffer(0)
const ESCAPES = [QUOTE, BACKSLASH, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]
const NON_FINITE = /^(NaN|-?Infinity)/
const COUNTED_BYTES_MAX = 1024 * 1024

const isWhiteSpace = (byte: number) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isHexDigit = (byte: number) =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)

const syntax = (fault: Message) =>
  new ProtocolError('invalid_json', message('json.not_json', { fault }))
export const tooMany = (max: number, what: PlainCode) =>
  new ProtocolError('too_large', message('json.too_many', { max, what: message(what) }))
