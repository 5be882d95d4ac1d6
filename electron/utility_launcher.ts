/** Starts a backend with utilityProcess.fork: Electron's own Node, supervised by the browser process. */
import { quoted } from '../protocol/messages.ts'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import type { App, Details, UtilityProcess } from 'electron'
import {
  afterOutput,
  followOutput,
  inheritedEnv,
  PIPES_GRACE_MS,
  type Child,
  type LaunchEvents,
  type Launcher,
  type OutputStream,
} from '../control/launcher/launcher.ts'
import { isAlive, sendSignal, type Kill } from '../control/processes/signals.ts'
import type { ElectronParts } from './parts.ts'

export interface UtilityLauncherOptions {
  utilityProcess: ElectronParts['utilityProcess']
  /** Reports why a process exited. */
  app: Pick<App, 'on'>
  entry: string
  cwd: string
  env: NodeJS.ProcessEnv
  platform?: NodeJS.Platform
  kill?: Kill
  /** How long a process may take to end after its `exit`. */
  teardownMs?: number
}

/** `exit` and `child-process-gone` arrive in either order; how long to wait for the second after an unexpected exit. */
const REASON_GRACE_MS = 500
/** A model's run that blocks the teardown takes longer only if it hangs. */
const TEARDOWN_MS = 2000
const POLL_MS = 25

/** Variables that would change what Electron's Node runs. */
const DANGEROUS = ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS', 'NODE_REPL_EXTERNAL_MODULE']

/** Only after the app is ready. */
export function createUtilityLauncher(options: UtilityLauncherOptions): Launcher {
  const children = new Map<string, UtilityChild>()
  // One for all: an emitter warns about more than ten.
  options.app.on('child-process-gone', (_event, details) => {
    if (details.type === 'Utility') children.get(details.name ?? '')?.noteGone(details)
  })
  return {
    kind: 'utility',
    launch: ({ name, args, env }, events) => {
      const serviceName = `backend-${name}`
      const child = options.utilityProcess.fork(options.entry, args, {
        cwd: options.cwd,
        // `env` replaces the whole environment and takes strings only.
        env: {
          ...onlyStrings(inheritedEnv(options.env)),
          ...env,
          SWITCHYARD_PARENT_PID: String(process.pid),
        },
        serviceName,
        stdio: 'pipe',
      })
      const one = new UtilityChild(child, options, {
        ...events,
        onExit: (exit) => {
          if (children.get(serviceName) === one) children.delete(serviceName)
          events.onExit(exit)
        },
      })
      children.set(serviceName, one)
      return one
    },
  }
}

class UtilityChild implements Child {
  readonly spawned: Promise<void>
  private readonly child: UtilityProcess
  private readonly options: UtilityLauncherOptions
  private readonly events: LaunchEvents
  /** Electron forgets the pid at exit. */
  private knownPid: number | null = null
  private asked: 'no' | 'stop' | 'kill' = 'no'
  private gone: Details | null = null
  private readonly reason: Promise<void>
  private reasonKnown: () => void = () => undefined
  private readonly pipes: Readable[] = []

  constructor(child: UtilityProcess, options: UtilityLauncherOptions, events: LaunchEvents) {
    this.child = child
    this.events = events
    this.options = options
    this.reason = new Promise((resolve) => {
      this.reasonKnown = resolve
    })
    this.followPipes()
    // `exit` follows; without a listener the error would be thrown in the main process.
    child.on('error', (type, location) => {
      events.onOutput(
        'stderr',
        Buffer.from(`FATAL V8 ended this process: ${type} at ${location}\n`),
      )
    })
    this.spawned = new Promise<void>((resolve) => {
      child.once('spawn', () => {
        this.knownPid = child.pid ?? null
        resolve()
        // kill() before the spawn does nothing: https://github.com/electron/electron/issues/44009
        if (this.asked === 'kill') this.kill()
        else if (this.asked === 'stop') child.postMessage({ shutdown: true })
      })
      child.once('exit', () => {
        resolve()
      })
    })
    child.once('exit', (code) => {
      void this.finish(code)
    })
  }

  get pid(): number | null {
    return this.knownPid
  }

  tell(message: object): void {
    this.child.postMessage(message)
  }

  askToStop(): void {
    if (this.asked === 'no') this.asked = 'stop'
    if (this.pid !== null) this.child.postMessage({ shutdown: true })
  }

  kill(): void {
    this.asked = 'kill'
    if (this.pid === null) return
    // Electron's kill() only sends SIGTERM.
    sendSignal(this.pid, 'SIGKILL', this.options.kill)
  }

