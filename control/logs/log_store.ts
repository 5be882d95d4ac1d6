/** Ring of the log lines of all processes, with filters and followers. Counts the lines that it drops. */
import type { LogFilter, LogLine } from '../../protocol/control.ts'
import { type Wording } from '../../protocol/messages.ts'
import { JSON_DEPTH_MAX } from '../../protocol/json_scan.ts'
import { printable, printableLines } from '../../protocol/printable.ts'
import { matcher, noCounts, type LevelCounts } from './log_filter.ts'

export { matcher, noCounts, type LevelCounts } from './log_filter.ts'

export const LINES_MAX = 100_000
/** 670 characters per line; most have 150. Without it, a hundred thousand of the longest lines would take gigabytes. */
const CHARACTERS_MAX = 64 * 1024 * 1024
const LINE_OVERHEAD = 64

/** Longer messages and fields are truncated in lists; the whole line is requested by its `seq`. */
export const SHOWN_CHARACTERS_MAX = 16_384

export type NewLine = Omit<LogLine, 'seq' | 'time'> & {
  time?: number
  /** What the message of a built-in backend is made of; not stored. */
  wording?: Wording
}

export class LogStore {
  private readonly capacity: number
  private readonly charactersMax: number
  private readonly now: () => number
  private readonly ring: (LogLine | undefined)[] = []
  private readonly sizes: number[] = []
  private readonly wholes = new Map<number, LogLine>()
  private readonly followers = new Set<(line: LogLine) => void>()
  private characters = 0
  private firstSeq = 0
  private nextSeq = 0

  constructor(now: () => number, capacity = LINES_MAX, charactersMax = CHARACTERS_MAX) {
    this.now = now
    this.capacity = capacity
    this.charactersMax = charactersMax
  }

  /** Lines since the start; also the next `seq`. */
  get total(): number {
    return this.nextSeq
  }

  /** Lines that the ring no longer holds; also its oldest `seq`. */
  get dropped(): number {
    return this.firstSeq
  }

  add(line: NewLine): void {
    const whole = numbered(line, this.nextSeq, line.time ?? this.now())
    const full = shown(whole)
    const isCut = full !== whole
    const characters = charactersOf(whole) + (isCut ? charactersOf(full) : 0)
    if (this.nextSeq - this.firstSeq === this.capacity) this.dropOldest()
    const slot = this.nextSeq % this.capacity
    this.ring[slot] = full
    if (isCut) this.wholes.set(this.nextSeq, whole)
    this.sizes[slot] = characters
    this.nextSeq++
    this.characters += characters
    while (this.characters > this.charactersMax && this.nextSeq - this.firstSeq > 1) {
      this.dropOldest()
    }
    for (const follower of this.followers) follower(full)
  }

  at(seq: number): LogLine | undefined {
    if (seq < this.firstSeq || seq >= this.nextSeq) return undefined
    return this.ring[seq % this.capacity]
  }

  whole(seq: number): LogLine | undefined {
    return this.wholes.get(seq) ?? this.at(seq)
  }

  /**
   * The newest `limit` matching lines, oldest first, and the counts of all matches per level (regardless of the level filter).
   */
  query(filter: LogFilter, limit: number): { lines: LogLine[]; counts: LevelCounts } {
    const matches = matcher(filter)
    const counts = noCounts()
    const newestFirst: LogLine[] = []
    for (let seq = this.nextSeq - 1; seq >= this.firstSeq; seq--) {
      const line = this.at(seq)
      if (line === undefined) break
      const match = matches(line)
      if (match === 'no') continue
      counts[line.level]++
      if (match === 'yes' && newestFirst.length < limit) newestFirst.push(line)
    }
    return { lines: newestFirst.reverse(), counts }
  }

  follow(onLine: (line: LogLine) => void): () => void {
    this.followers.add(onLine)
    return () => {
      this.followers.delete(onLine)
    }
  }

  private dropOldest(): void {
    const slot = this.firstSeq % this.capacity
    this.characters -= this.sizes[slot] ?? 0
    this.ring[slot] = undefined
    this.wholes.delete(this.firstSeq)
    this.firstSeq++
  }
}

/**
 * The one place where text becomes a log line: whatever it contains is safe to display afterwards. `fields` are
 * sanitized when they are printed. Assigned key by key: a spread takes ten times as long on this hot path.
 */
function numbered(line: NewLine, seq: number, time: number): LogLine {
  const { level, source, message, request_id: requestId, fields } = line
  const full: LogLine = { seq, time, level, source, message: printableLines(message) }
  if (requestId !== undefined) full.request_id = printable(requestId)
  if (fields !== undefined) full.fields = fields
  return full
}

function shown(line: LogLine): LogLine {
  const { message, fields, ...others } = line
  const isLong = message.length > SHOWN_CHARACTERS_MAX
  const isWide = fields !== undefined && sizeOf(fields) > SHOWN_CHARACTERS_MAX
  if (!isLong && !isWide) return line
  const short: LogLine = { ...others, message: isLong ? cut(message) : message, is_cut: true }
  if (fields !== undefined && !isWide) short.fields = fields
  return short
}

function cut(message: string): string {
  const isPairSplit = /[\ud800-\udbff]/.test(message.charAt(SHOWN_CHARACTERS_MAX - 1))
  const kept = message.slice(0, SHOWN_CHARACTERS_MAX - (isPairSplit ? 1 : 0))
  return `${kept}… (${kept.length} of ${message.length} characters)`
}

function charactersOf({ message, fields }: LogLine): number {
  return LINE_OVERHEAD + message.length + (fields === undefined ? 0 : sizeOf(fields))
}

/** Approximate, in characters. Ignores levels deeper than a JSON line may have. */
function sizeOf(value: unknown, levelsLeft = JSON_DEPTH_MAX): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || levelsLeft === 0) return 8
  let size = 16
  for (const [key, inner] of Object.entries(value))
    size += key.length + sizeOf(inner, levelsLeft - 1)
  return size
}
