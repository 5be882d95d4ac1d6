/** `npm run evaluate -- NAME [ARGS]`: recomputes and prints the results table of a backend's README. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { runEntry } from './setup/entry.mjs'
import { SetupError } from './setup/step.mjs'

await runEntry(async () => {
  const [name, ...args] = process.argv.slice(2)
  const script = (/** @type {string} */ folder) => join(ROOT_DIR, 'tools', folder, 'evaluate.ts')
  const known = readdirSync(join(ROOT_DIR, 'tools')).filter((folder) => existsSync(script(folder)))
  if (name === undefined || !known.includes(name)) {
    const fault = name === undefined ? 'Which backend?' : `"${name}" has no evaluation.`
    throw new SetupError(`${fault} Use: npm run evaluate -- ${known.join('|')} [ARGS]`)
  }
  await ensureReady({ parts: ['packages', 'models'] })
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script(name), ...args], {
    cwd: ROOT_DIR,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
})
