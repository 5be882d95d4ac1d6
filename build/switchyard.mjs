#!/usr/bin/env node
/** The command line `switchyard`: sets up what is missing, then runs the command. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { runEntry } from './setup/entry.mjs'

await runEntry(async () => {
  await ensureReady({ parts: ['packages', 'models', 'programs'] })
  const { runCli } = await import(pathToFileURL(join(ROOT_DIR, 'dist/control/cli/main.js')).href)
  process.exitCode = await runCli({ argv: process.argv.slice(2), rootDir: ROOT_DIR })
})
