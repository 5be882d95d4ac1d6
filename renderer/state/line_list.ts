/**
 * The lines of the log view, oldest first: up to a hundred thousand, with a thousand more ten times a second. Kept in chunks, so that
 * an append copies a list of chunks and not of lines. Immutable.
 */
import type { LogLine } from '../../protocol/control.ts'

/** The most that one append or cut copies, beside the list of chunks. */
const CHUNK_LINES = 1000

export class LineList {
  static readonly empty = new LineList([], 0)

  /** None of them is empty. */
  private readonly chunks: readonly (readonly LogLine[])[]
  /** Place in the list of the first line of each chunk. */
  private readonly starts: readonly number[]
  readonly length: number

  private constructor(chunks: readonly (readonly LogLine[])[], length: number) {
    this.chunks = chunks
    this.length = length
    let start = 0
    this.starts = chunks.map((chunk) => {
      const own = start
      start += chunk.length
      return own
    })
  }

  static of(lines: readonly LogLine[]): LineList {
    return LineList.empty.with(lines)
  }

  get first(): LogLine | undefined {
    return this.chunks[0]?.[0]
  }

  get last(): LogLine | undefined {
    return this.chunks.at(-1)?.at(-1)
  }

  at(index: number): LogLine | undefined {
    if (index < 0 || index >= this.length) return undefined
    const chunk = lastWhere(this.starts, (start) => start <= index)
    return this.chunks[chunk]?.[index - (this.starts[chunk] ?? 0)]
  }

  slice(start: number, end: number): LogLine[] {
    const lines = []
    for (let index = Math.max(0, start); index < Math.min(end, this.length); index++) {
      const line = this.at(index)
      if (line !== undefined) lines.push(line)
    }
    return lines
  }

  /** `lines` are newer than all that are here. */
  with(lines: readonly LogLine[]): LineList {
    if (lines.length === 0) return this
    const last = this.chunks.at(-1)
    // A trickle fills up the last chunk instead of making many small ones.
    const isJoined = last !== undefined && last.length + lines.length <= CHUNK_LINES
    const chunks = isJoined
      ? [...this.chunks.slice(0, -1), [...last, ...lines]]
      : [...this.chunks, ...chunked(lines)]
    return new LineList(chunks, this.length + lines.length)
  }

  /** `lines` are older than all that are here. */
  withOlder(lines: readonly LogLine[]): LineList {
    return lines.length === 0
      ? this
      : new LineList([...chunked(lines), ...this.chunks], this.length + lines.length)
  }

  joined(newer: LineList): LineList {
    return new LineList([...this.chunks, ...newer.chunks], this.length + newer.length)
  }

  /** The newest `max` lines. */
  newest(max: number): LineList {
    const excess = this.length - max
    if (excess <= 0) return this
    const first = lastWhere(this.starts, (start) => start <= excess)
    const [cut = [], ...rest] = this.chunks.slice(first)
    const kept = cut.slice(excess - (this.starts[first] ?? 0))
    return new LineList(kept.length === 0 ? rest : [kept, ...rest], max)
  }

  /** Place of the line with this number, which must be one of those here; -1 otherwise. */
  indexOfSeq(seq: number): number {
    const index = this.indexFrom((line) => line.seq >= seq)
    return this.at(index)?.seq === seq ? index : -1
  }

  /** The first line for which `isFrom` holds, where it holds for all that follow as well; the length when there is none. */
  indexFrom(isFrom: (line: LogLine) => boolean): number {
    const before = lastWhere(this.chunks, ([first]) => first !== undefined && !isFrom(first))
    const chunk = this.chunks[before]
    if (chunk === undefined) return 0
    return (this.starts[before] ?? 0) + lastWhere(chunk, (line) => !isFrom(line)) + 1
  }
}

function chunked(lines: readonly LogLine[]): LogLine[][] {
  const chunks = []
  for (let from = 0; from < lines.length; from += CHUNK_LINES) {
    chunks.push(lines.slice(from, from + CHUNK_LINES))
  }
  return chunks
}

/** Index of the last entry for which `holds` holds, where it holds for all before it; -1 for none. */
function lastWhere<T>(entries: readonly T[], holds: (entry: T) => boolean): number {
  let low = -1
  let high = entries.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (holds(entries[middle] as T)) low = middle
    else high = middle
  }
  return low
}
