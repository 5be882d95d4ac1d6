/** Starts built-in backends in utility processes, or with Node where Electron's allocator breaks onnxruntime. */
import path from 'node:path'
import {
  ARENA_OFF,
  createFallbackLauncher,
  withAndWithoutArena,
  type LaunchWay,
} from '../control/launcher/fallback_launcher.ts'
import type { Launcher } from '../control/launcher/launcher.ts'
import { createNodeLauncher } from '../control/launcher/node_launcher.ts'
import type { ElectronParts, ProcessFacts } from './parts.ts'
import type { ShellPaths } from './paths.ts'
import { createUtilityLauncher } from './utility_launcher.ts'

export interface BackendLauncherOptions {
  parts: Pick<ElectronParts, 'app' | 'utilityProcess'>
  paths: Pick<ShellPaths, 'rootDir' | 'nodePath'>
  facts: Pick<ProcessFacts, 'env' | 'platform'>
  /** After failed launches: the way that is known to work. */
  isSafeMode: boolean
}

/**
 * Tries a utility process, then without the arena, then Node; on macOS Node first, since a large aligned allocation traps there
 * (https://github.com/electron/electron/issues/44291). `SWITCHYARD_LAUNCHER` = `utility` or `node` overrides it.
 */
export function createBackendLauncher(options: BackendLauncherOptions): Launcher {
  const { paths, facts, isSafeMode } = options
  const entry = path.join(paths.rootDir, 'dist', 'backends', 'process.js')
  const shared = { entry, cwd: paths.rootDir, env: facts.env }
  const utility = createUtilityLauncher({ ...shared, ...options.parts })
  const node =
    paths.nodePath === null ? null : createNodeLauncher({ ...shared, execPath: paths.nodePath })
  const asNode: LaunchWay[] =
    node === null ? [] : [{ launcher: node, env: ARENA_OFF, words: 'as a Node process' }]
  const chosen = facts.env['SWITCHYARD_LAUNCHER']
  const nodeFirst = chosen === 'node' || (chosen !== 'utility' && facts.platform === 'darwin')
  if (node !== null && (nodeFirst || isSafeMode)) {
    return createFallbackLauncher(
      isSafeMode ? [{ launcher: node, env: ARENA_OFF, words: '' }] : withAndWithoutArena(node),
    )
  }
  return createFallbackLauncher([...withAndWithoutArena(utility), ...asNode])
}
