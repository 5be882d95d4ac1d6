/** `npm run backend -- NAME`: sets up what is missing, then runs one backend in this process. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { runEntry } from './setup/entry.mjs'

await runEntry(async () => {
  // A backend needs no panel.
  await ensureReady({ parts: ['packages', 'models', 'programs'] })
  const { runBackend } = await import(pathToFileURL(join(ROOT_DIR, 'dist/backends/main.js')).href)
  await runBackend({ argv: process.argv.slice(2), rootDir: ROOT_DIR })
})
