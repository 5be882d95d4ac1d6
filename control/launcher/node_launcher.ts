/** Starts a backend as a Node process of its own with child_process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { PIPES_GRACE_MS, type Child, type Launcher } from './launcher.ts'

export interface NodeLauncherOptions {
  /** The Node binary. */
  execPath: string
  /** Entry script of a backend. */
  entry: string
  cwd: string
  /** Environment that the processes inherit. */
  env: NodeJS.ProcessEnv
}

/** Launcher over `options.execPath options.entry ...args`. */
export function createNodeLauncher(options: NodeLauncherOptions): Launcher {
  return {
    kind: 'node',
    launch: ({ args, env }, { onOutput, onExit }) => {
      const child = spawn(options.execPath, [options.entry, ...args], {
        cwd: options.cwd,
        env: { ...options.env, ...env, SWITCHYARD_PARENT_PID: String(process.pid) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A process group of its own: Ctrl+C in the terminal reaches the control plane alone, which then stops the backends in
        // order, and a kill can take the whole group.
        detached: process.platform !== 'win32',
        windowsHide: true,
      })
      let failure: string | null = null
      child.once('error', (error) => {
        failure = error.message
        if (child.pid === undefined) onExit({ code: null, signal: null, failure })
      })
      child.stdout?.on('data', (chunk: Buffer) => {
        onOutput('stdout', chunk)
      })
      child.stderr?.on('data', (chunk: Buffer) => {
        onOutput('stderr', chunk)
      })
      child.once('exit', () => {
        // What it started and left behind goes with it, also after an orderly end.
        killGroup(child)
        setTimeout(() => {
          child.stdout?.destroy()
          child.stderr?.destroy()
        }, PIPES_GRACE_MS).unref()
      })
      // `close` comes after the streams have ended, so no output follows it.
      child.once('close', (code, signal) => {
        onExit({ code, signal, failure })
      })
      return toChild(child)
    },
  }
}

function toChild(child: ChildProcess): Child {
  return {
    pid: child.pid ?? null,
    tell: (message) => {
      send(child, message)
    },
    askToStop: () => {
      if (process.platform === 'win32') send(child, { shutdown: true })
      else child.kill('SIGTERM')
    },
    kill: () => {
      killTree(child)
    },
  }
}

/** Nothing happens when the process is about to end: its exit is noticed anyway. */
function send(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => undefined)
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  if (process.platform === 'win32') child.kill('SIGKILL')
  else killGroup(child)
}

/** Ends every process of the child's group. On Windows there are none. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined || process.platform === 'win32') return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: the group is empty.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
