/** `utilityProcess.fork` on real child processes, by the rules in RULES.md. */
import { fork as forkNode } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import path from 'node:path'
import { PassThrough, type Duplex } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { App, Details, ForkOptions, UtilityProcess } from 'electron'
import type { ElectronParts } from '../parts.ts'

export interface UtilityDoubleOptions {
  app: EventEmitter
  isReady: () => boolean
  /** Order of `child-process-gone` and `exit` after a crash; both happen. */
  goneFirst?: boolean
  /** The process stays after its `exit` until it is killed, as when a worker thread does not return from native code. */
  hangsAtExit?: boolean
  /** Whose codes and reasons are reported. */
  platform?: NodeJS.Platform
}

export function utilityDouble(options: UtilityDoubleOptions): ElectronParts['utilityProcess'] {
  return {
    fork: (entry, args = [], given = {}) =>
      // The double has the used members; the type check below proves it.
      new UtilityDouble(entry, args, given, options),
  }
}

type Used = Pick<UtilityProcess, 'kill' | 'pid' | 'postMessage' | 'stderr' | 'stdout'>

const IN_CHILD = pathToFileURL(path.join(import.meta.dirname, 'utility_child.mjs')).href
/** https://chromium.googlesource.com/chromium/src/+/main/base/process/kill_posix.cc */
const KILLED: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGKILL', 'SIGTERM']

class UtilityDouble extends EventEmitter implements Used {
  pid: number | undefined = undefined
  stdout: PassThrough | null = null
  stderr: PassThrough | null = null
  private readonly child
  private readonly serviceName: string
  private readonly options: UtilityDoubleOptions
  private isKilled = false
  private hasEnded = false

  constructor(entry: string, args: string[], given: ForkOptions, options: UtilityDoubleOptions) {
    super()
    if (!options.isReady()) throw new Error('utilityProcess cannot be created before app is ready')
    const { env, cwd, stdio = 'inherit', serviceName = 'Node Utility Process' } = given
    for (const [name, value] of Object.entries(env ?? {})) {
      if (typeof value !== 'string') throw new TypeError(`env.${name} is not a string`)
    }
    this.options = options
    this.serviceName = serviceName
    const how = stdio === 'pipe' ? 'pipe' : 'inherit'
    this.child = forkNode(entry, args, {
      env: env as NodeJS.ProcessEnv,
      execArgv: ['--import', IN_CHILD],
      stdio: ['ignore', how, how, 'ipc', 'pipe'],
      serialization: 'advanced',
      ...(cwd === undefined ? {} : { cwd }),
    })
    if (how === 'pipe') {
      this.stdout = new PassThrough()
      this.stderr = new PassThrough()
    }
    this.child.once('spawn', () => {
      // Electron's spawn event comes in a later turn than Node's.
      setImmediate(() => {
        if (this.hasEnded) return
        this.pid = this.child.pid
        for (const name of ['stdout', 'stderr'] as const) {
          if (this[name] !== null) this.child[name]?.pipe(this[name])
        }
        this.emit('spawn')
      })
    })
    const announcement = this.child.stdio[4] as Duplex
    // The end of the process closes it.
    announcement.on('error', () => undefined)
    announcement.once('data', (text: Buffer) => {
      this.exit(Number(text.toString()))
      if (options.hangsAtExit !== true) announcement.write('\n')
    })
    this.child.once('exit', (code, signal) => {
      this.end(code, signal)
    })
  }

  postMessage(message: unknown): void {
    if (this.child.connected) this.child.send(structuredClone(message) as object)
  }

  kill(): boolean {
    if (this.pid === undefined) return false
    this.isKilled = this.child.kill('SIGTERM')
    return this.isKilled
  }

  private exit(code: number): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.pid = undefined
    try {
      this.emit('exit', code)
    } finally {
      for (const name of ['stdout', 'stderr'] as const) {
        this[name]?.removeAllListeners()
        this[name] = null
      }
    }
  }

  private end(code: number | null, signal: NodeJS.Signals | null): void {
    const { app, goneFirst = false, platform = process.platform } = this.options
    const status =
      platform === 'win32' ? (code ?? 1) : signal === null ? (code ?? 0) << 8 : numberOf(signal)
    const reason = reasonOf(status, signal, platform)
    const gone = () => {
      const details: Details = { type: 'Utility', reason, exitCode: status, name: this.serviceName }
      if (reason !== 'clean-exit') app.emit('child-process-gone', {}, details)
    }
    const exit = () => {
      this.exit(this.isKilled && KILLED.includes(signal) ? 0 : status)
    }
    const [first, second] = goneFirst ? [gone, exit] : [exit, gone]
    first()
    setImmediate(second)
  }
}

function reasonOf(
  status: number,
  signal: NodeJS.Signals | null,
  platform: NodeJS.Platform,
): Details['reason'] {
  if (status === 0) return 'clean-exit'
  // https://chromium.googlesource.com/chromium/src/+/main/base/process/kill_win.cc: all codes but 0 and 1 are crashes.
  if (platform === 'win32') return status === 1 ? 'killed' : 'crashed'
  if (signal === null) return 'abnormal-exit'
  return KILLED.includes(signal) ? 'killed' : 'crashed'
}

const numberOf = (signal: NodeJS.Signals) => constants.signals[signal]

/** An `app` that only reports exited processes. */
export function goneApp(): { emitter: EventEmitter; app: Pick<App, 'on'> } {
  const emitter = new EventEmitter()
  return { emitter, app: emitter as unknown as Pick<App, 'on'> }
}
