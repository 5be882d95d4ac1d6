/** Starts the app again after it has quit. */
import { spawn } from 'node:child_process'
import type { ElectronParts, ProcessFacts } from './parts.ts'
import { flagOf, type ShellPaths } from './paths.ts'

/** Kept; files and links are not opened again, and `--hidden` would hide what the person wants to see. */
const KEPT_FLAGS = ['config', 'port', 'user-data-dir']

export interface RelaunchOptions {
  app: Pick<
    ElectronParts['app'],
    'isPackaged' | 'on' | 'quit' | 'relaunch' | 'releaseSingleInstanceLock'
  >
  facts: Pick<ProcessFacts, 'argv' | 'env'>
  paths: Pick<ShellPaths, 'appDir'>
}

/** `flag` comes first: on Windows Electron refuses a flag after a link (shell/app/command_line_args.cc). */
export function relaunch(flag: string, { app, facts, paths }: RelaunchOptions): void {
  const { APPIMAGE: image } = facts.env
  const args = [
    ...(app.isPackaged ? [] : [paths.appDir]),
    flag,
    ...KEPT_FLAGS.flatMap((name) => {
      const value = flagOf(facts.argv, name)
      return value === undefined ? [] : [`--${name}=${value}`]
    }),
  ]
  if (image === undefined) app.relaunch({ args })
  else {
    // Electron's own relaunch runs from the image's mount, which ends with us: electron-userland/electron-builder#1727
    app.on('quit', () => {
      app.releaseSingleInstanceLock()
      const child = spawn(image, args, { detached: true, stdio: 'ignore' })
      child.on('error', () => undefined)
      child.unref()
    })
  }
  app.quit()
}
