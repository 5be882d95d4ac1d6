/** A failed load with the files it read: a change of one of them is worth a retry. */
import type { FileStamps } from '../../files/file_watch.ts'

export class ModelLoadError extends Error {
  readonly stamps: FileStamps

  constructor(message: string, stamps: FileStamps, options?: { cause?: unknown }) {
    super(message, options)
    this.stamps = stamps
  }
}
