/**
 * Wraps an external program: stops it with all its children, forwards its exit code, and kills it when the control plane exits.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { spawnable } from './launcher/spawnable.ts'
import { START_FAILURE_EXIT_CODES, startFailure } from './launcher/start_failure.ts'
import { sendSignal } from './processes/signals.ts'

const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('guard requires the program to run as argument')

const isWindows = process.platform === 'win32'
const {
  file,
  args: given,
  isVerbatim,
} = spawnable(program, args, {
  platform: process.platform,
  env: process.env,
  exists: existsSync,
})
const child = spawn(file, given, {
  stdio: 'inherit',
  windowsHide: true,
  windowsVerbatimArguments: isVerbatim,
})
child.on('error', (error: NodeJS.ErrnoException) => {
  // A refused signal (EPERM) is also an error event, but the program keeps running.
  if (child.pid !== undefined) return
  process.stderr.write(`ERROR ${startFailure(program, error, process.cwd())}\n`)
  process.exit(START_FAILURE_EXIT_CODES[error.code ?? ''] ?? 1)
})
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  // Exit the same way as the program, instead of with a number that represents it.
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
type StopSignal = (typeof STOP_SIGNALS)[number]
/** Signals that we sent to the group; the guard receives them too. */
const own = new Set<StopSignal>()

/** To the whole group: start scripts rarely forward signals. */
function signalAll(signal: StopSignal): void {
  if (isWindows) {
    spawnSync('taskkill', ['/PID', String(child.pid), '/T', '/F'])
    return
  }
  own.add(signal)
  sendSignal(-process.pid, signal)
}

for (const signal of isWindows ? [] : STOP_SIGNALS) {
  process.on(signal, () => {
    if (!own.delete(signal)) signalAll(signal)
  })
}
process.on('message', (message: unknown) => {
  const stop = stopIn(message)
  if (stop === null) return
  signalAll(stop.signal)
  if (stop.signal === 'SIGTERM') return
  // The program may ignore the signal or use it for something else.
  setTimeout(() => {
    signalAll('SIGTERM')
  }, stop.graceMs / 2)
})
// The channel closes when the control plane exits for any reason. The group contains the guard and all children.
process.on('disconnect', () => {
  if (isWindows) signalAll('SIGTERM')
  else sendSignal(-process.pid, 'SIGKILL')
})

function stopIn(message: unknown): { signal: StopSignal; graceMs: number } | null {
  if (typeof message !== 'object' || message === null || !('stop' in message)) return null
  const { signal, graceMs } = message.stop as { signal?: unknown; graceMs?: unknown }
  const known = STOP_SIGNALS.find((one) => one === signal)
  return known === undefined || typeof graceMs !== 'number' ? null : { signal: known, graceMs }
}
