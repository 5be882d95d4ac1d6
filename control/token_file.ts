/** Persists the panel's token in a file of the state folder that only its owner can read. */
import { randomBytes } from 'node:crypto'
import { watch } from 'node:fs'
import { link, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../protocol/errors.ts'
import { isToken } from '../server/token.ts'
import { writeAtomically } from '../files/atomic_file.ts'

/** A token and a line end; a larger file is not ours. */
const FILE_BYTES_MAX = 1024

export interface KeptToken {
  token: string
  notice: string | null
}

/** Creates or replaces a file that cannot be trusted. Never rejects: without a file the token lasts as long as the process. */
export async function openTokenFile(file: string): Promise<KeptToken> {
  try {
    const found = await readTokenFile(file)
    if (found.kind === 'good') return { token: found.token, notice: null }
    if (found.kind === 'none') return { token: await createTokenFile(file), notice: null }
    return {
      token: await replaceTokenFile(file),
      notice: `The token file ${file} ${found.reason}. Its token was replaced; open the panel at its new address.`,
    }
  } catch (error) {
    return {
      token: newToken(),
      notice: `The token cannot be kept in ${file}: ${messageOf(error)}. Each start of Switchyard uses a new token until the file can be written.`,
    }
  }
}

/** Overwrites the file with a new token. Rejects with Node's error. */
export async function replaceTokenFile(file: string): Promise<string> {
  const token = newToken()
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeAtomically(file, `${token}\n`)
  return token
}

/** Reports each token that another process writes. A failing watch is ignored. */
export function watchTokenFile(file: string, onToken: (token: string) => void): () => void {
  try {
    const watcher = watch(path.dirname(file), { persistent: false }, (_event, name) => {
      if (name !== path.basename(file)) return
      void readTokenFile(file).then(
        (found) => {
          if (found.kind === 'good') onToken(found.token)
        },
        () => undefined,
      )
    })
    watcher.on('error', () => {
      watcher.close()
    })
    return () => {
      watcher.close()
    }
  } catch {
    return () => undefined
  }
}

const newToken = () => randomBytes(24).toString('base64url')

type Found = { kind: 'good'; token: string } | { kind: 'none' } | { kind: 'bad'; reason: string }

async function readTokenFile(file: string): Promise<Found> {
  const stats = await lstat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })
  if (stats === null) return { kind: 'none' }
  // Checked before opening: a link, FIFO or device must not be opened.
  if (!stats.isFile()) return { kind: 'bad', reason: 'is not a regular file' }
  if (process.platform !== 'win32') {
    const mode = stats.mode & 0o777
    if ((mode & 0o077) !== 0) {
      const octal = mode.toString(8).padStart(4, '0')
      return { kind: 'bad', reason: `could be read or written by other users (mode ${octal})` }
    }
    if (stats.uid !== process.getuid?.()) return { kind: 'bad', reason: 'belongs to another user' }
  }
  if (stats.size > FILE_BYTES_MAX) return { kind: 'bad', reason: `has ${stats.size} bytes` }
  const token = (await readFile(file, 'utf8')).trim()
  return isToken(token) ? { kind: 'good', token } : { kind: 'bad', reason: 'holds no token' }
}

/** Two panels that start together get one token: a complete file is linked to the name, which only the first can do. */
async function createTokenFile(file: string): Promise<string> {
  const token = newToken()
  const fresh = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  try {
    await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await link(fresh, file)
    return token
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      const other = await readTokenFile(file)
      if (other.kind === 'good') return other.token
    }
    // A file system without hard links, such as exFAT.
    return await replaceTokenFile(file)
  } finally {
    await rm(fresh, { force: true })
  }
}
