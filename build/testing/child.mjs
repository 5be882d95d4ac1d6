/** Runs one tool with its output streamed, in a process group of its own, so that nothing it started is left behind. */
import { spawn, spawnSync } from 'node:child_process'

const GRACE_MS = 8_000

/**
 * Resolves with whether the exit code was 0.
 * @param {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<boolean>}
 */
export function runStreamed({ command, args, cwd, env, signal }) {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const isWindows = process.platform === 'win32'
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Tools are found as node_modules/.bin/NAME, which is NAME.cmd on Windows and needs a shell there.
      shell: isWindows,
      detached: !isWindows,
    })
    /** @type {NodeJS.Timeout | undefined} */
    let grace
    const stop = () => {
      endGroup(child.pid, 'SIGTERM')
      grace = setTimeout(() => {
        endGroup(child.pid, 'SIGKILL')
      }, GRACE_MS)
    }
    signal.addEventListener('abort', stop, { once: true })
    /** @param {boolean} hasPassed */
    const finish = (hasPassed) => {
      clearTimeout(grace)
      signal.removeEventListener('abort', stop)
      // Whatever the tool has forgotten must not outlive it.
      endGroup(child.pid, 'SIGKILL')
      resolve(hasPassed)
    }
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      finish(false)
    })
    child.once('exit', (code) => {
      finish(code === 0)
    })
  })
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function endGroup(pid, signal) {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'])
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone, as it should be.
  }
}
