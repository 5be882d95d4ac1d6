/** Decides whether the desktop app can open. Never imports `electron`, which would download its binary. */
import { join } from 'node:path'

const EXECUTABLES = /** @type {Record<string, string>} */ ({
  win32: 'electron.exe',
  darwin: 'Electron.app/Contents/MacOS/Electron',
})
const FETCH_REMEDY = 'run `npx install-electron --no` to fetch it'

/**
 * The Electron binary, or why there can be no window, with the remedy.
 * @param {{
 *   platform: string,
 *   env: Record<string, string | undefined>,
 *   rootDir: string,
 *   fs: { existsSync(path: string): boolean, readFileSync(path: string, encoding: 'utf8'): string },
 * }} environment
 * @returns {{ binary: string } | { binary: null, reason: string }}
 */
export function findDesktop({ platform, env, rootDir, fs }) {
  const found = findBinary({ platform, env, rootDir, fs })
  const problems = [found.problem, displayProblem(platform, env)].filter((one) => one !== null)
  return problems.length === 0 && found.binary !== null
    ? { binary: found.binary }
    : { binary: null, reason: problems.join(', and ') }
}

/**
 * @param {Parameters<typeof findDesktop>[0]} environment
 * @returns {{ binary: string, problem: null } | { binary: null, problem: string }}
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
          problem: `no Electron binary at ${binary}, where ELECTRON_OVERRIDE_DIST_PATH points (unset it or correct it)`,
        }
  }
  const folder = join(rootDir, 'node_modules/electron')
  const binary = join(folder, 'dist', executable)
  if (!fs.existsSync(binary))
    return { binary: null, problem: `no Electron binary (${FETCH_REMEDY})` }
  const wanted = JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8')).version
  const present = versionIn(join(folder, 'dist/version'), fs)
  if (present === wanted) return { binary, problem: null }
  return {
    binary: null,
    problem: `the Electron binary is version ${present ?? 'unknown'} instead of ${wanted} (${FETCH_REMEDY})`,
  }
}

/** @param {string} file @param {Parameters<typeof findDesktop>[0]['fs']} fs */
function versionIn(file, fs) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().replace(/^v/, '') : null
}

/** @param {string} platform @param {Record<string, string | undefined>} env */
function displayProblem(platform, env) {
  if (platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return null
  return 'no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
}
