/**
 * The hash by which the quarantine knows an input: SHA-256 over the bytes of the request's `data` as they were sent, without the
 * value of its `timestamp`, and over the attachments. The same input in another notation is another one.
 */
import { createHash } from 'node:crypto'
import type { OutlinedMessage } from '../protocol/parse_message.ts'
import { inTurns } from '../server/turns.ts'

/** Hex digits that people are shown. */
export const HASH_SHOWN_LENGTH = 12

/** Bytes that are hashed in one go: a millisecond's worth. */
const STEP_BYTES = 1024 ** 2

/** An input that is hashed at most once, when that is first asked for; its bytes are let go then. */
export class InputHash {
  /** What is left to hash. */
  private parts: Uint8Array[]
  private readonly hash = createHash('sha256')
  private hex: string | null = null

  constructor(parts: Uint8Array[]) {
    // The lengths keep apart what was cut in different places.
    this.hash.update(new Float64Array(parts.map(({ length }) => length)))
    this.parts = [...parts]
  }

  /** 64 hex digits. */
  get(): string {
    while (this.hex === null) this.step()
    return this.hex
  }

  /** Hashes in turns with other work, unless `get` comes first. */
  getInTurns(): void {
    if (!this.step()) inTurns(() => this.step())
  }

  /** Lets the bytes go unread: nobody will ask. */
  forget(): void {
    this.parts = []
  }

  private step(): boolean {
    if (this.hex !== null) return true
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
