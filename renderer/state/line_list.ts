/**
 * Up to 100,000 lines, growing by 1,000 ten times a second. Chunked, so that an append copies only the list of
 * chunks.
 */
import type { LogLine } from '../../protocol/control.ts'

/** Upper bound of lines copied per append or cut. */
const CHUNK_LINES = 1000

export class LineList {
  static readonly empty = new LineList([], 0)

  private readonly chunks: readonly (readonly LogLine[])[]
  /** Index of the first line of each chunk. */
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

  /** `lines` must be newer. */
  with(lines: readonly LogLine[]): LineList {
    if (lines.length === 0) return this
    const last = this.chunks.at(-1)
    const isJoined = last !== undefined && last.length + lines.length <= CHUNK_LINES
    const chunks = isJoined
      ? [...this.chunks.slice(0, -1), [...last, ...lines]]
      : [...this.chunks, ...chunked(lines)]
    return new LineList(chunks, this.length + lines.length)
  }

  /** `lines` must be older. */
  withOlder(lines: readonly LogLine[]): LineList {
    return lines.length === 0
      ? this
      : new LineList([...chunked(lines), ...this.chunks], this.length + lines.length)
  }

  joined(newer: LineList): LineList {
    return new LineList([...this.chunks, ...newer.chunks], this.length + newer.length)
  }

  newest(max: number): LineList {
    const excess = this.length - max
    if (excess <= 0) return this
    const first = lastWhere(this.starts, (start) => start <= excess)
    const [cut = [], ...rest] = this.chunks.slice(first)
    const kept = cut.slice(excess - (this.starts[first] ?? 0))
    return new LineList(kept.length === 0 ? rest : [kept, ...rest], max)
  }

  /** Index of the line with this number; -1 if absent. */
  indexOfSeq(seq: number): number {
    const index = this.indexFrom((line) => line.seq >= seq)
    return this.at(index)?.seq === seq ? index : -1
  }

  /** Binary search: `isFrom` must hold for all lines after the first match. Returns the length if none matches. */
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

/** Binary search: `holds` must hold for all entries before the last match. Returns -1 for none. */
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
