/** `npm start` and `npm run headless`: sets up what is missing, then opens the desktop app or serves the panel headless. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { findDesktop } from './setup/desktop.mjs'
import { runEntry } from './setup/entry.mjs'

/** As in control/endings.ts. */
const SAME_PRESS_MS = 300

await runEntry(() => main(process.argv.slice(2)))

/** @param {string[]} args */
async function main(args) {
  await ensureReady()
  const argv = args.filter((arg) => arg !== '--headless')
  if (argv.length < args.length) return serveHeadless(argv, null)

  const { env, platform } = process
  const desktop = findDesktop(
    { platform, env, rootDir: ROOT_DIR, fs: { existsSync, readFileSync } },
    { argv, uid: process.getuid?.(), statSync },
  )
  if (desktop.binary !== null) return openDesktop(desktop.binary, argv)
  console.log(`No desktop window: ${desktop.reason.message}. Serving the panel headless.`)
  return serveHeadless(argv, desktop.reason)
}

/**
 * In this process, so that signals and exit code need no forwarding.
 * @param {string[]} argv
 * @param {import('../protocol/messages.ts').Message | null} noWindow
 */
async function serveHeadless(argv, noWindow) {
  const { runHeadless } = await import(
    pathToFileURL(join(ROOT_DIR, 'dist/control/headless.js')).href
  )
  await runHeadless({ argv, rootDir: ROOT_DIR, noWindow })
}

/**
 * Exits like Electron. A crash is shown instead of falling back to a headless panel.
 * @param {string} binary
 * @param {string[]} argv
 * @returns {Promise<never>}
 */
function openDesktop(binary, argv) {
  // For processes other than utility processes: Electron itself does not act as Node here.
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, SWITCHYARD_NODE: process.execPath }
  // Some editors' terminals set it, which would make Electron a plain Node.
  delete env['ELECTRON_RUN_AS_NODE']
  // A separate process group: otherwise Ctrl+C reaches Electron twice, and the second one exits without stopping the backends.
  const detached = process.platform !== 'win32'
  const child = spawn(binary, [ROOT_DIR, ...argv], { stdio: 'inherit', env, detached })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    let passedAt = -Infinity
    process.on(signal, () => {
      // npm forwards what the terminal has already sent.
      if (performance.now() - passedAt < SAME_PRESS_MS) return
      passedAt = performance.now()
      child.kill(signal)
    })
  }
  return new Promise(() => {
    child.once('error', (error) => {
      console.error(`Electron could not be started (${binary}): ${error.message}`)
      process.exit(1)
    })
    child.once('exit', (code, killedBy) => {
      if (killedBy === null) process.exit(code ?? 1)
      console.error(`The desktop app was ended by ${killedBy}.`)
      process.exit(128 + constants.signals[killedBy])
    })
  })
}
