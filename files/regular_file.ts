/**
 * Opens files at paths that users or other programs name. Rejects pipes, devices and endless files instead of waiting for them.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { MIB } from '../protocol/bytes.ts'
import { MessageError } from '../protocol/errors.ts'
import { message, quoted, type Message } from '../protocol/messages.ts'

/** Without O_NONBLOCK, opening a pipe blocks one of the few file threads until a writer appears. Windows lacks the flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** `code` is that of the system, `NOT_REGULAR` or `TOO_LARGE`. */
export class UnreadableFile extends MessageError {
  readonly code: string

  constructor(code: string, said: Message, options?: ErrorOptions) {
    super(said, options)
    this.code = code
  }
}

/** Rejects with UnreadableFile when the path is not a regular file or cannot be opened. */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await open(file, FLAGS).catch((cause: unknown) => {
    throw openFault(cause)
  })
  try {
    refuseOthers(await handle.stat())
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Rejects with UnreadableFile, also above `bytesMax`. Counts the bytes read, since the reported size may be wrong. */
export async function readRegularFile(
  file: string,
  bytesMax: number,
): Promise<Buffer<ArrayBuffer>> {
  const handle = await openRegularFile(file)
  try {
    refuseLarger((await handle.stat()).size, bytesMax)
    const parts: Buffer[] = []
    for (let length = 0; ;) {
      const part = Buffer.allocUnsafe(CHUNK_BYTES)
      const { bytesRead } = await handle.read(part, 0, part.length, null)
      if (bytesRead === 0) return Buffer.concat(parts)
      length += bytesRead
      refuseLarger(length, bytesMax)
      parts.push(part.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

export const readRegularText = async (
  file: string,
  bytesMax = OWN_TEXT_BYTES_MAX,
): Promise<string> => (await readRegularFile(file, bytesMax)).toString('utf8')

/** Far above the largest of them: crash cards with a thousand long lines, events, metrics. */
export const OWN_TEXT_BYTES_MAX = 64 * 1024 ** 2

/** Throws UnreadableFile as `openRegularFile` does. */
export function openRegularFileSync(file: string): number {
  const descriptor = openNow(file)
  try {
    refuseOthers(fstatSync(descriptor))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** For a small file that must not change between this read and the next step. */
export function readRegularFileSync(file: string, bytesMax: number): Buffer {
  const descriptor = openRegularFileSync(file)
  try {
    refuseLarger(fstatSync(descriptor).size, bytesMax)
    const parts: Buffer[] = []
    for (let length = 0; ;) {
      const part = Buffer.allocUnsafe(CHUNK_BYTES)
      const count = readSync(descriptor, part, 0, part.length, null)
      if (count === 0) return Buffer.concat(parts)
      length += count
      refuseLarger(length, bytesMax)
      parts.push(part.subarray(0, count))
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Whether opening the path would make Windows connect to another machine with the user's credentials. */
export const isNetworkPath = (file: string, platform = process.platform): boolean =>
  platform === 'win32' && /^[\\/]{2}/.test(file)

const CHUNK_BYTES = 64 * 1024

function openNow(file: string): number {
  try {
    return openSync(file, FLAGS)
  } catch (cause) {
    throw openFault(cause)
  }
}

function openFault(cause: unknown): UnreadableFile {
  const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException
  // A socket, or a device without a driver.
  if (code === 'ENXIO') return new UnreadableFile('NOT_REGULAR', message('file.irregular'))
  return new UnreadableFile(code, quoted(code), { cause })
}

function refuseOthers(stats: Stats): void {
  if (stats.isFile()) return
  const kind = stats.isDirectory() ? 'folder' : stats.isFIFO() ? 'pipe' : 'device'
  throw new UnreadableFile('NOT_REGULAR', message(`file.${kind}`))
}

function refuseLarger(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return
  const limit = bytesMax >= MIB ? `${Math.floor(bytesMax / MIB)} MiB` : `${bytesMax} bytes`
  throw new UnreadableFile('TOO_LARGE', message('file.too_large', { limit }))
}
