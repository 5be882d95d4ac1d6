import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MESSAGES, worded } from '../../protocol/messages.ts'
import { findDesktop } from './desktop.mjs'

const MAC_EXECUTABLE = 'Electron.app/Contents/MacOS/Electron'

const RESTRICTED = {
  kernel: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' },
}
const NOT_SET_UP = { statSync: () => ({ uid: 1000, mode: 0o100755 }) }

describe('findDesktop', () => {
  let rootDir: string

  beforeEach(() => {
    rootDir = mkdtempSync(join(tmpdir(), 'switchyard-desktop-'))
    write('node_modules/electron/package.json', '{"version":"45.4.1"}')
  })

  afterEach(() => {
    rmSync(rootDir, { recursive: true })
  })

  const write = (path: string, text = '') => {
    mkdirSync(dirname(join(rootDir, path)), { recursive: true })
    writeFileSync(join(rootDir, path), text)
  }
  const installBinary = (executable = 'electron', version = '45.4.1') => {
    write(`node_modules/electron/dist/${executable}`)
    write('node_modules/electron/dist/version', version)
  }
  const ORDINARY: Parameters<typeof findDesktop>[1] = {
    argv: [],
    uid: 1000,
    statSync: () => ({ uid: 0, mode: 0o104755 }),
  }
  const find = (
    env: Record<string, string> = { DISPLAY: ':0' },
    platform = 'linux',
    run: Partial<typeof ORDINARY> & { kernel?: Record<string, string> } = {},
  ) => {
    const { kernel = {} } = run
    const fs = {
      existsSync: (file: string) => (file.startsWith('/proc/') ? file in kernel : existsSync(file)),
      readFileSync: (file: string, encoding: 'utf8') =>
        kernel[file] ?? readFileSync(file, encoding),
    }
    return findDesktop({ platform, env, rootDir, fs }, { ...ORDINARY, ...run })
  }
  const reasonOf = (found: ReturnType<typeof find>) => {
    if (found.binary !== null) return null
    expect(worded({ ...found.reason, message: '' }, MESSAGES)).toBe(found.reason.message)
    return found.reason.message
  }

  it('finds the binary that belongs to the installed package', () => {
    installBinary()
    expect(find()).toEqual({ binary: join(rootDir, 'node_modules/electron/dist/electron') })
  })

  it('accepts a version file with a leading v and a line end', () => {
    installBinary('electron', 'v45.4.1\n')
    expect(find().binary).not.toBeNull()
  })

  it.each<[string, Parameters<typeof find>[2], RegExp | null]>([
    ['root', { uid: 0 }, /does not run as root/],
    ['root that insists', { uid: 0, argv: ['--no-sandbox'] }, null],
    [
      'a system that forbids user namespaces',
      { ...RESTRICTED, ...NOT_SET_UP },
      /sudo chown root:root \S+chrome-sandbox` and `sudo chmod 4755/,
    ],
    ['the same with Electron’s helper set up', RESTRICTED, null],
    ['a system that does not', NOT_SET_UP, null],
  ])('%s: the sandbox is possible, or the reason names the remedy', (_what, run, reason) => {
    installBinary()
    const found = reasonOf(find(undefined, 'linux', run))
    if (reason === null) expect(found).toBeNull()
    else expect(found).toMatch(reason)
    expect(find({}, 'darwin', run).binary).toBeNull()
    installBinary(MAC_EXECUTABLE)
    expect(find({}, 'darwin', run).binary).not.toBeNull()
  })

  it('accepts Wayland as a display', () => {
    installBinary()
    expect(find({ WAYLAND_DISPLAY: 'wayland-0' }).binary).not.toBeNull()
  })

  it.each([
    ['darwin', MAC_EXECUTABLE],
    ['win32', 'electron.exe'],
  ])('needs no display variable on %s', (platform, executable) => {
    installBinary(executable)
    const { binary } = find({}, platform)
    expect(binary).toBe(join(rootDir, 'node_modules/electron/dist', executable))
  })

  it('names the command that fetches a missing binary', () => {
    expect(reasonOf(find())).toBe(
      'no Electron binary (run `npx install-electron --no` to fetch it)',
    )
  })

  it('has no binary when the package itself is not installed', () => {
    rmSync(join(rootDir, 'node_modules'), { recursive: true })
    expect(find().binary).toBeNull()
  })

  it('refuses a binary of another version, naming both', () => {
    installBinary('electron', '44.0.0')
    expect(reasonOf(find())).toContain('version 44.0.0 instead of 45.4.1')
  })

  it('refuses a binary that does not tell its version', () => {
    write('node_modules/electron/dist/electron')
    expect(reasonOf(find())).toContain('unknown')
  })

  it('opens no window on Linux without a display', () => {
    installBinary()
    expect(reasonOf(find({}))).toBe('no display (neither DISPLAY nor WAYLAND_DISPLAY is set)')
  })

  it('names both reasons when there are two', () => {
    expect(reasonOf(find({}))).toMatch(/no Electron binary .*, and no display/)
  })

  it('prefers the folder of ELECTRON_OVERRIDE_DIST_PATH, whatever its version', () => {
    installBinary()
    write('mine/electron')
    const override = join(rootDir, 'mine')
    expect(find({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: override })).toEqual({
      binary: join(override, 'electron'),
    })
  })

  it('reports when ELECTRON_OVERRIDE_DIST_PATH holds no binary, though an installed one exists', () => {
    installBinary()
    const override = join(rootDir, 'nowhere')
    const found = find({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: override })
    expect(reasonOf(found)).toContain(join(override, 'electron'))
  })
})