  /** Electron's reason for the exit. */
  noteGone(details: Details): void {
    this.gone = details
    this.reasonKnown()
  }

  /**
   * Reads from the pipes themselves: at `exit` Electron removes all listeners of its streams, which may still hold the last
   * lines (lib/browser/api/utility-process.ts).
   */
  private followPipes(): void {
    const follow = (name: OutputStream, stream: Readable) => {
      followOutput({ stdout: null, stderr: null, [name]: stream }, this.events.onOutput)
    }
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = this.child[name] as Readable | null
      if (stream === null) continue
      follow(name, stream)
      stream.once('pipe', (pipe: Readable) => {
        pipe.unpipe(stream as unknown as NodeJS.WritableStream)
        this.pipes.push(pipe)
        follow(name, pipe)
        pipe.resume()
      })
    }
  }

  /** Reports the exit once the process has ended, its output is read, and Electron's reason is known, if any. */
  private async finish(code: number): Promise<void> {
    const hasEnded = await this.untilEnded()
    await new Promise<void>((resolve) => {
      afterOutput(this.pipes, resolve)
    })
    setTimeout(() => {
      for (const pipe of this.pipes) pipe.destroy()
    }, PIPES_GRACE_MS).unref()
    const needsReason = hasEnded && (this.asked === 'kill' || code !== 0)
    if (needsReason && this.gone === null) await Promise.race([this.reason, wait(REASON_GRACE_MS)])
    // A process that had to be killed had chosen its code before.
    const gone = hasEnded ? this.gone : null
    this.events.onExit(exitOf(code, gone, this.asked, this.options.platform))
  }

  /**
   * process.exit() is reported before threads are joined (shell/services/node/node_service.cc): until then the process holds its
   * port and memory. False if it had to be killed.
   */
  private async untilEnded(): Promise<boolean> {
    const { teardownMs = TEARDOWN_MS } = this.options
    if (await this.endsWithin(teardownMs)) return true
    this.events.onOutput(
      'stderr',
      Buffer.from(`WARN still running ${teardownMs} ms after its exit; killed\n`),
    )
    if (this.pid !== null) sendSignal(this.pid, 'SIGKILL', this.options.kill)
    await this.endsWithin(TEARDOWN_MS)
    return false
  }

  private async endsWithin(waitMs: number): Promise<boolean> {
    const deadline = performance.now() + waitMs
    while (this.pid !== null && isAlive(this.pid)) {
      if (performance.now() >= deadline) return false
      await wait(POLL_MS)
    }
    return true
  }
}

/**
 * Derives the exit from the code of `exit` and the details of `child-process-gone`. On POSIX the code is what process.exit() got,
 * waitpid's status if the process ended otherwise, and 0 after a kill() of Electron
 * (shell/browser/api/electron_api_utility_process.cc). On Windows the reason adds nothing: all codes but 0 and 1 count as crashes,
 * and 1 as a kill (https://chromium.googlesource.com/chromium/src/+/main/base/process/kill_win.cc).
 */
export function exitOf(
  code: number,
  gone: Pick<Details, 'reason' | 'exitCode'> | null,
  asked: 'no' | 'stop' | 'kill',
  platform: NodeJS.Platform = process.platform,
): Parameters<LaunchEvents['onExit']>[0] {
  const none = { code: null, signal: null, failure: null }
  switch (gone?.reason) {
    case 'launch-failed':
    case 'integrity-failure':
    case 'memory-eviction':
      return { ...none, failure: quoted(`Electron reports ${gone.reason} (${gone.exitCode})`) }
    default:
  }
  if (platform === 'win32') {
    // TerminateProcess by process.kill() sets 1.
    return asked === 'kill' && code === 1 ? { ...none, signal: 'SIGKILL' } : { ...none, code }
  }
  const isFault = gone !== null && ['crashed', 'oom', 'killed'].includes(gone.reason)
  const isKill = asked === 'kill' && (code === 0 || code === constants.signals.SIGKILL)
  const signal = isFault ? signalOf(gone.exitCode) : isKill ? 'SIGKILL' : null
  if (signal !== null) return { ...none, signal }
  return { ...none, code: code > 0xff ? code >> 8 : code }
}

/** The lower seven bits of a waitpid status, unless 0. */
function signalOf(status: number): string | null {
  const number = status & 0x7f
  const found = Object.entries(constants.signals).find(([, value]) => value === number)
  return found?.[0] ?? null
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function onlyStrings(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (pair): pair is [string, string] => pair[1] !== undefined && !DANGEROUS.includes(pair[0]),
    ),
  )
}
