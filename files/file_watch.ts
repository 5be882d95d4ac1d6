/** Detects changed files by polling: file events do not cross links, replaced folders and network drives. */
import { stat } from 'node:fs/promises'
import { Timer } from '../protocol/disposables.ts'

export interface FileWatchOptions {
  /** A change is reported after the file was unchanged for this long: programs write in several steps. */
  quietMs: number
  /** A file that keeps changing is reported after this time. */
  busyMsMax?: number
  onChange(file: string): void
  onFault(file: string, error: unknown): void
}

const LOOK_MS = 1000
const BUSY_MS_MAX = 750

export class FileWatch {
  private readonly options: FileWatchOptions
  private readonly seen = new Map<string, string>()
  private readonly timer = new Timer()
  private isClosed = false

  private constructor(options: FileWatchOptions) {
    this.options = options
  }

  /** Resolves after the first look. With `stamps` (from `stampOf`), reports changes since those. */
  static async start(
    files: readonly string[],
    options: FileWatchOptions,
    stamps: FileStamps = {},
  ): Promise<FileWatch> {
    const watch = new FileWatch(options)
    for (const file of files) watch.seen.set(file, stamps[file] ?? (await stampOf(file)))
    watch.lookLater(LOOK_MS)
    return watch
  }

  async skip(): Promise<void> {
    for (const file of this.seen.keys()) this.seen.set(file, await stampOf(file))
  }

  close(): void {
    this.isClosed = true
    this.timer.dispose()
  }

  private lookLater(delayMs: number, changed = new Map<string, number>()): void {
    this.timer.set(delayMs, () => void this.look(changed))
  }

  private async look(changed: ReadonlyMap<string, number>): Promise<void> {
    const { quietMs, busyMsMax = BUSY_MS_MAX } = this.options
    const pending = new Map<string, number>()
    const ready: string[] = []
    for (const [file, seen] of this.seen) {
      const stamp = await stampOf(file)
      const busyMs = changed.get(file)
      this.seen.set(file, stamp)
      if (stamp !== seen && (busyMs ?? 0) + quietMs <= busyMsMax) {
        pending.set(file, (busyMs ?? 0) + quietMs)
      } else if (stamp !== seen || busyMs !== undefined) ready.push(file)
    }
    this.lookLater(pending.size > 0 ? quietMs : LOOK_MS, pending)
    for (const file of ready) if (!this.isClosed) this.report(file)
  }

  private report(file: string): void {
    const { onChange, onFault } = this.options
    try {
      onChange(file)
    } catch (error) {
      onFault(file, error)
    }
  }
}

/** A stamp per file that changes with the file. Take it before reading the file, to detect a change during the read. */
export type FileStamps = Record<string, string>

/** Follows links. A missing file has a stamp too. */
export async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs].join(' ')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}
