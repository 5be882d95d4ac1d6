import { readFileSync } from 'node:fs'
import path from 'node:path'

/** Reads `version` of the package.json in `folder`. Throws when there is none. */
export function versionOf(folder: string): string {
  const text = readFileSync(path.join(folder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
