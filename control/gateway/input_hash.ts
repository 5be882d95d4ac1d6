/**
 * The hash by which the quarantine knows an input: SHA-256 over the request's `data` without its `timestamp`, and over the
 * attachments. The order of keys does not matter. The same image is another input as base64 than as an attachment.
 */
import { createHash, type Hash } from 'node:crypto'

/** Hex digits that people are shown. */
export const HASH_SHOWN_LENGTH = 12

/** An input that is hashed at most once, when that is first asked for; its bytes are let go then. */
export class InputHash {
  private input: { data: object; attachments: readonly Uint8Array[] } | null
  private hex: string | null = null

  constructor(data: object, attachments: readonly Uint8Array[]) {
    this.input = { data, attachments }
  }

  /** 64 hex digits. */
  get(): string {
    if (this.input !== null) {
      this.hex = hashInput(this.input.data, this.input.attachments)
      this.input = null
    }
    return this.hex as string
  }
}

/** 64 hex digits. `data` is parsed JSON, whose nesting was bounded before it was parsed. */
export function hashInput(data: object, attachments: readonly Uint8Array[]): string {
  const writer = new HashWriter()
  const entries = Object.entries(data).filter(([key]) => key !== 'timestamp')
  writer.value(Object.fromEntries(entries))
  for (const attachment of attachments) writer.bytes(attachment)
  return writer.end()
}

/** Small values gather here before they are hashed together; one call for each number of an EEG would cost seconds. */
const SCRATCH_BYTES = 65_536
/** One for all: an input is hashed without a pause. */
const SCRATCH = Buffer.allocUnsafe(SCRATCH_BYTES)
/** A value that is not a long string takes at most this much: a tag and a length, or a double. */
const ENTRY_BYTES_MAX = 9
/** A longer string is handed to the hash as it is. Shorter ones take up to three bytes a UTF-16 unit in the scratch. */
const SHORT_STRING_LENGTH_MAX = 256
const SHORT_STRING_BYTES_MAX = SHORT_STRING_LENGTH_MAX * 3

/** Tag and length before each value keep different values apart: `["ab"]` and `["a","b"]`. */
const TAG = { null: 0, false: 1, true: 2, number: 3, string: 4, array: 5, object: 6, bytes: 7 }

class HashWriter {
  private readonly hash: Hash = createHash('sha256')
  private used = 0

  value(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else if (value === null || value === undefined) this.tag(TAG.null)
    else if (typeof value === 'boolean') this.tag(value ? TAG.true : TAG.false)
    else if (Array.isArray(value)) {
      this.tagged(TAG.array, value.length)
      for (const one of value) this.value(one)
    } else {
      const object = value as Record<string, unknown>
      const keys = Object.keys(object).sort()
      this.tagged(TAG.object, keys.length)
      for (const key of keys) {
        this.text(key)
        this.value(object[key])
      }
    }
  }

  bytes(bytes: Uint8Array): void {
    this.tagged(TAG.bytes, bytes.length)
    this.flush()
    this.hash.update(bytes)
  }

  end(): string {
    this.flush()
    return this.hash.digest('hex')
  }

  private text(text: string): void {
    this.tagged(TAG.string, text.length)
    if (text.length > SHORT_STRING_LENGTH_MAX) {
      this.flush()
      this.hash.update(text, 'utf8')
      return
    }
    this.reserve(SHORT_STRING_BYTES_MAX)
    this.used += SCRATCH.write(text, this.used, 'utf8')
  }

  private number(number: number): void {
    this.tag(TAG.number)
    this.used = SCRATCH.writeDoubleLE(number, this.used)
  }

  private tagged(tag: number, length: number): void {
    this.tag(tag)
    this.used = SCRATCH.writeUInt32LE(length, this.used)
  }

  private tag(tag: number): void {
    this.reserve(ENTRY_BYTES_MAX)
    SCRATCH[this.used++] = tag
  }

  private reserve(bytes: number): void {
    if (this.used + bytes > SCRATCH_BYTES) this.flush()
  }

  private flush(): void {
    if (this.used > 0) this.hash.update(SCRATCH.subarray(0, this.used))
    this.used = 0
  }
}
