/** Bundles the programs that run on Node (control plane, backends, desktop shell) from TypeScript into dist/. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Each becomes dist/<folder>/<name>.js. */
const ENTRIES = [
  'control/guard.ts',
  'control/main.ts',
  'backends/main.ts',
  'backends/process.ts',
  'backends/worker.ts',
  'electron/main.ts',
]
/** Folders of dist/ that hold nothing but what is bundled here. */
const OUTPUT_FOLDERS = ['chunks', 'control', 'backends', 'electron']

/**
 * @param {string} rootDir
 * @returns {Promise<void>}
 */
export async function bundlePrograms(rootDir) {
  const missing = ENTRIES.filter((entry) => !existsSync(join(rootDir, entry)))
  if (missing.length > 0) throw new Error(`the entry ${missing.join(' and ')} does not exist`)

  const distDir = join(rootDir, 'dist')
  const { outputFiles } = await build({
    absWorkingDir: rootDir,
    entryPoints: ENTRIES,
    outbase: '.',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    bundle: true,
    splitting: true,
    packages: 'external',
    sourcemap: true,
    write: false,
    logLevel: 'silent',
  })
  // Chunks first: an entry that is started in this very moment finds what it imports.
  const isChunk = (/** @type {string} */ path) => relative(distDir, path).startsWith('chunks')
  const inOrder = outputFiles.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)))
  for (const { path, contents } of inOrder) replaceFile(path, contents)
  removeOthers(distDir, new Set(outputFiles.map(({ path }) => path)))
}

/**
 * In one step, so that no process ever reads half a file; an unchanged one is left alone.
 * @param {string} path
 * @param {Uint8Array} contents
 */
function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}

/**
 * @param {string} distDir
 * @param {Set<string>} wanted
 */
function removeOthers(distDir, wanted) {
  for (const folder of OUTPUT_FOLDERS) {
    const absolute = join(distDir, folder)
    if (!existsSync(absolute)) continue
    for (const name of readdirSync(absolute)) {
      const path = join(absolute, name)
      if (!wanted.has(path)) rmSync(path, { recursive: true })
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundlePrograms(dirname(dirname(fileURLToPath(import.meta.url))))
}
