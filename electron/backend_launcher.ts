/** Starts built-in backends in utility processes, or with Node where Electron's libraries break theirs. */
import path from 'node:path'
import {
  ARENA_OFF,
  createFallbackLauncher,
  withAndWithoutArena,
  type LaunchWay,
} from '../control/launcher/fallback_launcher.ts'
import type { Launcher } from '../control/launcher/launcher.ts'
import { createNodeLauncher } from '../control/launcher/node_launcher.ts'
import { message } from '../protocol/messages.ts'
import type { ElectronParts, ProcessFacts } from './parts.ts'
import type { ShellPaths } from './paths.ts'
import { DEEP_BINDING } from './picture_check.ts'
import { createUtilityLauncher } from './utility_launcher.ts'

export interface BackendLauncherOptions {
  parts: Pick<ElectronParts, 'app' | 'utilityProcess'>
  paths: Pick<ShellPaths, 'rootDir' | 'nodePath'>
  facts: Pick<ProcessFacts, 'env' | 'platform'>
  /** After failed launches: the way that is known to work. */
  isSafeMode: boolean
  /** Verdict of picture_check.ts, which only Linux needs. */
  picturesPass: boolean
}

/**
 * Tries a utility process, then without the arena, then Node. Node first on macOS, since a large aligned allocation traps there
 * (https://github.com/electron/electron/issues/44291), and on Linux until pictures have passed their check: without a Node,
 * backends are then refused. `SWITCHYARD_LAUNCHER` = `utility` or `node` overrides it.
 */
export function createBackendLauncher(options: BackendLauncherOptions): Launcher {
  const { paths, facts, isSafeMode, picturesPass } = options
  const shared = { cwd: paths.rootDir, env: facts.env, entry: entryOf(paths, 'process') }
  const node =
    paths.nodePath === null ? null : createNodeLauncher({ ...shared, execPath: paths.nodePath })
  if (refusesBackends(options)) return REFUSING
  const chosen = facts.env['SWITCHYARD_LAUNCHER']
  const nodeFirst =
    isUnproven(facts, picturesPass) ||
    chosen === 'node' ||
    (chosen !== 'utility' && facts.platform === 'darwin')
  if (node !== null && isSafeMode) {
    return createFallbackLauncher([{ launcher: node, env: ARENA_OFF, how: 'start.usual' }])
  }
  if (node !== null && nodeFirst) return createFallbackLauncher(withAndWithoutArena(node))
  const utility = createUtilityLauncher({ ...shared, ...options.parts })
  const asNode: LaunchWay[] =
    node === null ? [] : [{ launcher: node, env: ARENA_OFF, how: 'start.as_node' }]
  const env = facts.platform === 'linux' ? DEEP_BINDING : {}
  return createFallbackLauncher([...withAndWithoutArena(utility, env), ...asNode])
}

/** Whether no backend can start: without a Node, and without proof that a utility process would not crash. */
export const refusesBackends = ({
  paths,
  facts,
  picturesPass,
}: Pick<BackendLauncherOptions, 'paths' | 'facts' | 'picturesPass'>): boolean =>
  paths.nodePath === null && isUnproven(facts, picturesPass)

const isUnproven = ({ platform, env }: BackendLauncherOptions['facts'], picturesPass: boolean) =>
  platform === 'linux' && !picturesPass && env['SWITCHYARD_LAUNCHER'] !== 'utility'

/** For picture_check.ts. */
export const pictureCheckLauncher = ({
  parts,
  paths,
  facts,
}: Pick<BackendLauncherOptions, 'parts' | 'paths' | 'facts'>): Launcher =>
  createUtilityLauncher({
    ...parts,
    entry: entryOf(paths, 'picture_probe'),
    cwd: paths.rootDir,
    env: facts.env,
  })

const entryOf = ({ rootDir }: Pick<ShellPaths, 'rootDir'>, name: string) =>
  path.join(rootDir, 'dist', 'backends', `${name}.js`)

const REFUSING: Launcher = {
  kind: 'utility',
  launch: (_request, { onExit }) => {
    onExit({ code: null, signal: null, failure: message('start.no_node') })
    return { pid: null, tell: () => undefined, askToStop: () => undefined, kill: () => undefined }
  },
}
