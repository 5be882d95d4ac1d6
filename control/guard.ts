/** Runs a foreign program as its parent's stand-in: passes signals on, takes its exit code, and ends it when the parent dies. */
import { spawn } from 'node:child_process'
import { START_FAILURE_EXIT_CODES, startFailure } from './launcher/start_failure.ts'

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('guard needs the program to run')

const isWindows = process.platform === 'win32'
const child = spawn(program, args, { stdio: 'inherit', windowsHide: true })
child.once('error', (error: NodeJS.ErrnoException) => {
  process.stderr.write(`ERROR ${startFailure(program, error, process.cwd())}\n`)
  process.exit(START_FAILURE_EXIT_CODES[error.code ?? ''] ?? 1)
})
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  // The control plane is told how the program ended, not a number that stands for it.
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => child.kill(signal))
}
process.on('message', (message: unknown) => {
  if (typeof message === 'object' && message !== null && 'shutdown' in message) child.kill()
})
// The channel closes when the control plane ends, however it ended. The group holds the guard itself and all that the program
// has started.
process.on('disconnect', () => {
  if (isWindows) child.kill('SIGKILL')
  else process.kill(-process.pid, 'SIGKILL')
})
