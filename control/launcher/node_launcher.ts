/** Starts a backend as a Node process of its own with child_process. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { sendSignal, type Kill } from '../processes/signals.ts'
import {
  afterOutput,
  followOutput,
  inheritedEnv,
  PIPES_GRACE_MS,
  type Child,
  type Launcher,
} from './launcher.ts'

export interface NodeLauncherOptions {
  /** The Node binary. */
  execPath: string
  /** Entry script of a backend. */
  entry: string
  cwd: string
  /** Environment that the processes inherit. */
  env: NodeJS.ProcessEnv
  /** Asks for the stop in place of SIGTERM. */
  stopMessage?: (graceMs: number) => object
  kill?: Kill
}

/** Launcher over `options.execPath options.entry ...args`. */
export function createNodeLauncher(options: NodeLauncherOptions): Launcher {
  return {
    kind: 'node',
    launch: ({ args, env }, { onOutput, onExit }) => {
      const child = spawn(options.execPath, [options.entry, ...args], {
        cwd: options.cwd,
        env: { ...inheritedEnv(options.env), ...env, SWITCHYARD_PARENT_PID: String(process.pid) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A process group of its own: Ctrl+C in the terminal reaches the control plane alone, which then stops the backends in
        // order, and a kill can take the whole group.
        detached: process.platform !== 'win32',
        windowsHide: true,
      })
      const one = new NodeChild(child, options)
      // Also emitted when a signal is refused (EPERM): the process runs on.
      child.on('error', ({ message }) => {
        if (child.pid === undefined) onExit({ code: null, signal: null, failure: message })
      })
      followOutput(child, onOutput)
      child.once('exit', (code, signal) => {
        one.exited()
        afterOutput([child.stdout, child.stderr], () => {
          onExit({ code, signal, failure: null })
        })
        setTimeout(() => {
          child.stdout?.destroy()
          child.stderr?.destroy()
        }, PIPES_GRACE_MS).unref()
      })
      return one
    },
  }
}

class NodeChild implements Child {
  readonly pid: number | null
  private readonly child: ChildProcess
  private readonly options: NodeLauncherOptions
  private isStopping = false

  constructor(child: ChildProcess, options: NodeLauncherOptions) {
    this.child = child
    this.options = options
    this.pid = child.pid ?? null
  }

  /** Nothing happens when the process is about to end: its exit is noticed anyway. */
  tell(message: object): void {
    if (this.child.connected) this.child.send(message, () => undefined)
  }

  askToStop(graceMs: number): void {
    const { stopMessage } = this.options
    this.isStopping = true
    if (stopMessage !== undefined) this.tell(stopMessage(graceMs))
    else if (process.platform === 'win32') this.tell({ shutdown: true })
    else this.signal('SIGTERM')
  }

  kill(): void {
    this.isStopping = false
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    if (process.platform !== 'win32') this.killGroup()
    else if (this.pid !== null) {
      // Without /T it would be the guard alone.
      execFile('taskkill', ['/PID', String(this.pid), '/T', '/F'], () => this.child.kill('SIGKILL'))
    }
  }

  /** After a crash or a kill the rest of the group goes as well; in an orderly stop it has its grace. */
  exited(): void {
    if (!this.isStopping) this.killGroup()
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.pid !== null) sendSignal(this.pid, signal, this.options.kill)
  }

  /** On Windows there are no groups. */
  private killGroup(): void {
    if (this.pid === null || process.platform === 'win32') return
    sendSignal(-this.pid, 'SIGKILL', this.options.kill)
  }
}
