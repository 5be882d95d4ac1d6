/** Writes models.yaml so that a reader sees the old file or the new one, never a part, and nobody's change is lost. */
import { randomUUID } from 'node:crypto'
import { renameSync } from 'node:fs'
import { open, realpath, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { readRegularFileSync, UnreadableFile } from '../files/regular_file.ts'
import { encodeText, encodingOf } from '../files/text_encoding.ts'
import { CONFIG_BYTES_MAX } from './load.ts'
import type { ConfigProblem } from '../protocol/config.ts'

export type WrittenConfig = { ok: true } | { ok: false; problem: ConfigProblem }

/**
 * Puts `text` in the place of `expectedOldText`. Refused when the file holds anything else by now. A link stays one: the file that it leads
 * to is replaced, with its mode and (as far as the system lets us) its owner. The text is on the disk before it gets the name, and the
 * folder after it. Faults of the file system come back as a problem; nothing is thrown for them, and no temporary file is left.
 */
export async function writeConfigFile(
  file: string,
  text: string,
  expectedOldText: string,
): Promise<WrittenConfig> {
  let temporary: string | null = null
  try {
    const target = await realpath(file)
    const encoding = encodingOf(readRegularFileSync(target, CONFIG_BYTES_MAX))
    const bytes = encodeText(text, encoding)
    const expected = encodeText(expectedOldText, encoding)
    if (!holds(target, expected)) return refused(file)
    // Beside the target: a rename is atomic within one file system only.
    temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.tmp`)
    await writeLike(target, temporary, bytes)
    // Without a pause between the second look and the rename, so that two saves of one process cannot pass each other.
    if (!holds(target, expected)) return refused(file)
    renameSync(temporary, target)
    temporary = null
    await syncFolder(path.dirname(target))
    return { ok: true }
  } catch (error) {
    return { ok: false, problem: problemOf(file, error) }
  } finally {
    if (temporary !== null) await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Compares bytes: a file that is not valid text never equals one, and is not changed. */
function holds(target: string, bytes: Buffer): boolean {
  return readRegularFileSync(target, CONFIG_BYTES_MAX).equals(bytes)
}

async function writeLike(target: string, temporary: string, bytes: Buffer): Promise<void> {
  const { mode, uid, gid } = await stat(target)
  const handle = await open(temporary, 'wx', mode & PERMISSIONS)
  try {
    await handle.writeFile(bytes)
    await takeOwner(handle, uid, gid)
    // After the change of owner, which clears some bits; and `open` left out those of the umask.
    await handle.chmod(mode & PERMISSIONS)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The permission bits of st_mode (inode(7)). */
const PERMISSIONS = 0o7777

/** Only root may give a file away. For others the file becomes the writer's, as with every editor that replaces files. */
async function takeOwner(handle: FileHandle, uid: number, gid: number): Promise<void> {
  const own = await handle.stat()
  if (own.uid === uid && own.gid === gid) return
  await handle.chown(uid, gid).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error
  })
}

/** Makes the rename itself last through a power cut. Windows cannot open a folder, and some file systems cannot sync one. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  if (handle === null) return
  try {
    await handle.sync().catch(() => undefined)
  } finally {
    await handle.close()
  }
}

function refused(file: string): WrittenConfig {
  return {
    ok: false,
    problem: {
      file,
      line: null,
      key: '',
      message: 'The file was changed by another program since it was read.',
      remedy: 'Look at the file as it is now and make the change again.',
    },
  }
}

function problemOf(file: string, error: unknown): ConfigProblem {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  const reason = error instanceof UnreadableFile ? error.message : code
  return {
    file,
    line: null,
    key: '',
    message: `The file cannot be written (${reason}).`,
    remedy: REMEDIES[code] ?? 'Remove the cause, or edit the file by hand.',
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'Create it, or name another with --config FILE.',
  EACCES: 'Give this user the right to write the file and its folder.',
  EPERM:
    'Give this user the right to write the file and its folder, and close programs that hold it.',
  EBUSY: 'Close the program that holds the file open, and try again.',
  EROFS: 'The disk is read-only: copy the file elsewhere and name it with --config FILE.',
  ENOSPC: 'The disk is full: make room, and try again.',
}
