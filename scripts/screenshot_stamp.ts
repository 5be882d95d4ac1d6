/** Whether the pictures in docs/images still show the panel: a hash over what they show, kept beside them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { transformSync, type Loader } from 'esbuild'
import { filesBelow, isTestFile } from './setup/fingerprint.mjs'

export const STAMP_FILE = 'docs/images/shown.sha256'

/** Of the renderer, what is in the pictures: frame, Backends view and Logs view. The other views can change without new pictures. */
const SHOWN = [
  'renderer/styles',
  'renderer/charts',
  'renderer/components',
  ...['app', 'top_bar', 'status_bar'].flatMap((name) => [
    `renderer/shell/${name}.css`,
    `renderer/shell/${name}.tsx`,
  ]),
  'renderer/views/backends',
  'renderer/views/logs',
  ...['shell', 'backends', 'charts', 'overview', 'logs', 'words'].map(
    (name) => `renderer/i18n/en/${name}.ts`,
  ),
]
const NOT_SHOWN = /^renderer\/views\/backends\/(config|crash|model)\//

const LOADERS: Readonly<Record<string, Loader>> = { '.css': 'css', '.tsx': 'tsx', '.ts': 'ts' }

/** Comments, types, names of variables and line breaks do not count. */
export function shownFingerprint(rootDir: string): string {
  const hash = createHash('sha256')
  for (const file of SHOWN.flatMap((one) => filesBelow(rootDir, one))) {
    const extension = path.extname(file)
    const loader = LOADERS[extension]
    // What is drawn is in styles, components and texts; a calculation that changes does not change the look.
    const isDrawn = extension !== '.ts' || file.startsWith('renderer/i18n/')
    if (loader === undefined || !isDrawn || isTestFile(file) || NOT_SHOWN.test(file)) continue
    const text = readFileSync(path.join(rootDir, file), 'utf8')
    hash.update(transformSync(text, { loader, minify: true }).code)
  }
  return hash.digest('hex')
}
