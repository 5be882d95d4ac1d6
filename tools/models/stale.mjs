/** Whether models must be converted. Plain Node, since it runs before tsx is loaded. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const STAMP_FILE = '.cache/models.json'
const CONVERTER_DIR = 'tools/models'
/** Sources that affect the bytes of a model; excludes tests and reference tools. */
const SOURCE_PATTERN = /^(?!reference|inputs|compare)[a-z0-9_]+\.ts$/
const PACKAGES = [
  '@vladmandic/human',
  '@vladmandic/face-api',
  'onnx-proto',
  // Decode and run the calibration pictures.
  'sharp',
  'onnxruntime-node',
]

/** @typedef {{ key: string, files: Record<string, string> }} Stamp what was converted by which converter; sha256 per file */

/**
 * Model files that are missing, changed, or made by another converter or package version; relative to `outDir`.
 * @param {string} rootDir
 * @returns {string[] | 'all'}
 */
export function findStaleModels(rootDir, outDir = rootDir) {
  const stamp = readStamp(outDir)
  if (stamp === null || stamp.key !== converterKey(rootDir)) return 'all'
  return Object.keys(stamp.files).filter((file) => {
    const path = join(outDir, file)
    return !existsSync(path) || sha256OfFile(path) !== stamp.files[file]
  })
}

/**
 * Hash of the converter's sources and its packages' versions.
 * @param {string} rootDir
 */
export function converterKey(rootDir) {
  const hash = createHash('sha256')
  const dir = join(rootDir, CONVERTER_DIR)
  for (const name of readdirSync(dir).sort()) {
    if (SOURCE_PATTERN.test(name)) hash.update(`${name}\n`).update(readFileSync(join(dir, name)))
  }
  for (const name of PACKAGES) hash.update(`${name}@${versionOf(rootDir, name)}\n`)
  return hash.digest('hex')
}

/**
 * @param {string} outDir
 * @returns {Stamp | null} null when there is none that can be read
 */
export function readStamp(outDir) {
  const path = join(outDir, STAMP_FILE)
  if (!existsSync(path)) return null
  try {
    /** @type {Partial<Stamp>} */
    const { key, files } = JSON.parse(readFileSync(path, 'utf8'))
    return typeof key === 'string' && typeof files === 'object' && files !== null
      ? { key, files }
      : null
  } catch {
    // A truncated stamp proves nothing: convert again.
    return null
  }
}

/** @param {string} outDir @param {Stamp} stamp */
export function writeStamp(outDir, stamp) {
  const path = join(outDir, STAMP_FILE)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(stamp, null, 2)}\n`)
}

/** @param {string} path */
export function sha256OfFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** @param {string} rootDir @param {string} name */
function versionOf(rootDir, name) {
  const path = join(rootDir, 'node_modules', name, 'package.json')
  if (!existsSync(path)) return 'absent'
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  return version
}
