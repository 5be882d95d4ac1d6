/** Runs one tool in a separate process group, so that nothing it started remains. */
import { spawn, spawnSync } from 'node:child_process'

const GRACE_MS = 8_000

/**
 * Resolves with whether the exit code was 0. `output: 'whole'` prints the output at the end, so that the lines of concurrent
 * tools do not mix.
 * @param {{
 *   command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv,
 *   output: 'streamed' | 'whole', signal: AbortSignal,
 * }} options
 * @returns {Promise<boolean>}
 */
export function runTool({ command, args, cwd, env, output, signal }) {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const isWindows = process.platform === 'win32'
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: output === 'whole' ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      // node_modules/.bin/NAME is NAME.cmd on Windows and needs a shell there.
      shell: isWindows,
      detached: !isWindows,
    })
    /** @type {Buffer[]} */
    const written = []
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (/** @type {Buffer} */ chunk) => written.push(chunk))
    }
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
      process.stdout.write(Buffer.concat(written))
      resolve(hasPassed)
    }
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      finish(false)
    })
    child.once('exit', () => {
      // A forgotten process would keep the pipes open and delay `close`.
      endGroup(child.pid, 'SIGKILL')
    })
    child.once('close', (code) => {
      finish(code === 0)
    })
  })
}

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function endGroup(pid, signal) {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'])
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has exited, as expected.
  }
}
