/** Messages between the main thread and the search thread: one response per request, with `alive` before it. */
import type { ExportFormat, LogQuery } from '../../protocol/logs.ts'
import type { Histogram } from './histogram.ts'
import type { LevelCounts } from './log_filter.ts'
import type { Slowest } from './slowest.ts'
import type { SharedSegment } from './shared_lines.ts'

interface Question {
  query: LogQuery
  segments: SharedSegment[]
}

export interface SearchRequest extends Question {
  type: 'search'
  limit: number
}

export interface HistogramRequest extends Question {
  type: 'histogram'
  buckets: number
}

export interface SlowestRequest extends Question {
  type: 'slowest'
  limit: number
  runs: ExportRun[]
}

export interface ExportRun {
  paths: string[]
  /** Lines from this `seq` on are taken from memory; null for an earlier run. */
  endSeq: number | null
}

export interface ExportRequest extends Question {
  type: 'export'
  format: ExportFormat
  runs: ExportRun[]
}

export type ToSearchThread =
  SearchRequest | HistogramRequest | SlowestRequest | ExportRequest | { type: 'next' }

export interface SearchFound {
  type: 'found'
  /** The `seq` of the newest matches, oldest first; the requester holds the lines. */
  seqs: number[]
  counts: LevelCounts
  matched: number
  searched: number
}

export interface HistogramFound extends Histogram {
  type: 'counted'
}

export interface SlowestFound extends Slowest {
  type: 'ranked'
}

export interface ExportPiece {
  type: 'piece'
  bytes: Uint8Array<ArrayBuffer>
  isLast: boolean
}

export type FromSearchThread =
  SearchFound | HistogramFound | SlowestFound | ExportPiece | { type: 'alive' }
