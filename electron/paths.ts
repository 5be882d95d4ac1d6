/** File locations: next to the sources in development, in the app's resources when packaged. */
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { ElectronParts, ProcessFacts } from './parts.ts'

export interface ShellPaths {
  /** package.json and the panel; in the archive when packaged, which only Electron can read. */
  appDir: string
  /** Backends, models and native libraries, outside of the archive. */
  rootDir: string
  /** The Node binary for external programs, and for backends outside of utility processes; null without one. */
  nodePath: string | null
  configFile: string
  userDir: string
  preload: string
  icons: string
}

/** Set by scripts/start.mjs: the Node that runs it. By a person: for a package without Node. */
export const NODE_VARIABLE = 'SWITCHYARD_NODE'

export function shellPaths(
  app: Pick<ElectronParts['app'], 'getPath' | 'isPackaged'>,
  { argv, env, platform, programDir, resourcesDir }: ProcessFacts,
): ShellPaths {
  // dist/electron/
  const appDir = path.resolve(programDir, '..', '..')
  const userDir = path.join(app.getPath('userData'), 'switchyard')
  const shared = {
    appDir,
    userDir,
    preload: path.join(programDir, 'preload.cjs'),
    icons: path.join(appDir, 'dist', 'icons'),
  }
  if (!app.isPackaged) {
    const nodePath = env[NODE_VARIABLE]
    const configFile = configFlag(argv, env) ?? path.join(appDir, 'config', 'models.yaml')
    return { ...shared, rootDir: appDir, configFile, nodePath: nodePath ?? null }
  }
  const node = path.join(resourcesDir, 'node', platform === 'win32' ? 'node.exe' : 'bin/node')
  return {
    ...shared,
    rootDir: path.join(resourcesDir, 'app.asar.unpacked'),
    // A copy for the user: an update replaces the packaged file.
    configFile: configFlag(argv, env) ?? path.join(app.getPath('userData'), 'models.yaml'),
    nodePath: existsSync(node) ? node : (env[NODE_VARIABLE] ?? null),
  }
}

/** Copies the packaged configuration to a writable place, once. */
export function provideConfig({ configFile }: ShellPaths, resourcesDir: string): void {
  const packaged = path.join(resourcesDir, 'config', 'models.yaml')
  if (existsSync(configFile) || !existsSync(packaged)) return
  mkdirSync(path.dirname(configFile), { recursive: true })
  cpSync(packaged, configFile)
}

function configFlag(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const value = flagOf(argv, 'config') ?? env['SWITCHYARD_CONFIG']
  return value === undefined || value === '' ? undefined : path.resolve(value)
}

/** `--name VALUE` or `--name=VALUE`. Chromium's flags are among the arguments, so a strict parser does not fit. */
export function flagOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((one) => one === `--${name}` || one.startsWith(`--${name}=`))
  const found = argv[at]
  if (found === undefined) return undefined
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : argv[at + 1]
}
