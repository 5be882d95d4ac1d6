/** A model did not load, and the files that it was to be loaded from: once one of them changes, it is worth another try. */
import type { FileStamps } from '../../files/file_watch.ts'

export class ModelLoadError extends Error {
  /** Taken before the files were read. */
  readonly stamps: FileStamps

  constructor(message: string, stamps: FileStamps, options?: { cause?: unknown }) {
    super(message, options)
    this.stamps = stamps
  }
}
