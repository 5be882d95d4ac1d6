/** Writes the lines of this run to disk: queued, in blocks, with rotation. Disk errors are logged and counted, never thrown. */
import path from 'node:path'
import type { LogLine } from '../../protocol/control.ts'
import type { ExportScope, LogFilesView } from '../../protocol/logs.ts'
import { lineToJson } from './line_text.ts'
import { listRuns, removeOldRuns, runFolderName } from './log_runs.ts'
import { RotatingWriter } from './rotating_writer.ts'
import type { ExportRun } from './search_messages.ts'
import { MIB } from '../../protocol/bytes.ts'
import { Timer } from '../../protocol/disposables.ts'

export interface LogFilesOptions {
  dir: string
  now(): number
  pid: number
  /** Reports that lines cannot be written, and that writing works again. May add log lines. */
  onNotice(level: 'info' | 'warn', message: string): void
  fileBytesMax?: number
  filesMax?: number
  /** All runs, including the maximum of this one. */
  runsBytesMax?: number
  runsMax?: number
  queueCharactersMax?: number
  retryMs?: number
}

const DEFAULTS = {
  fileBytesMax: 10 * MIB,
  filesMax: 10,
  runsBytesMax: 500 * MIB,
  runsMax: 20,
  /** Lines waiting for a busy or full disk: some seconds of a flood. */
  queueCharactersMax: 32 * MIB,
  retryMs: 1000,
}
const BLOCK_BYTES_MAX = MIB
/** A disk at its limit fails intermittently; that is logged once. */
const QUIET_MS = 60_000

export class LogFiles {
  readonly dir: string
  private readonly options: typeof DEFAULTS & LogFilesOptions
  private readonly writer: RotatingWriter
  private queue: string[] = []
  private queuedCharacters = 0
  private written = 0
  private notWritten = 0
  private problem: string | null = null
  private failedAt = 0
  private passing: Promise<void> | null = null
  private readonly retryTimer = new Timer()
  private closing: Promise<void> | null = null
  private isTidy = false

  constructor(options: LogFilesOptions) {
    this.options = { ...DEFAULTS, ...options }
    this.dir = path.join(options.dir, runFolderName(options.now(), options.pid))
    const { fileBytesMax, filesMax } = this.options
    this.writer = new RotatingWriter({ dir: this.dir, fileBytesMax, filesMax })
  }

  /** Never throws or waits. A line above the queue limit, or after `close`, is counted as lost. */
  append(line: LogLine): void {
    const text = `${lineToJson(line)}\n`
    if (this.closing !== null) {
      this.notWritten++
      return
    }
    if (this.queuedCharacters + text.length > this.options.queueCharactersMax) {
      this.notWritten++
      this.fail(new Error('lines arrive faster than the disk can write'))
      return
    }
    this.queue.push(text)
    this.queuedCharacters += text.length
    if (!this.retryTimer.isSet) void this.startPass()
  }

  async flush(): Promise<void> {
    // A pass writes what arrived before it started; later lines are in the next one.
    await this.passing
    await this.startPass()
  }

  /** Writes the rest and closes the file; counts lines that fail. Idempotent. */
  async close(): Promise<void> {
    this.closing ??= this.end()
    await this.closing
  }

  view(): LogFilesView {
    const { files, linesRemoved } = this.writer
    return {
      dir: this.dir,
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      written: this.written,
      removed: linesRemoved,
      waiting: this.queue.length,
      not_written: this.notWritten,
      problem: this.problem,
    }
  }

  async list(scope: ExportScope, endSeq: number): Promise<ExportRun[]> {
    const own = { paths: this.writer.files.map((file) => file.path), endSeq }
    if (scope === 'run') return [own]
    const runs = await listRuns(this.options.dir)
    const earlier = runs.filter(({ dir }) => dir !== this.dir)
    return [...earlier.map(({ paths }) => ({ paths, endSeq: null })), own]
  }

  private startPass(): Promise<void> {
    this.passing ??= this.pass().finally(() => {
      this.passing = null
      if (this.queue.length > 0 && !this.retryTimer.isSet && this.closing === null) {
        void this.startPass()
      }
    })
    return this.passing
  }

  /** Never rejects. */
  private async pass(): Promise<void> {
    this.retryTimer.clear()
    // In the next turn, so that the lines of one chunk of output form one block.
    await new Promise<void>((resolve) => setImmediate(resolve))
    await this.tidyUp()
    let left = this.queue.length
    try {
      while (left > 0) {
        const { text, lines } = this.nextBlock(left)
        await this.writer.write(Buffer.from(text), lines)
        this.queue.splice(0, lines)
        this.queuedCharacters -= text.length
        this.written += lines
        left -= lines
      }
      this.noteSuccess()
    } catch (error) {
      this.retryLater()
      this.fail(error as Error)
    }
  }

  private nextBlock(linesMax: number): { text: string; lines: number } {
    const bytesMax = Math.min(BLOCK_BYTES_MAX, this.writer.bytesLeft)
    let bytes = 0
    let lines = 0
    while (lines < linesMax) {
      bytes += Buffer.byteLength(this.queue[lines] ?? '')
      if (lines > 0 && bytes > bytesMax) break
      lines++
    }
    return { text: this.queue.slice(0, lines).join(''), lines }
  }

  /** Old files that cannot be removed do not prevent new ones. */
  private async tidyUp(): Promise<void> {
    if (this.isTidy) return
    this.isTidy = true
    const { dir, fileBytesMax, filesMax, runsBytesMax, runsMax } = this.options
    const bytesMax = Math.max(0, runsBytesMax - fileBytesMax * filesMax)
    await removeOldRuns(dir, this.dir, { bytesMax, runsMax: runsMax - 1 }).catch(() => undefined)
  }

  private fail(error: Error): void {
    this.failedAt = this.options.now()
    if (this.problem !== null) return
    this.problem = error.message
    const mib = this.options.queueCharactersMax / MIB
    this.options.onNotice(
      'warn',
      `log lines cannot be written to ${this.dir}: ${error.message}; free space there, or choose another folder for logs. Up to ${mib} Mi characters are buffered; further lines are dropped and counted`,
    )
  }

  private noteSuccess(): void {
    if (this.problem === null || this.options.now() - this.failedAt < QUIET_MS) return
    this.problem = null
    this.options.onNotice(
      'info',
      `log lines are written to ${this.dir} again; ${this.notWritten} lines of this run are not in the files`,
    )
  }

  private retryLater(): void {
    if (this.closing !== null) return
    // Waiting lines must not keep the program alive; `close` counts them.
    this.retryTimer.set(this.options.retryMs, () => void this.startPass()).unref()
  }

  private async end(): Promise<void> {
    await this.flush()
    this.notWritten += this.queue.length
    this.queue = []
    this.queuedCharacters = 0
    this.retryTimer.clear()
    await this.writer.close().catch((error: unknown) => {
      this.fail(error as Error)
    })
  }
}
