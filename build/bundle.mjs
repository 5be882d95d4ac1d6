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
  'cli/main.ts',
  'control/guard.ts',
  'control/logs/search_worker.ts',
  'control/headless.ts',
  'backends/main.ts',
  'backends/process.ts',
  'backends/profile.ts',
  'backends/worker.ts',
  'electron/main.ts',
]
/** They find their native code beside their own files, so they stay where npm put them. */
const NATIVE_PACKAGES = ['onnxruntime-node', 'sharp']

/**
 * What becomes of imported packages. Most are bundled: Node takes longer to find and read the two hundred files of zod, ws, pino
 * and prom-client one by one than to run them (measured: 320 ms of CPU time against 100 ms).
 * @type {import('esbuild').BuildOptions}
 */
export const PACKAGE_OPTIONS = {
  // The last two are optional parts of ws, which does without them.
  external: ['electron', 'bufferutil', 'utf-8-validate'],
  plugins: [{ name: 'native packages', setup: requireNativePackages }],
  // CommonJS inside a bundle asks for Node's own modules with `require`, which an ES module has not.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
}
/** Folders of dist/ that hold nothing but what is bundled here. */
const OUTPUT_FOLDERS = ['chunks', 'control', 'cli', 'control/logs', 'backends', 'electron']

/**
 * @param {string} rootDir
 * @returns {Promise<void>}
 */
export async function bundlePrograms(rootDir) {
  const missing = ENTRIES.filter((entry) => !existsSync(join(rootDir, entry)))
  if (missing.length > 0) throw new Error(`the entry ${missing.join(' and ')} does not exist`)

  const distDir = join(rootDir, 'dist')
  const preload = await bundlePreload(rootDir)
  const { outputFiles: programs } = await build({
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
    ...PACKAGE_OPTIONS,
    sourcemap: true,
    write: false,
    logLevel: 'silent',
  })
  const outputFiles = [...programs, ...preload]
  // Chunks first: an entry that is started in this very moment finds what it imports.
  const isChunk = (/** @type {string} */ path) => relative(distDir, path).startsWith('chunks')
  const inOrder = outputFiles.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)))
  for (const { path, contents } of inOrder) replaceFile(path, contents)
  // Bytecode of what was just replaced; see backends/compile_cache.ts.
  rmSync(join(rootDir, '.cache', 'compile'), { recursive: true, force: true })
  // With the folders between: control/logs/ is wanted too.
  removeOthers(distDir, new Set(outputFiles.flatMap(({ path }) => [path, dirname(path)])))
}

/**
 * The preload runs in a sandbox that knows no ES modules, and nothing to load but `electron`.
 * @param {string} rootDir
 */
async function bundlePreload(rootDir) {
  const { outputFiles } = await build({
    absWorkingDir: rootDir,
    entryPoints: ['electron/preload.ts'],
    outfile: 'dist/electron/preload.cjs',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    bundle: true,
    external: ['electron'],
    write: false,
    logLevel: 'silent',
  })
  return outputFiles
}

/**
 * Turns imports of the native packages into `require`: as CommonJS, Node loads sharp in a third of the time that its ES modules
 * take (80 against 230 ms of CPU time) and onnxruntime-node in two thirds.
 * @param {import('esbuild').PluginBuild} build
 */
function requireNativePackages({ onResolve, onLoad }) {
  const namespace = 'native-package'
  const filter = new RegExp(`^(${NATIVE_PACKAGES.join('|')})$`)
  onResolve({ filter }, ({ path, kind }) =>
    kind === 'require-call' ? { path, external: true } : { path, namespace },
  )
  onLoad({ filter, namespace }, ({ path }) => ({
    contents: `module.exports = require(${JSON.stringify(path)})`,
  }))
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
