/**
 * The hash by which the quarantine knows an input: SHA-256 over the bytes of the request's `data` as they were sent, without the
 * value of its `timestamp`, and over the attachments. The same input in another notation is another one.
 */
import { createHash } from 'node:crypto'
import type { OutlinedMessage } from '../../protocol/parse_message.ts'

/** Hex digits that people are shown. */
export const HASH_SHOWN_LENGTH = 12

/** An input that is hashed at most once, when that is first asked for; its bytes are let go then. */
export class InputHash {
  private parts: Uint8Array[] | null
  private hex = ''

  constructor(parts: Uint8Array[]) {
    this.parts = parts
  }

  /** 64 hex digits. */
  get(): string {
    if (this.parts !== null) this.hex = hashParts(this.parts)
    this.parts = null
    return this.hex
  }

  /** Lets the bytes go without reading them: nobody will ask. */
  forget(): void {
    this.parts = null
  }
}

/** The parts of a message that its hash covers, as views into it. */
export function inputOf({
  text,
  ranges,
  attachments,
}: Pick<OutlinedMessage, 'text' | 'ranges' | 'attachments'>): Uint8Array[] {
  const data = ranges.get('data')
  if (data === undefined) return [...attachments]
  const timestamp = ranges.get('data.timestamp')
  // That of an earlier `data`, which a later one replaced.
  const isInside = timestamp !== undefined && timestamp.start > data.start
  const parts = isInside
    ? [text.subarray(data.start, timestamp.start), text.subarray(timestamp.end, data.end)]
    : [text.subarray(data.start, data.end)]
  return [...parts, ...attachments]
}

/** 64 hex digits; the lengths keep apart what was cut in different places. */
function hashParts(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  const lengths = new Float64Array(parts.map(({ length }) => length))
  hash.update(lengths)
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
