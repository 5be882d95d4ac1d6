/** What the search thread is asked, and what it answers. Each request gets one answer; signs of life may come before it. */
import type { ExportFormat, LogQuery } from '../../protocol/logs.ts'
import type { Histogram } from './histogram.ts'
import type { LevelCounts } from './log_filter.ts'
import type { Slowest } from './slowest.ts'
import type { SharedSegment } from './shared_lines.ts'

export interface SearchRequest {
  type: 'search'
  query: LogQuery
  limit: number
  segments: SharedSegment[]
}

export interface HistogramRequest {
  type: 'histogram'
  query: LogQuery
  buckets: number
  segments: SharedSegment[]
}

export interface SlowestRequest {
  type: 'slowest'
  query: LogQuery
  limit: number
  /** None: memory alone. */
  runs: ExportRun[]
  segments: SharedSegment[]
}

/** Files of one run, oldest first. */
export interface ExportRun {
  paths: string[]
  /** Lines from this `seq` on are taken from memory; null for an earlier run, of which there is none. */
  endSeq: number | null
}

export interface ExportRequest {
  type: 'export'
  query: LogQuery
  format: ExportFormat
  runs: ExportRun[]
  segments: SharedSegment[]
}

/** `next` asks for the next piece of an export. */
export type ToSearchThread =
  SearchRequest | HistogramRequest | SlowestRequest | ExportRequest | { type: 'next' }

export interface SearchFound {
  type: 'found'
  /** The newest matches, oldest first, by `seq`: the one who asks holds the lines themselves. */
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
  | SearchFound
  | HistogramFound
  | SlowestFound
  | ExportPiece
  /** Work has begun, or goes on. */
  | { type: 'alive' }
