#!/usr/bin/env node
/** The command line `switchyard`: sets up what is missing, then runs the command. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { runEntry } from './setup/entry.mjs'

await runEntry(async () => {
  // `npm run` changes to the folder of package.json; file arguments are relative to the user's folder.
  const { npm_lifecycle_event: script, INIT_CWD: standing } = process.env
  if (script === 'switchyard' && standing !== undefined) process.chdir(standing)
  await ensureReady({ parts: ['packages', 'models', 'programs'] })
  const { runCli } = await import(pathToFileURL(join(ROOT_DIR, 'dist/cli/main.js')).href)
  process.exitCode = await runCli({ argv: process.argv.slice(2), rootDir: ROOT_DIR })
})
