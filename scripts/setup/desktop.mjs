/** Decides whether the desktop app can open. Never imports `electron`, which would download its binary. */
import { dirname, join } from 'node:path'

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
 * @param {{ argv: string[], uid: number | undefined, statSync(path: string): { uid: number, mode: number } }} process
 * @returns {{ binary: string } | { binary: null, reason: Message }}
 */
export function findDesktop({ platform, env, rootDir, fs }, process) {
  const found = findBinary({ platform, env, rootDir, fs })
  const display = displayProblem(platform, env)
  if (found.binary !== null) {
    const problem = display ?? sandboxProblem(found.binary, { platform, fs }, process)
    return problem === null ? { binary: found.binary } : { binary: null, reason: problem }
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

/** Each set to this value forbids a person's own programs Chromium's sandbox: https://github.com/electron/electron/issues/42510 */
const RESTRICTIONS = {
  '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1',
  '/proc/sys/kernel/unprivileged_userns_clone': '0',
}

/**
 * Chromium would abort with a trap. `--no-sandbox` is left to the person.
 * @param {string} binary
 * @param {Pick<Parameters<typeof findDesktop>[0], 'platform' | 'fs'>} environment
 * @param {Parameters<typeof findDesktop>[1]} process
 * @returns {Message | null}
 */
function sandboxProblem(binary, { platform, fs }, { argv, uid, statSync }) {
  if (platform !== 'linux' || argv.includes('--no-sandbox')) return null
  if (uid === 0) {
    return {
      message: 'Electron does not run as root (start it as another user, or add `-- --no-sandbox`)',
      code: 'desktop.root',
    }
  }
  const isRestricted = Object.entries(RESTRICTIONS).some(
    ([file, value]) => fs.existsSync(file) && fs.readFileSync(file, 'utf8').trim() === value,
  )
  const helper = join(dirname(binary), 'chrome-sandbox')
  if (!isRestricted || isSetUp(helper, statSync)) return null
  return {
    message: `this system forbids Electron's sandbox (run \`sudo chown root:root ${helper}\` and \`sudo chmod 4755 ${helper}\`)`,
    code: 'desktop.sandbox',
    params: { helper },
  }
}

/** @param {string} helper @param {Parameters<typeof findDesktop>[1]['statSync']} statSync */
function isSetUp(helper, statSync) {
  try {
    const { uid, mode } = statSync(helper)
    return uid === 0 && (mode & 0o7777) === 0o4755
  } catch {
    return false
  }
}

/** @param {Message} first @param {Message} second @returns {Message} */
const both = (first, second) => ({
  message: `${first.message}, and ${second.message}`,
  code: 'desktop.both',
  params: { first, second },
})
