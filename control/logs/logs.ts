/** All that is done with log lines: the ring in memory, the files, the search, the export. */
import { pathToFileURL } from 'node:url'
import type { Readable } from 'node:stream'
import type { LogLevel } from '../../protocol/log_lines.ts'
import type { ExportFormat, ExportScope, LogEarlier, LogQuery } from '../../protocol/logs.ts'
import { earlierLines } from './earlier_lines.ts'
import { exportLines } from './export_lines.ts'
import { LogFiles } from './log_files.ts'
import { LogSearch } from './log_search.ts'
import { LogStore, type NewLine } from './log_store.ts'

export interface LogsOptions {
  /** Folder of the files of all runs. */
  dir: string
  /** Unix ms. */
  now(): number
  /** The bundled search_worker.ts. */
  searchEntry: string
}

export class Logs {
  readonly store: LogStore
  readonly files: LogFiles
  readonly search: LogSearch
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
    this.unfollow = this.store.follow((line) => {
      this.files.append(this.store.whole(line.seq) ?? line)
    })
  }

  add(line: NewLine): void {
    this.store.add(line)
  }

  /** A line of the control plane's own. */
  say(level: LogLevel, message: string): void {
    this.store.add({ source: 'supervisor', level, message })
  }

  /** The oldest `limit` lines of the files of all runs that match; throws LogError for a bad pattern. */
  earlier(query: LogQuery, limit: number): Promise<LogEarlier> {
    return earlierLines(this.export(query, 'jsonl', 'all'), limit)
  }

  /** Matching lines of memory and disk as a stream; throws LogError for a bad pattern. */
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

  /** Resolves when every line is on disk, or has been counted as not written. */
  async close(): Promise<void> {
    await this.search.close()
    this.unfollow()
    await this.files.close()
  }
}
