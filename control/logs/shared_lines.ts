/** The lines of the ring as JSON in shared memory, so that nothing is copied to the search thread. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { lineToJson } from './line_text.ts'
import type { LogStore } from './log_store.ts'

export interface SharedSegment {
  buffer: SharedArrayBuffer
  /** Bytes written; the rest may change at any time. */
  bytes: number
  firstSeq: number
  lastSeq: number
}

const SEGMENT_BYTES = 1024 * 1024
/** Encoded per turn of the event loop: about 2 ms. */
const SLICE_CHARACTERS = 256 * 1024

/** Encodes lazily. A segment is released when the ring holds none of its lines, so the ring's limit applies. */
export class SharedLines {
  private readonly store: LogStore
  private segments: SharedSegment[] = []
  private nextSeq = 0

  constructor(store: LogStore) {
    this.store = store
  }

  /** All lines of the ring, without truncation, at the time of the call. Call it sequentially. */
  async catchUp(): Promise<SharedSegment[]> {
    const end = this.store.total
    let characters = 0
    while (this.nextSeq < end) {
      this.nextSeq = Math.max(this.nextSeq, this.store.dropped)
      const line = this.store.whole(this.nextSeq)
      if (line === undefined) break
      const text = `${lineToJson(line)}\n`
      this.write(text, this.nextSeq)
      this.nextSeq++
      characters += text.length
      if (characters < SLICE_CHARACTERS) continue
      characters = 0
      this.trim()
      await nextTurn()
    }
    this.trim()
    // Copies: the originals grow with the next call.
    return this.segments.map((segment) => ({ ...segment }))
  }

  release(): void {
    this.segments = []
    this.nextSeq = 0
  }

  private write(text: string, seq: number): void {
    const bytes = Buffer.byteLength(text)
    let segment = this.segments.at(-1)
    if (segment === undefined || segment.bytes + bytes > segment.buffer.byteLength) {
      const buffer = new SharedArrayBuffer(Math.max(SEGMENT_BYTES, bytes))
      segment = { buffer, bytes: 0, firstSeq: seq, lastSeq: seq }
      this.segments.push(segment)
    }
    Buffer.from(segment.buffer).write(text, segment.bytes)
    segment.bytes += bytes
    segment.lastSeq = seq
  }

  private trim(): void {
    const kept = this.segments.findIndex(({ lastSeq }) => lastSeq >= this.store.dropped)
    this.segments.splice(0, kept === -1 ? this.segments.length : kept)
  }
}
