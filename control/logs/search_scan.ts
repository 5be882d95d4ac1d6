import { closeSync, readSync, statSync } from 'node:fs'
import { openRegularFileSync } from '../../files/regular_file.ts'
import type { LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'
import { noCounts, queryMatcher } from './log_filter.ts'
import { lineFromJson, lineToJson, lineToText } from './line_text.ts'
import { histogramOf } from './histogram.ts'
import type {
  ExportRequest,
  ExportRun,
  HistogramFound,
  HistogramRequest,
  SearchFound,
  SearchRequest,
  SlowestFound,
  SlowestRequest,
} from './search_messages.ts'
import { slowestOf } from './slowest.ts'
import type { SharedSegment } from './shared_lines.ts'

export function search({ query, limit, segments }: SearchRequest): SearchFound {
  const matches = queryMatcher(query)
  const counts = noCounts()
  const seqs: number[] = []
  let searched = 0
  const { after_seq: after = -1, before_seq: before = Infinity } = query
  for (const line of linesOfSegments(segments, after, before)) {
    searched++
    const match = matches(line)
    if (match === 'no') continue
    counts[line.level]++
    if (match === 'yes') seqs.push(line.seq)
  }
  return { type: 'found', seqs: seqs.slice(-limit), counts, matched: seqs.length, searched }
}

export function counted({ query, buckets, segments }: HistogramRequest): HistogramFound {
  return { type: 'counted', ...histogramOf(linesOfSegments(segments), { query, buckets }) }
}

export function ranked(
  { query, limit, runs, segments }: SlowestRequest,
  onLine: () => void,
): SlowestFound {
  const lines = counting(linesOfSpan(runs, segments, query), onLine)
  return { type: 'ranked', ...slowestOf(lines, { query, limit }) }
}

function* counting(lines: Iterable<LogLine>, onLine: () => void): Generator<LogLine> {
  for (const line of lines) {
    onLine()
    yield line
  }
}

/** More than the delay of any late line or clock change. */
const LATE_MS = 3_600_000

function* linesOfSpan(
  runs: ExportRun[],
  segments: SharedSegment[],
  { time_from: from = -Infinity, time_to: to = Infinity }: LogQuery,
): Generator<LogLine> {
  for (const { paths, endSeq } of runs) {
    for (const path of paths) {
      if (changedAt(path) < from) continue
      let isPast = false
      for (const line of linesOfFiles([path], endSeq)) {
        isPast = line.time > to + LATE_MS
        if (isPast) break
        yield line
      }
      if (isPast) break
    }
  }
  yield* linesOfSegments(segments)
}

/** Upper bound for the time of its newest line; 0 for a file that was removed meanwhile. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity
}

/** Matching lines, null for others, to report progress. A line of the source `logs` counts missing lines. */
export function* exported(request: ExportRequest): Generator<string | null> {
  const { query, format, runs, segments } = request
  const matches = queryMatcher(query)
  const written = format === 'jsonl' ? lineToJson : lineToText
  const { time_from: from = -Infinity, time_to: to = Infinity } = query
  const runsWithMemory = runs.length === 0 ? [{ paths: [], endSeq: 0 }] : runs
  for (const run of runsWithMemory) {
    let expectedSeq = 0
    for (const line of linesOfRun(run, segments)) {
      const missing = line.seq - expectedSeq
      if (missing > 0 && line.time >= from && line.time <= to) {
        yield `${written(gapLine(expectedSeq, missing, line.time))}\n`
      }
      expectedSeq = line.seq + 1
      yield matches(line) === 'yes' ? `${written(line)}\n` : null
    }
  }
}

const gapLine = (seq: number, missing: number, time: number): LogLine => ({
  seq,
  time,
  level: 'warn',
  source: 'logs',
  message: `${missing} lines are missing here: their file was deleted to free space, or they could not be written`,
})

function* linesOfRun({ paths, endSeq }: ExportRun, segments: SharedSegment[]): Generator<LogLine> {
  yield* linesOfFiles(paths, endSeq)
  if (endSeq !== null) yield* linesOfSegments(segments)
}

function* linesOfFiles(paths: string[], endSeq: number | null): Generator<LogLine> {
  for (const path of paths) {
    for (const text of linesOfFile(path)) {
      const line = lineFromJson(text)
      if (line !== null && line.seq < (endSeq ?? Infinity)) yield line
    }
  }
}

function* linesOfSegments(
  segments: SharedSegment[],
  afterSeq = -1,
  beforeSeq = Infinity,
): Generator<LogLine> {
  for (const { buffer, bytes, firstSeq, lastSeq } of segments) {
    if (lastSeq <= afterSeq || firstSeq >= beforeSeq) continue
    for (const text of Buffer.from(buffer, 0, bytes).toString('utf8').split('\n')) {
      const line = lineFromJson(text)
      if (line !== null) yield line
    }
  }
}

const READ_BYTES = 256 * 1024
const LINE_FEED = 0x0a

/** Reads synchronously: the thread has nothing else to do. A removed file has no lines. */
function* linesOfFile(path: string): Generator<string> {
  const file = openIfThere(path)
  if (file === null) return
  try {
    const chunk = Buffer.alloc(READ_BYTES)
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const length = readSync(file, chunk, 0, READ_BYTES, null)
      if (length === 0) break
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)])
      const end = bytes.lastIndexOf(LINE_FEED) + 1
      yield* bytes.toString('utf8', 0, end).split('\n')
      rest = bytes.subarray(end)
    }
    yield rest.toString('utf8')
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | null {
  try {
    return openRegularFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
