import { quoted } from '../../protocol/messages.ts'
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
  execPath: string
  entry: string
  cwd: string
  env: NodeJS.ProcessEnv
  /** Requests the stop instead of SIGTERM. */
  stopMessage?: (graceMs: number) => object
  kill?: Kill
}

export function createNodeLauncher(options: NodeLauncherOptions): Launcher {
  return {
    kind: 'node',
    launch: ({ args, env }, { onOutput, onExit }) => {
      const child = spawn(options.execPath, [options.entry, ...args], {
        cwd: options.cwd,
        env: { ...inheritedEnv(options.env), ...env, SWITCHYARD_PARENT_PID: String(process.pid) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // Its own process group: Ctrl+C in the terminal only reaches the control plane, which stops the backends in
        // order, and a kill reaches the whole group.
        detached: process.platform !== 'win32',
        windowsHide: true,
      })
      const one = new NodeChild(child, options)
      // Also emitted for a refused signal (EPERM): the process keeps running.
      child.on('error', (error) => {
        if (child.pid === undefined)
          onExit({ code: null, signal: null, failure: quoted(error.message) })
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

  /** Errors are ignored when the process is about to exit: its exit is noticed anyway. */
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
      // Without /T it would only kill the guard.
      execFile('taskkill', ['/PID', String(this.pid), '/T', '/F'], () => this.child.kill('SIGKILL'))
    }
  }

  /** After a crash or kill, kills the rest of the group; a graceful stop grants it time. */
  exited(): void {
    if (!this.isStopping) this.killGroup()
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.pid !== null) sendSignal(this.pid, signal, this.options.kill)
  }

  /** Windows has no process groups. */
  private killGroup(): void {
    if (this.pid === null || process.platform === 'win32') return
    sendSignal(-this.pid, 'SIGKILL', this.options.kill)
  }
}
