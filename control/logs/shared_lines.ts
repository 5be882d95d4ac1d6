/** The lines of the ring as JSON in shared memory, for the search thread: it reads them where they lie, nothing is sent. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { lineToJson } from './line_text.ts'
import type { LogStore } from './log_store.ts'

/** A piece of shared memory full of lines, each ended by a line feed. */
export interface SharedSegment {
  buffer: SharedArrayBuffer
  /** How much of it is written; what lies beyond may be written at any moment. */
  bytes: number
  firstSeq: number
  lastSeq: number
}

const SEGMENT_BYTES = 1024 * 1024
/** Encoded in one go, about 2 ms: between two goes the event loop answers others. */
const SLICE_CHARACTERS = 256 * 1024

/**
 * Nothing is encoded until somebody searches, and then only what has come since the last search. A segment is let go when the ring
 * holds none of its lines any more, so that the bound of the ring is the bound here.
 */
export class SharedLines {
  private readonly store: LogStore
  private segments: SharedSegment[] = []
  private nextSeq = 0

  constructor(store: LogStore) {
    this.store = store
  }

  /** All lines that the ring holds, none of them cut, up to the moment of the call. One call at a time. */
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

  /** Gives the memory back; the next call encodes anew. */
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
