/** Writes blocks of whole lines into numbered files of bounded size, the oldest of which are removed. Throws; log_files.ts copes. */
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

export interface RotatingWriterOptions {
  dir: string
  fileBytesMax: number
  filesMax: number
}

export interface WrittenFile {
  path: string
  bytes: number
  lines: number
}

/**
 * A file keeps its name from its first byte to its removal, so that a reader may go through the files while they are written, and
 * nothing has to be renamed under an open file, which Windows refuses.
 */
export class RotatingWriter {
  private readonly options: RotatingWriterOptions
  private handle: FileHandle | null = null
  private number = 0
  /** Oldest first; the last is the open one. */
  readonly files: WrittenFile[] = []
  /** Lines of the files that were removed. */
  linesRemoved = 0

  constructor(options: RotatingWriterOptions) {
    this.options = options
  }

  /** Bytes that the next block may have. A block that is larger gets a file of its own. */
  get bytesLeft(): number {
    const { fileBytesMax } = this.options
    const left = fileBytesMax - (this.files.at(-1)?.bytes ?? 0)
    return left > 0 ? left : fileBytesMax
  }

  /**
   * Either the whole block is in the file afterwards, or it throws and nothing of it counts: the same block may be written again.
   * One call at a time.
   */
  async write(block: Buffer, lines: number): Promise<void> {
    let file = this.files.at(-1)
    if (
      file === undefined ||
      (file.bytes > 0 && file.bytes + block.length > this.options.fileBytesMax)
    ) {
      file = await this.openNext()
    }
    const { handle } = this
    if (handle === null) throw new Error(`the log file ${file.path} is closed`)
    await writeAt(handle, block, file.bytes)
    file.bytes += block.length
    file.lines += lines
  }

  async close(): Promise<void> {
    const { handle } = this
    this.handle = null
    await handle?.close()
  }

  private async openNext(): Promise<WrittenFile> {
    const { dir, filesMax } = this.options
    const name = `lines-${String(this.number + 1).padStart(6, '0')}.jsonl`
    const file = { path: path.join(dir, name), bytes: 0, lines: 0 }
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const handle = await open(file.path, 'wx', 0o600)
    const before = this.handle
    this.handle = handle
    this.number++
    this.files.push(file)
    await before?.close()
    while (this.files.length > filesMax && (await this.removeOldest()));
    return file
  }

  /** False when it cannot be removed now (on Windows somebody may hold it): it is tried again at the next rotation. */
  private async removeOldest(): Promise<boolean> {
    const oldest = this.files[0]
    if (oldest === undefined) return false
    try {
      await rm(oldest.path, { force: true })
    } catch {
      return false
    }
    this.files.shift()
    this.linesRemoved += oldest.lines
    return true
  }
}

/** On a disk that gets full, a write may succeed in part; the rest then fails, and half a line is taken back. */
async function writeAt(handle: FileHandle, block: Buffer, position: number): Promise<void> {
  let written = 0
  try {
    while (written < block.length) {
      const { bytesWritten } = await handle.write(
        block,
        written,
        block.length - written,
        position + written,
      )
      written += bytesWritten
    }
  } catch (error) {
    // If even this fails, the next try writes over it: it begins at the same position.
    await handle.truncate(position).catch(() => undefined)
    throw error
  }
}
