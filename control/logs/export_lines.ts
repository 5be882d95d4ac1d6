/** Every matching line of the files and of the memory as one stream of text, made in a search thread of its own. */
import { Readable } from 'node:stream'
import type { ExportFormat, ExportScope, LogQuery } from '../../protocol/logs.ts'
import type { LogFiles } from './log_files.ts'
import { checkPattern } from './log_search.ts'
import type { LogStore } from './log_store.ts'
import type { ExportRequest, ExportPiece, ToSearchThread } from './search_messages.ts'
import { LogError, SearchThread } from './search_thread.ts'
import { SharedLines } from './shared_lines.ts'

export interface ExportOptions {
  store: LogStore
  /** null = no line is kept on disk. */
  files: LogFiles | null
  query: LogQuery
  format: ExportFormat
  scope: ExportScope
  /** The bundled search_worker.ts. */
  entry: URL
  /** What the pattern may take on the lines between two signs of life, two thousand of them. */
  limitMs?: number
}

const LIMIT_MS = 3000

/**
 * Throws `invalid_regex` at once; the stream fails with a LogError later. It holds one piece at a time: a slow reader costs no memory.
 * Destroying it ends the thread. Lines that are no longer to be had are named in their place, by a line of the source `logs`.
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
    await thread.end(new LogError('cancelled', 'the export was given up'))
  }
}

async function requestOf(options: ExportOptions): Promise<ExportRequest> {
  const { store, files, query, format, scope } = options
  const segments = await new SharedLines(store).catchUp()
  // After the memory was read, so that every line older than what it holds is in the files by now.
  await files?.flush()
  const firstInMemory = segments[0]?.firstSeq ?? store.total
  const runs = (await files?.list(scope, firstInMemory)) ?? []
  return { type: 'export', query, format, runs, segments }
}

async function nextPiece(
  thread: SearchThread,
  message: ToSearchThread,
  limitMs: number,
): Promise<ExportPiece> {
  const answer = await thread.ask(message, limitMs)
  if (answer.type !== 'piece') throw new Error(`an export was answered with ${answer.type}`)
  return answer
}
