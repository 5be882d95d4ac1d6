/** The hash of a model: of its file and of the weight files beside it. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import path from 'node:path'
import { MessageError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { isWithin } from './path_base.ts'
import { openRegularFile } from './regular_file.ts'

/** Hex SHA-256 and size of the concatenated files. Rejects with UnreadableFile. */
export async function hashFiles(
  files: readonly string[],
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for (const file of files) {
    const handle = await openRegularFile(file)
    try {
      const stream = handle.createReadStream({ autoClose: false })
      stream.on('data', (part) => (bytes += part.length))
      await pipeline(stream, hash, { end: false })
    } finally {
      await handle.close()
    }
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** The file that a model names as `location` of external data. Throws when it is outside the model's folder. */
export function externalFile(model: string, location: string): string {
  const folder = path.dirname(model)
  const file = path.resolve(folder, location)
  if (path.isAbsolute(location) || !isWithin(folder, file)) {
    throw new MessageError(message('model.external', { location }))
  }
  return file
}
