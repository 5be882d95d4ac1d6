/** One process of a backend from its start to its end: output, health checks, and what was learnt of it meanwhile. */
import type { Clock } from '../clock.ts'
import type { Pong } from '../../protocol/backend.ts'
import { messageOf } from '../../protocol/errors.ts'
import type { Child, LaunchEvents, Launcher, OutputStream } from '../launcher/launcher.ts'
import { ChildLineParser, LineSplitter } from '../logs/child_lines.ts'
import type { NewLine } from '../logs/log_store.ts'
import { HealthProbe, type HealthProbeOptions, type Probe } from './health_probe.ts'

/** How a process ended. */
export interface ProcessExit {
  code: number | null
  signal: string | null
  /** Why it could not be started at all. */
  failure: string | null
}

export interface ProcessRunOptions {
  name: string
  launcher: Launcher
  args: string[]
  env: Record<string, string>
  url: string
  /** Sent with every health check, where the port demands one. */
  token: string | null
  healthIntervalMs: number
  clock: Clock
  /** How its health is asked for; over its port unless a test answers itself. */
  createProbe?: ((options: HealthProbeOptions) => Probe) | undefined
  onLine(line: NewLine): void
  onPong(pong: Pong, roundTripMs: number): void
  onMissed(reason: string): void
  /** Exactly once, never before the constructor has returned. */
  onExit(exit: ProcessExit): void
}

const nothing = () => undefined
const NEVER_STARTED: Child = { pid: null, tell: nothing, askToStop: nothing, kill: nothing }

export class ProcessRun {
  readonly startedAt: number
  /** Why the supervisor ended it, when it did. */
  killReason: string | null = null
  lastErrorLine: string | null = null
  pong: Pong | null = null
  pongMs: number | null = null
  missedPongs = 0
  /** Pongs in a row that came too late. */
  slowPongs = 0
  private readonly options: ProcessRunOptions
  private readonly startedMs: number
  private readonly child: Child
  private readonly probe: Probe
  private stopTimer: NodeJS.Timeout | null = null
  private hasEnded = false

  constructor(options: ProcessRunOptions) {
    this.options = options
    this.startedAt = options.clock.wall()
    this.startedMs = options.clock.monotonic()
    const splitters = { stdout: this.splitter('stdout'), stderr: this.splitter('stderr') }
    this.child = this.launch({
      onOutput: (stream, chunk) => {
        splitters[stream].push(chunk)
      },
      onExit: (exit) => {
        splitters.stdout.end()
        splitters.stderr.end()
        // A launcher may know at once that there is no such program.
        queueMicrotask(() => {
          this.dispose()
          options.onExit(exit)
        })
      },
    })
    const { createProbe = (probed) => new HealthProbe(probed) } = options
    this.probe = createProbe({
      url: options.url,
      token: options.token,
      intervalMs: options.healthIntervalMs,
      now: () => options.clock.monotonic(),
      onPong: (pong, roundTripMs) => {
        if (!this.isForeign(pong)) options.onPong(pong, roundTripMs)
      },
      onMissed: (reason) => {
        options.onMissed(reason)
      },
    })
  }

  /** null when the process could not be started, or is not ours. */
  get pid(): number | null {
    return this.child.pid
  }

  /** Calls `then` once the pid is known: at once, unless the launcher learns it later. */
  whenSpawned(then: () => void): void {
    if (this.child.spawned === undefined) then()
    else void this.child.spawned.then(then)
  }

  get uptimeMs(): number {
    return this.options.clock.monotonic() - this.startedMs
  }

  setHealthInterval(intervalMs: number): void {
    this.probe.setInterval(intervalMs)
  }

  /** Tells the process of a change that takes no restart. Programs that are not ours do not listen. */
  tell(message: object): void {
    this.child.tell(message)
  }

  /** Asks for an orderly stop; `onOverdue` when it takes longer than `graceMs`. */
  askToStop(graceMs: number, onOverdue: () => void): void {
    if (this.hasEnded) return
    this.child.askToStop()
    this.stopTimer = setTimeout(onOverdue, graceMs)
  }

  kill(reason: string): void {
    this.killReason = reason
    this.child.kill()
  }

  /** What Node refuses by throwing (a NUL character, too long an environment: E2BIG) is a failed start like any other. */
  private launch(events: LaunchEvents): Child {
    const { launcher, name, args, env } = this.options
    try {
      return launcher.launch({ name, args, env }, events)
    } catch (error) {
      events.onExit({ code: null, signal: null, failure: messageOf(error) })
      return NEVER_STARTED
    }
  }

  /** Another program may hold the port while ours is still on its way to fail on it. Of foreign programs no pid is known. */
  private isForeign({ pid }: Pong): boolean {
    const { kind } = this.options.launcher
    return (kind === 'node' || kind === 'utility') && pid !== undefined && pid !== this.child.pid
  }

  private splitter(stream: OutputStream): LineSplitter {
    const parser = new ChildLineParser(this.options.name, stream)
    return new LineSplitter((text) => {
      const line = parser.parse(text)
      if (line.level === 'error') this.lastErrorLine = line.message
      this.options.onLine(line)
    })
  }

  private dispose(): void {
    this.hasEnded = true
    this.probe.close()
    if (this.stopTimer !== null) clearTimeout(this.stopTimer)
  }
}
