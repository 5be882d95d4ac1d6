import { pathToFileURL } from 'node:url'
import type { Readable } from 'node:stream'
import { type LogLevel, logLineSchema, type LogLine } from '../../protocol/log_lines.ts'
import type {
  ExportFormat,
  ExportScope,
  LogEarlier,
  LogQuery,
  LogSlowest,
} from '../../protocol/logs.ts'
import { exportLines } from './export_lines.ts'
import { LogFiles } from './log_files.ts'
import { LogSearch } from './log_search.ts'
import { LogStore, type NewLine } from './log_store.ts'
import { createInterface } from 'node:readline'

export interface LogsOptions {
  dir: string
  now(): number
  searchEntry: string
}

export class Logs {
  readonly store: LogStore
  readonly files: LogFiles
  readonly search: LogSearch
  /** Searching files takes seconds: it has its own thread, so that searches in memory do not wait. */
  private readonly fileSearch: LogSearch
  private readonly startedAt: number
  private readonly entry: URL
  private readonly unfollow: () => void

  constructor({ dir, now, searchEntry }: LogsOptions) {
    this.entry = pathToFileURL(searchEntry)
    this.store = new LogStore(now)
    this.files = new LogFiles({
      dir,
      now,
      pid: process.pid,
      onNotice: (level, message) => {
        this.say(level, message)
      },
    })
    this.search = new LogSearch({ store: this.store, entry: this.entry })
    this.fileSearch = new LogSearch({ store: this.store, entry: this.entry })
    this.startedAt = now()
    this.unfollow = this.store.follow((line) => {
      this.files.append(this.store.whole(line.seq) ?? line)
    })
  }

  add(line: NewLine): void {
    this.store.add(line)
  }

  say(level: LogLevel, message: string): void {
    this.store.add({ source: 'supervisor', level, message })
  }

  /** The oldest `limit` matching lines in the files of all runs; throws ControlError for an invalid pattern. */
  earlier(query: LogQuery, limit: number): Promise<LogEarlier> {
    return earlierLines(this.export(query, 'jsonl', 'all'), limit)
  }

  /** Reads the files only where memory does not reach back far enough. */
  async slowest(
    query: LogQuery,
    { limit, readsFiles }: { limit: number; readsFiles: boolean },
  ): Promise<LogSlowest> {
    const since = this.memoryFrom()
    if (since <= (query.time_from ?? -Infinity)) {
      return { ...(await this.search.slowest(query, { limit })), searched_from: null }
    }
    if (!readsFiles) {
      return { ...(await this.search.slowest(query, { limit })), searched_from: since }
    }
    const runsBefore = async (firstSeq: number) => {
      await this.files.flush()
      return this.files.list('all', firstSeq)
    }
    const found = await this.fileSearch.slowest(query, { limit, runsBefore })
    return { ...found, searched_from: null }
  }

  private memoryFrom(): number {
    const { dropped } = this.store
    return dropped === 0 ? this.startedAt : (this.store.at(dropped)?.time ?? this.startedAt)
  }

  /** Matching lines of memory and disk; throws ControlError for an invalid pattern. */
  export(query: LogQuery, format: ExportFormat, scope: ExportScope): Readable {
    return exportLines({
      store: this.store,
      files: this.files,
      entry: this.entry,
      query,
      format,
      scope,
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.search.close(), this.fileSearch.close()])
    this.unfollow()
    await this.files.close()
  }
}

/** Destroys `jsonl` after `limit` lines. Rejects if the stream fails. */
async function earlierLines(jsonl: Readable, limit: number): Promise<LogEarlier> {
  const lines: LogLine[] = []
  try {
    for await (const text of createInterface({ input: jsonl })) {
      if (lines.length === limit) return { lines, is_cut: true }
      // Each run numbers its lines from 0, so the list is renumbered.
      lines.push({ ...logLineSchema.parse(JSON.parse(text)), seq: lines.length })
    }
    return { lines, is_cut: false }
  } finally {
    jsonl.destroy()
  }
}
