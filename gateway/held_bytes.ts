/** Bytes of requests that the gateway holds for all its clients. */
import { ProtocolError } from '../protocol/errors.ts'
import { MIB } from '../protocol/bytes.ts'

/** Above it a further request is answered `queue_full`. */
export const HELD_BYTES_MAX = 512 * MIB
/** Above it a client with more than `CLIENT_BYTES_MIN` is not read. */
const CROWDED_BYTES = 256 * MIB
const CLIENT_BYTES_MAX = 64 * MIB
const CLIENT_BYTES_MIN = 8 * MIB

/** Requests that a backend has are kept up to here, in case it crashes; others are hashed when they are sent. */
const KEPT_BYTES_MAX = 16 * MIB

export class HeldBytes {
  /** Being read, or not yet written to a backend. */
  private bytes = 0
  /** Written, and kept for their hash. */
  private keptBytes = 0

  get total(): number {
    return this.bytes
  }

  /** A client that has more held is not read. */
  get clientMax(): number {
    return this.bytes > CROWDED_BYTES ? CLIENT_BYTES_MIN : CLIENT_BYTES_MAX
  }

  add(bytes: number): void {
    this.bytes += bytes
  }

  remove(bytes: number): void {
    this.bytes -= bytes
  }

  /** Whether there was room to keep so much; `letGo` gives it back. */
  keep(bytes: number): boolean {
    if (this.keptBytes + bytes > KEPT_BYTES_MAX) return false
    this.keptBytes += bytes
    return true
  }

  letGo(bytes: number): void {
    this.keptBytes -= bytes
  }

  /** Throws `queue_full` when what is held already, this request included, is too much. */
  requireRoom(): void {
    if (this.bytes <= HELD_BYTES_MAX) return
    throw new ProtocolError(
      'queue_full',
      `the gateway holds ${Math.round(this.bytes / MIB)} MiB of requests that no backend has taken; send it again later`,
    )
  }
}
