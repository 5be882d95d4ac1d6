/** A failed load with the files it read: a change of one of them is worth a retry. */
import type { FileStamps } from '../../files/file_watch.ts'
import { MessageError } from '../../protocol/errors.ts'
import type { Message } from '../../protocol/messages.ts'

export class ModelLoadError extends MessageError {
  readonly stamps: FileStamps

  constructor(said: Message, stamps: FileStamps, options?: ErrorOptions) {
    super(said, options)
    this.stamps = stamps
  }
}
