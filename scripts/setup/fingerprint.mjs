/** Whether a build result is up to date: a hash of its inputs, stored in a stamp file. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Hash of paths and contents. A folder stands for its files that `isInput` accepts; a missing path counts too.
 * @param {string} rootDir
 * @param {{ paths: string[], isInput?: (path: string) => boolean, extra?: string[] }} inputs
 * @returns {string}
 */
export function fingerprintOf(rootDir, { paths, isInput = () => true, extra = [] }) {
  const hash = createHash('sha256')
  // With lengths, so that different lists of inputs never hash the same text.
  /** @param {string | Buffer} text */
  const add = (text) => hash.update(`${text.length}:`).update(text)
  for (const text of extra) add(text)
  for (const path of paths.flatMap((one) => filesBelow(rootDir, one)).filter(isInput)) {
    add(path)
    add(readFileSync(join(rootDir, path)))
  }
  return hash.digest('hex')
}

/**
 * Files at or below `path`, relative to `rootDir`, with `/`, in a stable order, without hidden files.
 * @param {string} rootDir
 * @param {string} path
 * @returns {string[]}
 */
export function filesBelow(rootDir, path) {
  const absolute = join(rootDir, path)
  if (!existsSync(absolute)) return []
  /** @type {string[]} */
  const found = []
  /** @param {string} relative */
  const walk = (relative) => {
    for (const entry of readdirSync(join(rootDir, relative), { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const child = `${relative}/${entry.name}`
      if (entry.isDirectory()) walk(child)
      else if (entry.isFile()) found.push(child)
    }
  }
  try {
    walk(path)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOTDIR') throw error
    found.push(path)
  }
  return found.sort()
}

/** @param {string} path */
export const isTestFile = (path) => /\.test\.tsx?$/.test(path)

/** @param {string} file @returns {string | null} */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}

/** @param {string} file @param {string} fingerprint */
export function writeStamp(file, fingerprint) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${fingerprint}\n`)
}
