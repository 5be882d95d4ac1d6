/**
 * The hash that identifies an input in the quarantine: SHA-256 over the bytes of the request's `data` as sent, without the
 * value of its `timestamp`, and over the attachments. The same input in another notation has another hash.
 */
import { createHash, type Hash } from 'node:crypto'
import type { OutlinedMessage } from '../protocol/parse_message.ts'
import { inTurns } from '../server/turns.ts'

export const HASH_SHOWN_LENGTH = 12

/** Bytes hashed in one step: about a millisecond. */
const STEP_BYTES = 1024 ** 2

/** Hashes lazily and at most once; the bytes are released then. */
export class InputHash {
  private parts: Uint8Array[]
  private readonly lengths: Float64Array
  private hash: Hash | null = null
  private hex: string | null = null

  constructor(parts: Uint8Array[]) {
    // The lengths distinguish inputs that are split in different places.
    this.lengths = new Float64Array(parts.map(({ length }) => length))
    this.parts = [...parts]
  }

  get(): string {
    while (this.hex === null) this.step()
    return this.hex
  }

  getInTurns(): void {
    if (!this.step()) inTurns(() => this.step())
  }

  forget(): void {
    this.parts = []
  }

  private step(): boolean {
    if (this.hex !== null) return true
    this.hash ??= createHash('sha256').update(this.lengths)
    const [part] = this.parts
    if (part === undefined) {
      this.hex = this.hash.digest('hex')
      return true
    }
    this.hash.update(part.subarray(0, STEP_BYTES))
    if (part.length > STEP_BYTES) this.parts[0] = part.subarray(STEP_BYTES)
    else this.parts.shift()
    return this.parts.length === 0 && this.step()
  }
}

export function inputOf({
  text,
  ranges,
  attachments,
}: Pick<OutlinedMessage, 'text' | 'ranges' | 'attachments'>): Uint8Array[] {
  const data = ranges.get('data')
  if (data === undefined) return [...attachments]
  const timestamp = ranges.get('data.timestamp')
  // Of an earlier `data` key, which a later one replaced.
  const isInside = timestamp !== undefined && timestamp.start > data.start
  const parts = isInside
    ? [text.subarray(data.start, timestamp.start), text.subarray(timestamp.end, data.end)]
    : [text.subarray(data.start, data.end)]
  return [...parts, ...attachments]
}
