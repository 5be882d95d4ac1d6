import { ProtocolError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { MIB } from '../protocol/bytes.ts'

/** Above it further requests fail with `queue_full`. */
export const HELD_BYTES_MAX = 512 * MIB
/** Above it a client with more than `CLIENT_BYTES_MIN` is not read. */
const CROWDED_BYTES = 256 * MIB
const CLIENT_BYTES_MAX = 64 * MIB
const CLIENT_BYTES_MIN = 8 * MIB

/** Requests in flight are kept up to this total, in case the backend crashes; others are hashed when they are sent. */
const KEPT_BYTES_MAX = 16 * MIB

export class HeldBytes {
  private bytes = 0
  private keptBytes = 0

  get total(): number {
    return this.bytes
  }

  get clientMax(): number {
    return this.bytes > CROWDED_BYTES ? CLIENT_BYTES_MIN : CLIENT_BYTES_MAX
  }

  add(bytes: number): void {
    this.bytes += bytes
  }

  remove(bytes: number): void {
    this.bytes -= bytes
  }

  keep(bytes: number): boolean {
    if (this.keptBytes + bytes > KEPT_BYTES_MAX) return false
    this.keptBytes += bytes
    return true
  }

  letGo(bytes: number): void {
    this.keptBytes -= bytes
  }

  /** Throws `queue_full` when the held bytes, including this request, exceed the limit. */
  requireRoom(): void {
    if (this.bytes <= HELD_BYTES_MAX) return
    throw new ProtocolError(
      'queue_full',
      message('request.held', { mebibytes: Math.round(this.bytes / MIB) }),
    )
  }
}
