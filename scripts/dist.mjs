/** `npm run dist`: packs the desktop app for this platform. `-- --dir` leaves it as a folder; see USAGE for the rest. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packageConfig, versionOf } from '../build/package/config.mjs'
import { licencesText } from '../build/package/licences.mjs'
import { provideNode } from '../build/package/node_runtime.mjs'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { findBinary } from './setup/desktop.mjs'
import { runEntry } from './setup/entry.mjs'
import { SetupError } from './setup/step.mjs'

const USAGE = `Usage: npm run dist -- [--dir] [--electron-dist FOLDER] [--without-node] [--output FOLDER]
  --dir            a folder instead of installers
  --electron-dist  Electron's files; default: ELECTRON_OVERRIDE_DIST_PATH, or node_modules/electron/dist
  --without-node   packs no Node: foreign programs and the node launcher then need one that is installed
  --output         default: dist/package`

/** electron-builder's names. */
const PLATFORM_NAMES = { linux: 'linux', darwin: 'mac', win32: 'windows' }

await runEntry(() => main(process.argv.slice(2)))

/** @param {string[]} argv */
async function main(argv) {
  const flags = readFlags(argv)
  const { platform } = process
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  if (platform !== 'linux' && platform !== 'darwin' && platform !== 'win32') {
    throw new SetupError(`There is no package for ${platform}; known: linux, darwin, win32.`)
  }
  const electronDist = electronFolder(flags['electron-dist'])
  await ensureReady()
  const say = (/** @type {string} */ line) => {
    console.log(line)
  }
  const nodeDir = flags['without-node']
    ? null
    : await provideNode({ rootDir: ROOT_DIR, platform, arch, say })
  writeFileSync(join(ROOT_DIR, 'dist', 'licences.txt'), licencesText(ROOT_DIR))
  const output = resolve(flags.output ?? join(ROOT_DIR, 'dist', 'package'))
  // Imported lazily: it takes a second, and the errors above do not need it.
  const { build, Platform, Arch } = await import('electron-builder')
  const targets = flags.dir ? ['dir'] : undefined
  const files = await build({
    projectDir: ROOT_DIR,
    targets: Platform.fromString(PLATFORM_NAMES[platform]).createTarget(targets, Arch[arch]),
    config: packageConfig({
      ...{ rootDir: ROOT_DIR, platform, arch, electronDist, nodeDir, output },
      hasCertificate: Object.keys(process.env).some((name) => name.startsWith('CSC_')),
    }),
    publish: 'never',
  }).catch((/** @type {Error} */ error) => {
    throw new SetupError(explain(error), { cause: error })
  })
  report(output, files)
}

/** @param {string[]} argv */
function readFlags(argv) {
  try {
    return parseArgs({
      args: argv,
      options: {
        dir: { type: 'boolean', default: false },
        'electron-dist': { type: 'string' },
        'without-node': { type: 'boolean', default: false },
        output: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n${USAGE}`, { cause: error })
  }
}

/**
 * Checked before the build: without it electron-builder tries to download it for minutes.
 * @param {string | undefined} given
 */
function electronFolder(given) {
  const { env, platform } = process
  // An empty variable counts as unset.
  const override = given ?? (env['ELECTRON_OVERRIDE_DIST_PATH'] || undefined)
  const environment = {
    platform,
    env: override === undefined ? {} : { ELECTRON_OVERRIDE_DIST_PATH: resolve(override) },
    rootDir: ROOT_DIR,
    fs: { existsSync, readFileSync },
  }
  const found = findBinary(environment)
  if (found.binary !== null) {
    return override === undefined ? join(ROOT_DIR, 'node_modules/electron/dist') : resolve(override)
  }
  throw new SetupError(
    `Nothing is packed: ${found.problem.message}. Or give the folder of an Electron ${versionOf(ROOT_DIR, 'electron')} with --electron-dist.`,
  )
}

/** @param {Error} error */
function explain({ message }) {
  const isOffline = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|fetch failed|EAI_AGAIN/.test(message)
  const why = isOffline
    ? ' The tools for installers (AppImage, deb, nsis, dmg) are downloaded by electron-builder when they are first needed; with --dir none is.'
    : ''
  return `The package could not be made: ${message}.${why}`
}

/** @param {string} output @param {string[]} files */
function report(output, files) {
  const folders = readdirSync(output).filter((name) => /unpacked$|^mac/.test(name))
  for (const folder of folders) {
    const resources = join(output, folder, 'resources')
    console.log(
      `${relative(ROOT_DIR, join(output, folder)) || folder}: ${mib(sizeOf(join(output, folder)))}`,
    )
    for (const part of ['app.asar', 'app.asar.unpacked', 'node']) {
      const file = join(resources, part)
      if (existsSync(file)) console.log(`  ${part}: ${mib(sizeOf(file))}`)
    }
  }
  for (const file of files) console.log(`${relative(ROOT_DIR, file)}: ${mib(statSync(file).size)}`)
}

/** @param {string} file @returns {number} */
function sizeOf(file) {
  const found = statSync(file)
  if (!found.isDirectory()) return found.size
  return readdirSync(file).reduce((sum, name) => sum + sizeOf(join(file, name)), 0)
}

/** @param {number} bytes */
function mib(bytes) {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}
