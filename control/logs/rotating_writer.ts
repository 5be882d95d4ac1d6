/** Writes blocks of lines into numbered files of limited size and removes the oldest. Throws; log_files.ts handles errors. */
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

/** A file is never renamed: readers may go through the files meanwhile, and Windows cannot rename an open file. */
export class RotatingWriter {
  private readonly options: RotatingWriterOptions
  private handle: FileHandle | null = null
  private number = 0
  readonly files: WrittenFile[] = []
  linesRemoved = 0

  constructor(options: RotatingWriterOptions) {
    this.options = options
  }

  get bytesLeft(): number {
    const { fileBytesMax } = this.options
    const left = fileBytesMax - (this.files.at(-1)?.bytes ?? 0)
    return left > 0 ? left : fileBytesMax
  }

  /** Writes the whole block or throws without effect, so the block can be retried. Call it sequentially. */
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

  /** False when it cannot be removed now, such as an open file on Windows; retried at the next rotation. */
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

/** On a disk that becomes full, a partial write is reverted. */
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
    // If this fails too, the next attempt overwrites it from the same position.
    await handle.truncate(position).catch(() => undefined)
    throw error
  }
}
