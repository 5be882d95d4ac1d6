/** Writes a file completely or not at all, even across a power cut. */
import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const UNFINISHED_SUFFIX = '.unfinished'
/** A temporary file of this age belongs to a writer that was killed. */
const UNFINISHED_AGE_MS_MAX = 3_600_000

/** On Windows a reader or virus scanner may hold a file for some milliseconds, during which no rename can replace it. */
const RENAME_DELAYS_MS = [20, 50, 100, 200, 400]
const HELD_CODES = new Set(['EPERM', 'EACCES', 'EBUSY'])

interface Owner {
  mode: number
  uid: number
  gid: number
}

export interface WriteOptions {
  /** Mode and, if permitted, owner to copy; by default only the owner can read the file. */
  like?: Owner
  /** Called before each rename attempt, in the same turn. Throwing cancels the write. */
  beforeRename?: () => void
}

/** Rejects with Node's error and leaves no temporary file. */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  { like, beforeRename }: WriteOptions = {},
): Promise<void> {
  const fresh = temporaryName(file)
  try {
    const handle = await open(fresh, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      if (like !== undefined) await takeOver(handle, like)
      // The data must be on disk before the name.
      await handle.sync()
    } finally {
      await handle.close()
    }
    await retryWhileHeld(async () => {
      if (beforeRename === undefined) return await rename(fresh, file)
      beforeRename()
      renameSync(fresh, file)
    })
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

/** For crash and exit handlers. Throws Node's error and leaves no temporary file. */
export function writeAtomicallySync(file: string, content: string): void {
  const fresh = temporaryName(file)
  try {
    writeFileSync(fresh, content, { mode: 0o600, flush: true })
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

/** Removes temporary files of killed writers. `now` is unix milliseconds. Never rejects. */
export async function removeUnfinished(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((candidate) => candidate.endsWith(UNFINISHED_SUFFIX))) {
    const file = path.join(folder, name)
    const stats = await stat(file).catch(() => null)
    if (stats === null || now - stats.mtimeMs <= UNFINISHED_AGE_MS_MAX) continue
    // Tried again next time.
    await rm(file, { force: true }).catch(() => undefined)
  }
}

/** In the same folder: a rename is atomic only within one file system. */
const temporaryName = (file: string) =>
  `${file}.${process.pid}-${randomBytes(4).toString('hex')}${UNFINISHED_SUFFIX}`

/** The permission bits of st_mode (inode(7)). */
const PERMISSIONS = 0o7777

async function takeOver(handle: FileHandle, { mode, uid, gid }: Owner): Promise<void> {
  const own = await handle.stat()
  if (own.uid !== uid || own.gid !== gid) {
    // Only root may change the owner. Otherwise the writer becomes the owner, as with any editor that replaces files.
    await handle.chown(uid, gid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPERM') throw error
    })
  }
  // After chown, which clears some bits.
  await handle.chmod(mode & PERMISSIONS)
}

async function retryWhileHeld(attempt: () => Promise<void>): Promise<void> {
  for (const delayMs of RENAME_DELAYS_MS) {
    try {
      return await attempt()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (process.platform !== 'win32' || code === undefined || !HELD_CODES.has(code)) throw error
      await delay(delayMs)
    }
  }
  await attempt()
}

/** Makes the rename durable. Windows cannot open a folder, and some file systems cannot sync one. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
