/** Runs a long set-up command: prints its title and progress, and its output only on failure. */
import { spawn } from 'node:child_process'

/** An expected failure: the message has what failed, its output and the remedy. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError'
}

const OUTPUT_LENGTH_MAX = 32_768
const PROGRESS_INTERVAL_MS = 5_000
/** npm spends half a minute on reverting an installation that the next set-up repeats anyway. */
const KILL_GRACE_MS = 2_000

/**
 * All set-up output goes to stderr: on stdout, programs look for `Panel:` and `listening on`.
 * @param {string} line
 */
export const sayOnStderr = (line) => {
  process.stderr.write(`${line}\n`)
}

/**
 * `onStart` receives the pid of each started process.
 * @typedef {{
 *   rootDir: string,
 *   say: (line: string) => void,
 *   signal: AbortSignal,
 *   onStart?: (pid: number) => void,
 * }} StepContext
 */

/**
 * Runs a command in the root folder and captures its output. Throws a SetupError when it fails.
 * @param {StepContext & {
 *   title: string,
 *   command: string,
 *   args: string[],
 *   remedy: string,
 *   env?: NodeJS.ProcessEnv,
 *   progressIntervalMs?: number,
 * }} step
 */
export async function runStep(step) {
  const { title, say, signal, progressIntervalMs = PROGRESS_INTERVAL_MS } = step
  const startedAt = performance.now()
  const elapsed = () => `${Math.round((performance.now() - startedAt) / 1000)} s`
  say(`${title} …`)
  const progress = setInterval(() => {
    say(`  … ${elapsed()}`)
  }, progressIntervalMs)
  try {
    const { ending, output } = await runCaptured(step)
    if (signal.aborted) throw new SetupError(`${title}: interrupted.`)
    if (ending !== null) {
      throw new SetupError(`${title}: failed (${ending}).\n\n${output.trim()}\n\n${step.remedy}`)
    }
  } finally {
    clearInterval(progress)
  }
  say(`  done in ${elapsed()}`)
}

/**
 * `ending` is null for exit code 0, else how the command ended.
 * @param {Parameters<typeof runStep>[0]} step
 * @returns {Promise<{ ending: string | null, output: string }>}
 */
function runCaptured({ command, args, rootDir, env, signal, onStart }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: rootDir,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (child.pid !== undefined) onStart?.(child.pid)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-OUTPUT_LENGTH_MAX)
      })
    }
    /** @type {NodeJS.Timeout | undefined} */
    let grace
    const stop = () => {
      child.kill()
      grace = setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS)
    }
    signal.addEventListener('abort', stop, { once: true })
    /** @param {string | null} ending */
    const finish = (ending) => {
      clearTimeout(grace)
      signal.removeEventListener('abort', stop)
      resolve({ ending, output })
    }
    child.once('error', (error) => {
      finish(error.message)
    })
    child.once('close', (code, killedBy) => {
      finish(code === 0 ? null : killedBy !== null ? `ended by ${killedBy}` : `exit code ${code}`)
    })
  })
}
