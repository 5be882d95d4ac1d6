/**
 * An array of numbers, or of such arrays, that a JsonTree left as text. Built on the thread that serves the sockets it would hold
 * up all of them: V8 copies an array of 16 million items for 180 ms whenever it outgrows its memory, and to send a million rows to
 * another thread takes a second. `true`, `false` and `null` count as numbers here.
 */

/** Bytes that are copied in one step: a millisecond's worth. */
const COPY_BYTES = 1024 ** 2

export class LongNumbers {
  /** JSON in UTF-8. Complete, and in a separate, transferable buffer, once `step` has returned true. */
  readonly text: Uint8Array
  private readonly source: Uint8Array
  private copied = 0

  constructor(source: Uint8Array) {
    this.source = source
    this.text = new Uint8Array(source.length)
  }

  /** Copies on; true at the end. */
  step(): boolean {
    const { text, source } = this
    const end = Math.min(source.length, this.copied + COPY_BYTES)
    text.set(source.subarray(this.copied, end), this.copied)
    this.copied = end
    return end === source.length
  }

  value(): this {
    return this
  }
}

/** The arrays of a text of LongNumbers. Call it where it may take seconds. */
export const numbersOf = (text: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(text))
