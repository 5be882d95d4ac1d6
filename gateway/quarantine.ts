/** Inputs that were in flight when a backend crashed. After two crashes an input is rejected until it is cleared. */
import { LRUCache } from 'lru-cache'
import { ProtocolError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import type { InFlight } from './in_flight.ts'
import type { InFlightRequest } from './observed.ts'
import { HASH_SHOWN_LENGTH } from './input_hash.ts'
import { QuarantineFile, type QuarantineRecord } from './quarantine_file.ts'

/** One crash makes everything in flight a suspect; an innocent input is unlikely to be in flight at two. */
export const CRASHES_TO_REFUSE = 2
/** Per suspects and per rejected inputs; the least recently seen is dropped first. */
const HASHES_MAX = 1000
const CRASH_TIMES_MAX = 8

export interface QuarantineOptions {
  inFlight: InFlight
  /** JSON file that survives restarts; null = in memory only. */
  file: string | null
  now(): number
  warn(message: string): void
  hashesMax?: number
}

export interface QuarantineEntry extends QuarantineRecord {
  /** false: a suspect, rejected after one more crash. */
  isRefused: boolean
}

export class Quarantine {
  private readonly options: QuarantineOptions
  private readonly file: QuarantineFile | null
  /** Separate, so that the many suspects of one crash do not push out confirmed inputs. */
  private readonly suspects: LRUCache<string, QuarantineRecord>
  private readonly refused: LRUCache<string, QuarantineRecord>

  constructor(options: QuarantineOptions) {
    this.options = options
    const max = options.hashesMax ?? HASHES_MAX
    this.suspects = new LRUCache({ max })
    this.refused = new LRUCache({ max })
    this.file = options.file === null ? null : new QuarantineFile(options.file, options.warn)
    for (const record of this.file?.read() ?? []) this.keep(record)
  }

  /** Counts one crash for each input in flight and returns their requests; call `inFlightOf` before. */
  noteCrash(backend: string, targetId: string): InFlightRequest[] {
    const requests = this.options.inFlight.takeOf(targetId)
    const hashes = new Set(requests.map(({ hash }) => hash))
    const time = this.options.now()
    for (const hash of hashes) {
      const key = keyOf(backend, hash)
      const before = this.refused.get(key) ?? this.suspects.get(key)
      const crashes = [...(before?.crashes ?? []), time].slice(-CRASH_TIMES_MAX)
      this.keep({ backend, hash, crashes })
    }
    if (hashes.size > 0) this.save()
    return requests
  }

  /** If not, no input needs to be hashed before it is sent. */
  refusesAny(backend: string): boolean {
    if (this.refused.size === 0) return false
    return [...this.refused.values()].some((record) => record.backend === backend)
  }

  /** null unless the input is rejected. */
  refusalOf(backend: string, hash: string): ProtocolError | null {
    const record = this.refused.get(keyOf(backend, hash))
    if (record === undefined) return null
    const times = record.crashes.map((time) => new Date(time).toISOString()).join(', ')
    return new ProtocolError(
      'quarantined',
      message('request.quarantined', { backend, hash: hash.slice(0, HASH_SHOWN_LENGTH), times }),
    )
  }

  /** Rejected inputs first, each group newest first. */
  list(): QuarantineEntry[] {
    return [
      ...[...this.refused.values()].map((record) => ({ ...record, isRefused: true })),
      ...[...this.suspects.values()].map((record) => ({ ...record, isRefused: false })),
    ]
  }

  /** Clears one input, by its hash or at least its first 12 digits, or all. Returns how many. */
  clear(backend: string, hash?: string): number {
    if (hash !== undefined && hash.length < HASH_SHOWN_LENGTH) return 0
    const meant = this.list().filter(
      (entry) => entry.backend === backend && (hash === undefined || entry.hash.startsWith(hash)),
    )
    for (const entry of meant) {
      this.refused.delete(keyOf(backend, entry.hash))
      this.suspects.delete(keyOf(backend, entry.hash))
    }
    if (meant.length > 0) this.save()
    return meant.length
  }

  async flush(): Promise<void> {
    await this.file?.flush()
  }

  private keep(record: QuarantineRecord): void {
    const key = keyOf(record.backend, record.hash)
    const isRefused = record.crashes.length >= CRASHES_TO_REFUSE
    if (isRefused) this.suspects.delete(key)
    const home = isRefused ? this.refused : this.suspects
    home.set(key, record)
  }

  private save(): void {
    // Oldest first, so that reading them in order makes the newest the last to be dropped.
    const records = [...this.suspects.values(), ...this.refused.values()].reverse()
    this.file?.write(records)
  }
}

/** Backend names contain no spaces. */
const keyOf = (backend: string, hash: string) => `${backend} ${hash}`
