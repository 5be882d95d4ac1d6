/** Bundles the Node programs (control plane, backends, desktop shell) into dist/. */
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
  'client/node.ts',
  'control/guard.ts',
  'control/logs/search_worker.ts',
  'control/headless.ts',
  'backends/main.ts',
  'backends/picture_probe.ts',
  'backends/process.ts',
  'backends/profile.ts',
  'backends/worker.ts',
  'electron/main.ts',
]
/** They find their native code next to their own files, so they stay in node_modules. */
const NATIVE_PACKAGES = ['onnxruntime-node', 'sharp', '@julusian/jpeg-turbo']

/**
 * Most packages are bundled: Node takes longer to read the two hundred files of zod, ws, pino and prom-client than to
 * run them (320 ms of CPU time against 100 ms).
 * @type {import('esbuild').BuildOptions}
 */
export const PACKAGE_OPTIONS = {
  // The last two are optional parts of ws.
  external: ['electron', 'bufferutil', 'utf-8-validate'],
  plugins: [{ name: 'native packages', setup: requireNativePackages }],
  // Bundled CommonJS requires Node's modules with `require`, which an ES module lacks.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
}
/** @type {import('esbuild').BuildOptions[]} */
const SINGLE_FILES = [
  {
    // The preload's sandbox supports no ES modules and can only load `electron`.
    entryPoints: ['electron/preload.ts'],
    outfile: 'dist/electron/preload.cjs',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['electron'],
  },
  {
    // `switchyard/client` for pages, also for those without a bundler.
    entryPoints: ['client/browser.ts'],
    outfile: 'dist/client/browser.js',
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
  },
]
/** Folders of dist/ that only contain bundles. */
const OUTPUT_FOLDERS = ['chunks', 'control', 'cli', 'control/logs', 'backends', 'electron']

/** @param {string} rootDir */
export async function bundlePrograms(rootDir) {
  const missing = ENTRIES.filter((entry) => !existsSync(join(rootDir, entry)))
  if (missing.length > 0) throw new Error(`the entry ${missing.join(' and ')} does not exist`)

  const distDir = join(rootDir, 'dist')
  /** @type {import('esbuild').BuildOptions} */
  const programs = {
    entryPoints: ENTRIES,
    outbase: '.',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    splitting: true,
    ...PACKAGE_OPTIONS,
    sourcemap: true,
  }
  const shared = /** @type {const} */ ({
    absWorkingDir: rootDir,
    bundle: true,
    write: false,
    logLevel: 'silent',
  })
  const built = [programs, ...SINGLE_FILES].map((options) => build({ ...options, ...shared }))
  const outputFiles = (await Promise.all(built)).flatMap((one) => one.outputFiles)
  // Chunks first, so that an entry that is started now finds its imports.
  const isChunk = (/** @type {string} */ path) => relative(distDir, path).startsWith('chunks')
  const inOrder = outputFiles.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)))
  const files = [await compileKernel(rootDir), ...inOrder]
  for (const { path, contents } of files) replaceFile(path, contents)
  // Bytecode of the replaced bundles; see backends/compile_cache.ts.
  rmSync(join(rootDir, '.cache', 'compile'), { recursive: true, force: true })
  // Includes the parent folders, such as control/logs/.
  removeOthers(distDir, new Set(files.flatMap(({ path }) => [path, dirname(path)])))
}

/**
 * WebAssembly of the picture kernel, with SIMD. Its `stub` runtime frees nothing: the kernel allocates nothing.
 * @param {string} rootDir
 */
async function compileKernel(rootDir) {
  const { default: asc } = await import('assemblyscript/asc')
  const path = join(rootDir, 'dist/backends/picture.wasm')
  /** @type {Uint8Array[]} */
  const outputs = []
  const options = '-O3 --runtime stub --enable simd --enable bulk-memory --noAssert --use abort='
  const { error, stderr } = await asc.main(
    ['backends/kernel/picture.ts', '--outFile', 'picture.wasm', ...options.split(' ')],
    {
      readFile: (name, base) => {
        const file = join(rootDir, base, name)
        return existsSync(file) ? readFileSync(file, 'utf8') : null
      },
      writeFile: (_name, contents) => {
        outputs.push(Buffer.from(contents))
      },
      listFiles: () => [],
    },
  )
  const [contents] = outputs
  if (contents === undefined) throw new Error(`${stderr.toString()}\n${error?.message}`)
  return { path, contents }
}

/**
 * Requires the native packages: as CommonJS, Node loads sharp in a third of the time of its ES modules (80 against 230
 * ms of CPU time) and onnxruntime-node in two thirds.
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
 * Atomic, so that no process reads half a file; skips an unchanged one.
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

/** @param {string} distDir @param {Set<string>} wanted */
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
