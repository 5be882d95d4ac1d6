/** Writes a file whole or not at all: a reader, also one after a power cut, never finds half of it. */
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const UNFINISHED_SUFFIX = '.unfinished'
/** What was begun and not finished for so long, nobody will finish. */
const UNFINISHED_AGE_MS_MAX = 3_600_000

/** On Windows a reader, or a virus scanner, holds a file for some milliseconds and no rename can replace it then. */
const RENAME_DELAYS_MS = [20, 50, 100, 200, 400]
const HELD_CODES = new Set(['EPERM', 'EACCES', 'EBUSY'])

/** Replaces `file`, readable by its owner alone. Rejects with Node's error, and leaves nothing behind then. */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${file}.${process.pid}-${randomBytes(4).toString('hex')}${UNFINISHED_SUFFIX}`
  try {
    // The data reach the disk before the name does: `flush`.
    await writeFile(fresh, content, { mode: 0o600, flush: true })
    await replace(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

/** Removes what writers that were killed have left behind in a folder. `now` is unix milliseconds. Never rejects. */
export async function removeUnfinished(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((candidate) => candidate.endsWith(UNFINISHED_SUFFIX))) {
    const file = path.join(folder, name)
    const stats = await stat(file).catch(() => null)
    if (stats === null || now - stats.mtimeMs <= UNFINISHED_AGE_MS_MAX) continue
    // What cannot be removed now is tried again the next time.
    await rm(file, { force: true }).catch(() => undefined)
  }
}

async function replace(fresh: string, file: string): Promise<void> {
  for (const delayMs of RENAME_DELAYS_MS) {
    try {
      await rename(fresh, file)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (process.platform !== 'win32' || code === undefined || !HELD_CODES.has(code)) throw error
      await delay(delayMs)
    }
  }
  await rename(fresh, file)
}
