/** Launch at login: the system's list on macOS and Windows, a desktop entry on Linux. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ElectronParts } from './parts.ts'

export const HIDDEN_FLAG = '--hidden'

export interface LoginItemOptions {
  app: Pick<ElectronParts['app'], 'setLoginItemSettings'>
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  /** For an AppImage, the image itself. */
  execPath: string
  /** The folder argument in development; empty when packaged. */
  args: readonly string[]
}

export function setLoginItem(isOn: boolean, options: LoginItemOptions): void {
  const { app, platform, env, execPath, args } = options
  if (platform !== 'linux') {
    // Arguments are for Windows only.
    if (platform === 'win32')
      app.setLoginItemSettings({ openAtLogin: isOn, args: [...args, HIDDEN_FLAG] })
    else app.setLoginItemSettings({ openAtLogin: isOn })
    return
  }
  const file = autostartFile(env)
  if (!isOn) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(path.dirname(file), { recursive: true })
  const command = [env['APPIMAGE'] ?? execPath, ...args, HIDDEN_FLAG].map(quoted).join(' ')
  writeFileSync(
    file,
    `[Desktop Entry]\nType=Application\nName=Switchyard\nExec=${command}\nX-GNOME-Autostart-enabled=true\nTerminal=false\n`,
  )
}

/** macOS passes no flag. */
export const wasOpenedAtLogin = (
  app: Pick<ElectronParts['app'], 'getLoginItemSettings'>,
  platform: NodeJS.Platform,
): boolean => platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin

/** https://specifications.freedesktop.org/autostart-spec/latest/ */
function autostartFile(env: NodeJS.ProcessEnv): string {
  const config = env['XDG_CONFIG_HOME'] ?? path.join(env['HOME'] ?? '', '.config')
  return path.join(config, 'autostart', 'switchyard.desktop')
}

/** https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html */
const quoted = (word: string) => `"${word.replaceAll(/(["`$\\])/g, '\\$1').replaceAll('%', '%%')}"`
