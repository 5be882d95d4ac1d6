/** This machine, as far as it decides whether a program can start. */
import { statSync } from 'node:fs'
import type { StartPlace } from '../../config/before_start.ts'

/** `rootDir`: what relative paths of the configuration begin at. */
export const startPlace = (rootDir: string): StartPlace => ({
  rootDir,
  platform: process.platform,
  env: process.env,
  isFile: (file) => statOf(file)?.isFile() === true,
  isFolder: (file) => statOf(file)?.isDirectory() === true,
})

const statOf = (file: string) => {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    // A path through a file (ENOTDIR), or one that this user may not look into.
    return undefined
  }
}
