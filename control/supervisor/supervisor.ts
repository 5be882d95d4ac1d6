/** Runs one backend as a process: carries out what lifecycle.ts decides, and keeps what the panel shows of it. */
import type { Pong } from '../../protocol/backend.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { BackendView, Sample } from '../../protocol/control.ts'
import { describeExit } from '../../protocol/exit_codes.ts'
import type { Child, Launcher } from '../launcher/launcher.ts'
import { LineSplitter, parseChildLine } from '../logs/child_lines.ts'
import type { LogStore } from '../logs/log_store.ts'
import { backendView } from './backend_view.ts'
import { HealthProbe } from './health_probe.ts'
import { History } from './history.ts'
import {
  step,
  type Effect,
  type Lifecycle,
  type LifecycleEvent,
  type RestartLimits,
} from './lifecycle.ts'

export interface SupervisorOptions {
  name: string
  config: BackendConfig
  launcher: Launcher
  logs: LogStore
  /** onnxruntime threads when the config names none. */
  threads: number
  clock: { /** Unix ms. */ wall(): number; /** Monotonic ms. */ monotonic(): number }
  random: () => number
  onChange(): void
  onSample(sample: Sample): void
}

const MISSED_PONGS_MAX = 3
const STABLE_MS = 60_000
/** What a stop may take beyond the requests in flight: releasing the model, closing the port. */
const STOP_EXTRA_MS = 5000

interface RunningProcess {
  child: Child
  probe: HealthProbe
  startedAt: number
  startedMs: number
  stopTimer: NodeJS.Timeout | null
  /** Why we ended it ourselves, when we did. */
  killReason: string | null
  lastErrorLine: string | null
  pong: Pong | null
  pongMs: number | null
  missedPongs: number
}

export class Supervisor {
  readonly name: string
  readonly config: BackendConfig
  private readonly options: SupervisorOptions
  private readonly history = new History()
  private state: Lifecycle = { phase: 'disabled' }
  private since: number
  private running: RunningProcess | null = null
  private retryTimer: NodeJS.Timeout | null = null
  private retryAt: number | null = null
  private stableTimer: NodeJS.Timeout | null = null
  private requestsPerS: number | null = null
  private stopWaiters: (() => void)[] = []

  constructor(options: SupervisorOptions) {
    this.options = options
    this.name = options.name
    this.config = options.config
    this.since = options.clock.wall()
  }

  get phase(): Lifecycle['phase'] {
    return this.state.phase
  }

