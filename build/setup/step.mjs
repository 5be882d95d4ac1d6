/** One long command of the set-up: says what it does, shows that it is alive, and shows its output only when it fails. */
import { spawn } from 'node:child_process'

/** A failure that a person can act on: the message holds what failed, its output and the remedy. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError'
}

/** Enough for the end of any compiler's or npm's complaint. */
const OUTPUT_LENGTH_MAX = 32_768
const PROGRESS_INTERVAL_MS = 5_000

/**
 * All set-up output goes to stderr: on stdout, programs look for `Panel:` and `listening on`.
 * @param {string} line
 */
export const sayOnStderr = (line) => {
  process.stderr.write(`${line}\n`)
}

/**
 * Runs a command with its output captured. Throws a SetupError when it fails.
 * @param {{
 *   title: string,
 *   command: string,
 *   args: string[],
 *   cwd: string,
 *   remedy: string,
 *   say: (line: string) => void,
 *   env?: NodeJS.ProcessEnv,
 *   signal?: AbortSignal | undefined,
 *   progressIntervalMs?: number,
 * }} step
 * @returns {Promise<void>}
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
    if (signal?.aborted) throw new SetupError(`${title}: interrupted.`)
    if (ending !== null) {
      throw new SetupError(`${title}: failed (${ending}).\n\n${output.trim()}\n\n${step.remedy}`)
    }
  } finally {
    clearInterval(progress)
  }
  say(`  done in ${elapsed()}`)
}

/**
 * `ending` is null for exit code 0, else a phrase that says how the command ended.
 * @param {Parameters<typeof runStep>[0]} step
 * @returns {Promise<{ ending: string | null, output: string }>}
 */
function runCaptured({ command, args, cwd, env, signal }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-OUTPUT_LENGTH_MAX)
      })
    }
    const stop = () => child.kill()
    signal?.addEventListener('abort', stop, { once: true })
    /** @param {string | null} ending */
    const finish = (ending) => {
      signal?.removeEventListener('abort', stop)
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
