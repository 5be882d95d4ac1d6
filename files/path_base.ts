/** Where the relative paths of a configuration begin. */
import { existsSync } from 'node:fs'
import path from 'node:path'

/** Names to a backend's process the folder of its configuration, if that is a base. */
export const PATH_BASE_VARIABLE = 'SWITCHYARD_PATH_BASE'

/**
 * The folder of the configuration, then Switchyard's: a packaged Switchyard is replaced by updates. The configuration of a
 * checkout begins at the checkout alone.
 */
export function pathBases(
  configFile: string,
  rootDir: string,
): readonly [first: string, ...others: string[]] {
  const folder = path.dirname(configFile)
  return isWithin(rootDir, folder) ? [rootDir] : [folder, rootDir]
}

/** Whether `file` is the folder or below it. */
export function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file)
  // Absolute on another drive of Windows.
  return !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..'
}

/** In the first base where the path exists, else in the first one. */
export function resolveFrom(
  bases: readonly [first: string, ...others: string[]],
  given: string,
  exists: (file: string) => boolean = existsSync,
): string {
  const found = bases.map((base) => path.resolve(base, given)).find(exists)
  return found ?? path.resolve(bases[0], given)
}

/** For {@link PATH_BASE_VARIABLE}. */
export function pathBaseEnv(configFile: string, rootDir: string): Record<string, string> {
  const bases = pathBases(configFile, rootDir)
  return bases.length === 1 ? {} : { [PATH_BASE_VARIABLE]: bases[0] }
}

/** In a backend's process. */
export const basesIn = (
  env: NodeJS.ProcessEnv,
  rootDir: string,
): readonly [first: string, ...others: string[]] => {
  const base = env[PATH_BASE_VARIABLE]
  return base === undefined ? [rootDir] : [base, rootDir]
}
