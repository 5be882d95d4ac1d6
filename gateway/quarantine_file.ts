/** The quarantine on disk: a small JSON file, read once at start and replaced at each change. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { OWN_TEXT_BYTES_MAX, readRegularFileSync } from '../files/regular_file.ts'
import { writeAtomically } from '../files/atomic_file.ts'

const recordSchema = z.object({
  backend: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Unix milliseconds, oldest first. */
  crashes: z.array(z.number()).min(1),
})
export type QuarantineRecord = z.infer<typeof recordSchema>

const fileSchema = z.object({ format: z.literal(1), inputs: z.array(recordSchema) })

export class QuarantineFile {
  private readonly file: string
  private readonly warn: (message: string) => void
  private next: readonly QuarantineRecord[] | null = null
  private writing: Promise<void> | null = null

  constructor(file: string, warn: (message: string) => void) {
    this.file = file
    this.warn = warn
  }

  /** Oldest first; empty without a file, or, with a warning, when it is invalid. */
  read(): QuarantineRecord[] {
    let text: string
    try {
      text = readRegularFileSync(this.file, OWN_TEXT_BYTES_MAX).toString('utf8')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') this.warn(`the quarantine ${this.file} cannot be read: ${message}`)
      return []
    }
    try {
      return fileSchema.parse(JSON.parse(text)).inputs
    } catch {
      this.warn(
        `the quarantine ${this.file} is damaged. Starting with an empty one; the file is replaced at the next crash`,
      )
      return []
    }
  }

  /** Starts a write; a write in progress is followed by the newest state. Failures are logged. */
  write(records: readonly QuarantineRecord[]): void {
    this.next = records
    this.writing ??= this.writeAll()
  }

  async flush(): Promise<void> {
    await this.writing
  }

  private async writeAll(): Promise<void> {
    while (this.next !== null) {
      const inputs = this.next
      this.next = null
      try {
        mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 })
        await writeAtomically(this.file, `${JSON.stringify({ format: 1, inputs }, null, 2)}\n`)
      } catch (error) {
        this.warn(`the quarantine ${this.file} cannot be written: ${(error as Error).message}`)
      }
    }
    this.writing = null
  }
}