  /** Where the backend listens. */
  get url(): string {
    const { host, port } = this.config
    return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** The models are loaded and answer; what the gateway asks before it forwards. */
  get isServing(): boolean {
    return this.state.phase === 'ready' || this.state.phase === 'degraded'
  }

  /** The last pong of the running process; null when there is none. */
  get pong(): Pong | null {
    return this.running?.pong ?? null
  }

  enable(): void {
    this.handle({ type: 'enable' })
  }

  disable(): void {
    this.handle({ type: 'disable' })
  }

  restart(): void {
    this.handle({ type: 'restart' })
  }

  /** Switches off and resolves when the process has ended. */
  async stop(): Promise<void> {
    this.disable()
    if (this.state.phase === 'disabled') return
    await new Promise<void>((resolve) => this.stopWaiters.push(resolve))
  }

  samples(): Sample[] {
    return this.history.all()
  }

  view(): BackendView {
    const { running } = this
    return backendView({
      name: this.name,
      config: this.config,
      state: this.state,
      since: this.since,
      retryAt: this.retryAt,
      requestsPerS: this.requestsPerS,
      running:
        running === null
          ? null
          : {
              pid: running.child.pid,
              startedAt: running.startedAt,
              pong: running.pong,
              pongMs: running.pongMs,
              missedPongs: running.missedPongs,
            },
    })
  }

  private handle(event: LifecycleEvent): void {
    const before = this.state
    const { state, effects } = step(before, event, this.limits(), this.options.random)
    this.state = state
    if (state.phase !== before.phase) this.enter(state)
    for (const effect of effects) this.carryOut(effect)
    this.options.onChange()
    if (state.phase === 'disabled') for (const wake of this.stopWaiters.splice(0)) wake()
  }

  private limits(): RestartLimits {
    return {
      baseMs: this.config.reconnect_interval * 1000,
      attemptsMax: this.config.max_reconnect_attempts,
      missedPongsMax: MISSED_PONGS_MAX,
    }
  }

  private enter(state: Lifecycle): void {
    this.since = this.options.clock.wall()
    this.clearTimers()
    switch (state.phase) {
      case 'backoff':
        this.retryAt = this.since + state.delayMs
        this.retryTimer = setTimeout(() => {
          this.handle({ type: 'retry_due' })
        }, state.delayMs)
        this.say(
          'warn',
          `${state.reason}; try ${state.attempt} of ${this.config.max_reconnect_attempts} in ${(state.delayMs / 1000).toFixed(1)} s`,
        )
        return
      case 'ready':
        this.stableTimer = setTimeout(() => {
          this.handle({ type: 'stable' })
        }, STABLE_MS)
        this.say('info', `ready on ${this.running?.pong?.provider ?? 'an unknown provider'}`)
        return
      case 'failed':
        this.say('error', `failed: ${state.reason}`)
        return
      case 'degraded':
        this.say('warn', `degraded: ${state.reason}`)
        return
      default:
        this.say('info', state.phase)
    }
  }

  private carryOut(effect: Effect): void {
    switch (effect) {
      case 'spawn':
        this.spawn()
        return
      case 'ask_to_stop':
        this.askToStop()
        return
      case 'kill':
        this.kill(`it stopped answering health checks (${MISSED_PONGS_MAX} missed)`)
        return
      default:
        effect satisfies never
    }
  }

  private spawn(): void {
    const { name, config, options } = this
    this.history.restart()
    this.requestsPerS = null
    // Without `env`: arguments can be read by every user of the machine, and it may hold secrets.
    const { env, ...section } = config
    const settings = { ...section, threads: config.threads ?? options.threads }
    const splitters = {
      stdout: this.splitter('stdout'),
      stderr: this.splitter('stderr'),
    }
    let exitedEarly: LifecycleEvent | null = null
    const child = options.launcher.launch(
      {
        name,
        args: [name, '--log-format', 'json', '--settings', JSON.stringify(settings)],
        env,
      },
      {
        onOutput: (stream, chunk) => {
          splitters[stream].push(chunk)
        },
        onExit: ({ code, signal, failure }) => {
          splitters.stdout.end()
          splitters.stderr.end()
          const reason =
            failure === null ? describeExit(code, signal) : `could not be started: ${failure}`
          if (this.running?.child === child) this.ended(reason)
          else exitedEarly = { type: 'exited', reason }
        },
      },
    )
    if (exitedEarly !== null) {
      this.handle(exitedEarly)
      return
    }
    this.running = {
      child,
      probe: this.startProbe(),
      startedAt: options.clock.wall(),
      startedMs: options.clock.monotonic(),
      stopTimer: null,
      killReason: null,
      lastErrorLine: null,
      pong: null,
      pongMs: null,
      missedPongs: 0,
    }
    this.say(
      'info',
      child.pid === null
        ? `watched at ${this.url}; somebody else runs it`
        : `started as pid ${child.pid} on port ${config.port}`,
    )
  }

  private splitter(stream: 'stdout' | 'stderr'): LineSplitter {
    return new LineSplitter((text) => {
      const line = parseChildLine(text, this.name, stream)
      if (line.level === 'error' && this.running !== null) this.running.lastErrorLine = line.message
      this.options.logs.add(line)
    })
  }

  private startProbe(): HealthProbe {
    return new HealthProbe({
      url: this.url,
      intervalMs: this.config.health_interval * 1000,
      now: () => this.options.clock.monotonic(),
      onPong: (pong, pongMs) => {
        this.notePong(pong, pongMs)
      },
      onMissed: (reason) => {
        this.noteMissed(reason)
      },
    })
  }

  private notePong(pong: Pong, pongMs: number): void {
    const { running } = this
    if (running === null) return
    if (this.isForeign(pong, running.child)) return
    running.pong = pong
    running.pongMs = pongMs
    running.missedPongs = 0
    const sample = this.history.add(this.options.clock.wall(), pong, pongMs)
    this.requestsPerS = sample.requests_per_s
    this.options.onSample(sample)
    if (pong.status === 'loading' && this.isStartOverdue(running)) {
      this.kill(`it did not become ready within ${this.config.startup_timeout} s (startup_timeout)`)
    }
    this.handle({ type: 'pong', status: pong.status })
  }

  /** Another program may hold the port while ours is still on its way to fail on it. Of foreign programs no pid is known. */
  private isForeign({ pid }: Pong, child: Child): boolean {
    const { kind } = this.options.launcher
    return (kind === 'node' || kind === 'utility') && pid !== undefined && pid !== child.pid
  }

  private noteMissed(reason: string): void {
    const { running } = this
    if (running === null || this.state.phase === 'stopping') return
    if (this.state.phase === 'starting') {
      if (this.isStartOverdue(running)) {
        this.kill(`it did not answer within ${this.config.startup_timeout} s (startup_timeout)`)
      }
      return
    }
    running.missedPongs++
    this.say('warn', `health check missed: ${reason}`)
    this.handle({ type: 'pong_missed', count: running.missedPongs })
  }

  private isStartOverdue({ startedMs }: RunningProcess): boolean {
    return this.options.clock.monotonic() - startedMs > this.config.startup_timeout * 1000
  }

  private askToStop(): void {
    const { running } = this
    if (running === null) return
    const graceMs = this.config.request_timeout * 1000 + STOP_EXTRA_MS
    running.child.askToStop()
    running.stopTimer = setTimeout(() => {
      this.kill(`it did not stop within ${graceMs / 1000} s`)
    }, graceMs)
  }

  private kill(reason: string): void {
    const { running } = this
    if (running === null || running.killReason !== null) return
    running.killReason = reason
    this.say('warn', `killed: ${reason}`)
    running.child.kill()
  }

  private ended(exit: string): void {
    const { running } = this
    if (running === null) return
    running.probe.close()
    if (running.stopTimer !== null) clearTimeout(running.stopTimer)
    this.running = null
    this.say('info', `pid ${running.child.pid}: ${exit}`)
    const why = running.killReason ?? running.lastErrorLine
    this.handle({ type: 'exited', reason: why === null ? exit : `${why} (${exit})` })
  }

  private clearTimers(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer)
    if (this.stableTimer !== null) clearTimeout(this.stableTimer)
    this.retryTimer = null
    this.stableTimer = null
    this.retryAt = null
  }

  private say(level: 'info' | 'warn' | 'error', message: string): void {
    this.options.logs.add({ source: 'supervisor', level, message: `${this.name}: ${message}` })
  }
}
