/** Decides whether the desktop app can open. Never imports `electron`, which would download its binary. */
import { join } from 'node:path'

const EXECUTABLES = /** @type {Record<string, string>} */ ({
  win32: 'electron.exe',
  darwin: 'Electron.app/Contents/MacOS/Electron',
})
const FETCH_REMEDY = 'run `npx install-electron --no` to fetch it'

/** @typedef {import('../../protocol/messages.ts').Message} Message */

/**
 * The Electron binary, or why there can be no window, with the remedy. Plain Node runs this, so the English texts of protocol/messages.ts are
 * repeated here.
 * @param {{
 *   platform: string,
 *   env: Record<string, string | undefined>,
 *   rootDir: string,
 *   fs: { existsSync(path: string): boolean, readFileSync(path: string, encoding: 'utf8'): string },
 * }} environment
 * @returns {{ binary: string } | { binary: null, reason: Message }}
 */
export function findDesktop({ platform, env, rootDir, fs }) {
  const found = findBinary({ platform, env, rootDir, fs })
  const display = displayProblem(platform, env)
  if (found.binary !== null) {
    return display === null ? { binary: found.binary } : { binary: null, reason: display }
  }
  return {
    binary: null,
    reason: display === null ? found.problem : both(found.problem, display),
  }
}

/**
 * @param {Parameters<typeof findDesktop>[0]} environment
 * @returns {{ binary: string, problem: null } | { binary: null, problem: Message }}
 */
export function findBinary({ platform, env, rootDir, fs }) {
  const executable = EXECUTABLES[platform] ?? 'electron'
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override) {
    const binary = join(override, executable)
    return fs.existsSync(binary)
      ? { binary, problem: null }
      : {
          binary: null,
          problem: {
            message: `no Electron binary at ${binary}, where ELECTRON_OVERRIDE_DIST_PATH points (unset it or correct it)`,
            code: 'desktop.override',
            params: { binary },
          },
        }
  }
  const folder = join(rootDir, 'node_modules/electron')
  const binary = join(folder, 'dist', executable)
  if (!fs.existsSync(binary)) {
    const text = `no Electron binary (${FETCH_REMEDY})`
    return { binary: null, problem: { message: text, code: 'desktop.no_binary' } }
  }
  const wanted = JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8')).version
  const present = versionIn(join(folder, 'dist/version'), fs) ?? 'unknown'
  if (present === wanted) return { binary, problem: null }
  return {
    binary: null,
    problem: {
      message: `the Electron binary is version ${present} instead of ${wanted} (${FETCH_REMEDY})`,
      code: 'desktop.other_version',
      params: { present, wanted },
    },
  }
}

/** @param {string} file @param {Parameters<typeof findDesktop>[0]['fs']} fs */
function versionIn(file, fs) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().replace(/^v/, '') : null
}

/**
 * @param {string} platform
 * @param {Record<string, string | undefined>} env
 * @returns {Message | null}
 */
function displayProblem(platform, env) {
  if (platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return null
  return {
    message: 'no display (neither DISPLAY nor WAYLAND_DISPLAY is set)',
    code: 'desktop.no_display',
  }
}

/** @param {Message} first @param {Message} second @returns {Message} */
const both = (first, second) => ({
  message: `${first.message}, and ${second.message}`,
  code: 'desktop.both',
  params: { first, second },
})
