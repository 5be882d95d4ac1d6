/** Starts a backend with utilityProcess.fork: Electron's own Node, supervised by the browser process. */
import { quoted } from '../protocol/messages.ts'
import { constants } from 'node:os'
import type { App, Details, UtilityProcess } from 'electron'
import {
  afterOutput,
  followOutput,
  inheritedEnv,
  type Child,
  type LaunchEvents,
  type Launcher,
} from '../control/launcher/launcher.ts'
import { sendSignal, type Kill } from '../control/processes/signals.ts'
import type { ElectronParts } from './parts.ts'

export interface UtilityLauncherOptions {
  utilityProcess: ElectronParts['utilityProcess']
  /** Reports why a process exited. */
  app: Pick<App, 'on' | 'off'>
  entry: string
  cwd: string
  env: NodeJS.ProcessEnv
  kill?: Kill
}

/** `exit` and `child-process-gone` arrive in either order; how long to wait for the second after an unexpected exit. */
const REASON_GRACE_MS = 500

/** Variables that would change what Electron's Node runs. */
const DANGEROUS = ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS', 'NODE_REPL_EXTERNAL_MODULE']

/** Only after the app is ready. */
export function createUtilityLauncher(options: UtilityLauncherOptions): Launcher {
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
      return new UtilityChild(child, serviceName, events, options)
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
  private noteGone: () => void = () => undefined

  constructor(
    child: UtilityProcess,
    serviceName: string,
    events: LaunchEvents,
    options: UtilityLauncherOptions,
  ) {
    this.child = child
    this.events = events
    this.options = options
    followOutput(child, (stream, chunk) => {
      events.onOutput(stream, chunk)
    })
    // `exit` follows; without a listener the error would be thrown in the main process.
    child.on('error', (type, location) => {
      events.onOutput(
        'stderr',
        Buffer.from(`FATAL V8 ended this process: ${type} at ${location}\n`),
      )
    })
    const onGone = (_event: unknown, details: Details) => {
      if (details.type !== 'Utility' || details.name !== serviceName) return
      this.gone = details
      this.noteGone()
    }
    options.app.on('child-process-gone', onGone)
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
      void this.finish(code).finally(() => {
        options.app.off('child-process-gone', onGone)
      })
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

  /** Called when the output was read and Electron's reason is known, if any. */
  private async finish(code: number): Promise<void> {
    const needsReason = this.asked === 'kill' || code !== 0
    await new Promise<void>((resolve) => {
      afterOutput([this.child.stdout, this.child.stderr], resolve)
    })
    if (needsReason && this.gone === null) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.noteGone = resolve
        }),
        wait(REASON_GRACE_MS),
      ])
    }
    this.events.onExit(exitOf(code, this.gone, this.asked))
  }
}

/**
 * Derives the exit from the code of `exit` and the details of `child-process-gone`. After SIGTERM and SIGKILL Electron
 * reports code 0 (shell/browser/api/electron_api_utility_process.cc), so the requested signal counts; for a crash,
 * `exitCode` is waitpid's status.
 */
export function exitOf(
  code: number,
  gone: Pick<Details, 'reason' | 'exitCode'> | null,
  asked: 'no' | 'stop' | 'kill',
): Parameters<LaunchEvents['onExit']>[0] {
  const none = { code: null, signal: null, failure: null }
  switch (gone?.reason) {
    case 'crashed':
    case 'oom':
    case 'killed': {
      const signal = signalOf(gone.exitCode) ?? (gone.reason === 'killed' ? 'SIGKILL' : null)
      // Windows has statuses instead of signals.
      return signal === null ? { ...none, code: gone.exitCode } : { ...none, signal }
    }
    case 'launch-failed':
    case 'integrity-failure':
    case 'memory-eviction':
      return { ...none, failure: quoted(`Electron reports ${gone.reason} (${gone.exitCode})`) }
    default:
  }
  return asked === 'kill' && code === 0 ? { ...none, signal: 'SIGKILL' } : { ...none, code }
}

/** The lower seven bits of a waitpid status, unless 0. */
function signalOf(status: number): string | null {
  const number = status & 0x7f
  if (process.platform === 'win32' || number === 0 || status < 0 || status > 0xff) return null
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
