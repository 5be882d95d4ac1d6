/** Starts a backend with utilityProcess.fork: Electron's own Node, supervised by the browser process. */
import type { utilityProcess } from 'electron'
import type { Child, Launcher } from '../control/launcher/launcher.ts'

export interface UtilityLauncherOptions {
  fork: typeof utilityProcess.fork
  /** Entry script of a backend. */
  entry: string
  cwd: string
  env: NodeJS.ProcessEnv
  /** Sends a signal to a process; `process.kill`. */
  kill: (pid: number, signal: NodeJS.Signals) => void
}

/** Launcher over utilityProcess. Only after the app is ready. */
export function createUtilityLauncher(options: UtilityLauncherOptions): Launcher {
  return {
    kind: 'utility',
    launch: ({ name, args, env }, { onOutput, onExit }) => {
      const child = options.fork(options.entry, args, {
        cwd: options.cwd,
        // `env` replaces the whole environment and takes strings only.
        env: {
          ...onlyStrings(options.env),
          ...env,
          SWITCHYARD_PARENT_PID: String(process.pid),
        },
        serviceName: `backend-${name}`,
        stdio: 'pipe',
      })
      let wasAskedToStop = false
      child.stdout?.on('data', (chunk: Buffer) => {
        onOutput('stdout', chunk)
      })
      child.stderr?.on('data', (chunk: Buffer) => {
        onOutput('stderr', chunk)
      })
      child.once('exit', (code) => {
        // After kill() Electron reports a forced end as code 0: only a process that was not killed ended by itself.
        onExit({ code, signal: wasAskedToStop && code !== 0 ? 'SIGTERM' : null, failure: null })
      })
      const handle: Child = {
        // undefined before `spawn`; the id is read when it is shown.
        get pid() {
          return child.pid ?? null
        },
        tell: (message) => {
          child.postMessage(message)
        },
        askToStop: () => {
          wasAskedToStop = true
          child.postMessage({ shutdown: true })
        },
        kill: () => {
          if (child.pid !== undefined) options.kill(child.pid, 'SIGKILL')
          else child.kill()
        },
      }
      return handle
    },
  }
}

function onlyStrings(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
