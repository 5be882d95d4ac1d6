/** Where things lie: beside the sources in development, in the packaged app's resources otherwise. */
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { ElectronParts, ProcessFacts } from './parts.ts'

export interface ShellPaths {
  /** package.json and the panel; inside the archive when packaged, where Electron alone reads. */
  appDir: string
  /** Backends, their models and native libraries: outside of the archive, where any program reads. */
  rootDir: string
  /** The Node binary for backends that do not run in a utility process, and for foreign programs; null: there is none. */
  nodePath: string | null
  /** The configuration that is read, written and watched. */
  configFile: string
  /** Settings, window and starts of the shell. */
  userDir: string
  preload: string
  icons: string
}

/** Set by scripts/start.mjs: the Node that runs it. */
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
    // A person's own copy: the packaged one is replaced with each update.
    configFile: configFlag(argv, env) ?? path.join(app.getPath('userData'), 'models.yaml'),
    nodePath: existsSync(node) ? node : null,
  }
}

/** Puts the packaged configuration where it may be written, once. */
export function provideConfig({ configFile }: ShellPaths, resourcesDir: string): void {
  const packaged = path.join(resourcesDir, 'config', 'models.yaml')
  if (existsSync(configFile) || !existsSync(packaged)) return
  mkdirSync(path.dirname(configFile), { recursive: true })
  cpSync(packaged, configFile)
}

/** `--config FILE` or `SWITCHYARD_CONFIG`, for who keeps several. */
function configFlag(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const value = flagOf(argv, 'config') ?? env['SWITCHYARD_CONFIG']
  return value === undefined || value === '' ? undefined : path.resolve(value)
}

/** `--name VALUE` or `--name=VALUE`; Chromium's own flags stand among them, so that no strict parser fits. Pure. */
export function flagOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((one) => one === `--${name}` || one.startsWith(`--${name}=`))
  const found = argv[at]
  if (found === undefined) return undefined
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : argv[at + 1]
}
