/** `utilityProcess.fork` on real child processes, with the differences that Electron documents. */
import { fork as forkNode } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { PassThrough } from 'node:stream'
import type { App, Details, ForkOptions, UtilityProcess } from 'electron'
import type { ElectronParts } from '../parts.ts'

export interface UtilityDoubleOptions {
  app: EventEmitter
  isReady: () => boolean
  /** Order of `child-process-gone` and `exit`; both happen. */
  goneFirst?: boolean
}

export function utilityDouble(options: UtilityDoubleOptions): ElectronParts['utilityProcess'] {
  return {
    fork: (entry, args = [], given = {}) =>
      // The double has the used members; the type check below proves it.
      new UtilityDouble(entry, args, given, options),
  }
}

type Used = Pick<UtilityProcess, 'kill' | 'pid' | 'postMessage' | 'stderr' | 'stdout'>

class UtilityDouble extends EventEmitter implements Used {
  pid: number | undefined = undefined
  readonly stdout: PassThrough | null
  readonly stderr: PassThrough | null
  private readonly child

  constructor(entry: string, args: string[], given: ForkOptions, options: UtilityDoubleOptions) {
    super()
    if (!options.isReady()) throw new Error('utilityProcess cannot be created before app is ready')
    const { env, cwd, stdio = 'inherit', serviceName = 'Node Utility Process' } = given
    for (const [name, value] of Object.entries(env ?? {})) {
      if (typeof value !== 'string') throw new TypeError(`env.${name} is not a string`)
    }
    const isPiped = stdio === 'pipe'
    this.child = forkNode(entry, args, {
      env: env as NodeJS.ProcessEnv,
      stdio: [
        'ignore',
        ...(isPiped ? (['pipe', 'pipe'] as const) : (['inherit', 'inherit'] as const)),
        'ipc',
      ],
      serialization: 'advanced',
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.stdout = isPiped ? new PassThrough() : null
    this.stderr = isPiped ? new PassThrough() : null
    if (this.stdout !== null) this.child.stdout?.pipe(this.stdout)
    if (this.stderr !== null) this.child.stderr?.pipe(this.stderr)
    this.child.once('spawn', () => {
      // Electron's spawn event comes in a later turn than Node's.
      setImmediate(() => {
        this.pid = this.child.pid
        this.emit('spawn')
      })
    })
    this.child.once('exit', (code, signal) => {
      this.end(code, signal, serviceName, options)
    })
  }

  postMessage(message: unknown): void {
    if (this.child.connected) this.child.send(structuredClone(message) as object)
  }

  kill(): boolean {
    return this.pid === undefined ? false : this.child.kill('SIGTERM')
  }

  private end(
    code: number | null,
    signal: NodeJS.Signals | null,
    serviceName: string,
    { app, goneFirst = false }: UtilityDoubleOptions,
  ): void {
    const isKilled = signal === 'SIGKILL' || signal === 'SIGTERM'
    const status = signal === null ? (code ?? 0) : constants.signals[signal]
    const details: Details = {
      type: 'Utility',
      reason: isKilled
        ? 'killed'
        : signal !== null
          ? 'crashed'
          : code === 0
            ? 'clean-exit'
            : 'abnormal-exit',
      exitCode: status,
      name: serviceName,
    }
    const gone = () => {
      if (details.reason !== 'clean-exit') app.emit('child-process-gone', {}, details)
    }
    const exit = () => {
      this.pid = undefined
      this.emit('exit', isKilled ? 0 : status)
    }
    const [first, second] = goneFirst ? [gone, exit] : [exit, gone]
    first()
    setImmediate(second)
  }
}

/** An `app` that only reports exited processes. */
export function goneApp(): { emitter: EventEmitter; app: Pick<App, 'off' | 'on'> } {
  const emitter = new EventEmitter()
  return { emitter, app: emitter as unknown as Pick<App, 'off' | 'on'> }
}
