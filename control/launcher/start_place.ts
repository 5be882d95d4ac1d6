import { statSync } from 'node:fs'
import type { StartPlace } from '../../config/before_start.ts'

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
    // A path through a file (ENOTDIR), or without permission.
    return undefined
  }
}
