import { Readable } from 'node:stream'
import { ControlError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { ExportFormat, ExportScope, LogQuery } from '../../protocol/logs.ts'
import type { LogFiles } from './log_files.ts'
import { checkPattern } from './log_search.ts'
import type { LogStore } from './log_store.ts'
import type { ExportRequest, ExportPiece, ToSearchThread } from './search_messages.ts'
import { SearchThread } from './search_thread.ts'
import { SharedLines } from './shared_lines.ts'

export interface ExportOptions {
  store: LogStore
  /** null = logs are only kept in memory. */
  files: LogFiles | null
  query: LogQuery
  format: ExportFormat
  scope: ExportScope
  entry: URL
  /** Time limit for the pattern per two thousand lines. */
  limitMs?: number
}

const LIMIT_MS = 3000

/**
 * Throws `invalid_regex` immediately; later failures destroy the stream with a ControlError. Holds one piece at a time, so
 * a slow reader costs no memory. Destroying it ends the thread. A line of the source `logs` stands in for lines that
 * are no longer available.
 */
export function exportLines(options: ExportOptions): Readable {
  checkPattern(options.query)
  return Readable.from(pieces(options), { objectMode: false })
}

async function* pieces(options: ExportOptions): AsyncGenerator<Uint8Array> {
  const request = await requestOf(options)
  const thread = new SearchThread(options.entry)
  const limitMs = options.limitMs ?? LIMIT_MS
  try {
    let piece = await nextPiece(thread, request, limitMs)
    for (;;) {
      if (piece.bytes.length > 0) yield piece.bytes
      if (piece.isLast) return
      piece = await nextPiece(thread, { type: 'next' }, limitMs)
    }
  } finally {
    await thread.end(new ControlError('cancelled', message('logs.export_cancelled')))
  }
}

async function requestOf(options: ExportOptions): Promise<ExportRequest> {
  const { store, files, query, format, scope } = options
  const segments = await new SharedLines(store).catchUp()
  // After reading the memory, so that every older line is in the files.
  await files?.flush()
  const firstInMemory = segments[0]?.firstSeq ?? store.total
  const runs = (await files?.list(scope, firstInMemory)) ?? []
  return { type: 'export', query, format, runs, segments }
}

async function nextPiece(
  thread: SearchThread,
  question: ToSearchThread,
  limitMs: number,
): Promise<ExportPiece> {
  const answer = await thread.ask(question, limitMs)
  if (answer.type !== 'piece') throw new Error(`unexpected response to an export: ${answer.type}`)
  return answer
}
