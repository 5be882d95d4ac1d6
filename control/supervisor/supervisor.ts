/** Runs one backend as a process: executes the decisions of lifecycle.ts and keeps what the panel shows. */
import type { Clock } from '../../protocol/clock.ts'
import type { Pong } from '../../protocol/backend.ts'
import { isThirdParty, THREADS_ALONE_VARIABLE, type BackendConfig } from '../../protocol/config.ts'
import {
  isServingState,
  type BackendView,
  type Sample,
  type StopReport,
} from '../../protocol/control.ts'
import { saidBy } from '../../protocol/errors.ts'
import { describeExit, meaningOfExit } from '../../protocol/exit_codes.ts'
import type { InFlightLoad } from '../../gateway/observed.ts'
import { webSocketUrl } from '../../protocol/address.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import { asText, message, type Message } from '../../protocol/messages.ts'
import { Timer } from '../../protocol/disposables.ts'
import type { LogStore } from '../logs/log_store.ts'
import { announce, backendView, detailOf, type ViewSource } from './backend_view.ts'
import { judgeMiss, judgePong } from './health_judge.ts'
import type { Miss } from './health_probe.ts'
import { History } from './history.ts'
import {
  isRunning,
  isWanted,
  step,
  type Effect,
  type Lifecycle,
  type LifecycleEvent,
  type RestartLimits,
} from './lifecycle.ts'
import { crashOf, type Crash } from './crash_facts.ts'
import { OrderlyStop } from './orderly_stop.ts'
import type { StartSlots, StartTicket } from './start_slots.ts'
import { ProcessRun, type ProcessExit, type ProcessRunOptions } from './process_run.ts'
import type { StopAudit } from './stop_audit.ts'
import { createWall, type Wall } from './wall.ts'

export interface SupervisorOptions {
  id: string
  backend: string
  config: BackendConfig
  /** Called for each start, since the section may have changed. */
  launcherFor(config: BackendConfig): Launcher
  logs: LogStore
  /** onnxruntime threads if the config has none; called for each start. `alone`: for a request that is alone. */
  threads(): { shared: number; alone: number }
  /** Token that the backend's port requires; null if it listens on this machine only. */
  tokenFor(config: BackendConfig): string | null
  inFlight(): InFlightLoad
  slots: StartSlots
  /** See control/ports/stranger.ts; optional. */
  strangerOn?: (config: BackendConfig, pid: number) => Promise<Message | null>
  clock: Clock
  random: () => number
  stops: StopAudit
  completePong?: (pong: Pong) => Pong
  createProbe?: ProcessRunOptions['createProbe']
  events: SupervisorEvents
}

/** An error thrown by a listener fails this backend. */
export interface SupervisorEvents {
  onChange(): void
  onState(
    entered: Message & {
      state: Lifecycle['phase']
      level: LogLevel
      /** Of the state `ready`, where it is known. */
      provider?: string
    },
  ): void
  onPong(pong: Pong, roundTripMs: number, sample: Sample): void
  /** A process was started or is being watched; `pid` is null for an external one. */
  onStarted(pid: number | null): void
  onEnded(pid: number | null): void
  onStopped(report: StopReport): void
  onCrashed(crash: Crash): void
}

const STABLE_MS = 60_000

export class Supervisor {
  readonly id: string
  readonly backend: string
  private currentConfig: BackendConfig
  private readonly options: SupervisorOptions
  private readonly history = new History()
  private state: Lifecycle = { phase: 'disabled' }
  private since: number
  private running: ProcessRun | null = null
  private ticket: StartTicket | null = null
  private stopping: OrderlyStop | null = null
  private firstSeq = 0
  private lastStop: StopReport | null = null
  private readonly retryTimer = new Timer()
  private retryAt: number | null = null
  private readonly stableTimer = new Timer()
  private stableAt = Infinity
  private requestsPerS: number | null = null
  private startHint: Message | null = null
  private readonly waiters = new Set<() => void>()
  private readonly wall: Wall = createWall((error) => this.fault(error))

  constructor(options: SupervisorOptions) {
    this.options = options
    this.id = options.id
    this.backend = options.backend
    this.currentConfig = options.config
    this.since = options.clock.wall()
  }

  get config(): BackendConfig {
    return this.currentConfig
  }

  get phase(): Lifecycle['phase'] {
    return this.state.phase
  }

  get url(): string {
    const { host, port } = this.config
    return webSocketUrl(host, port)
  }

  get token(): string | null {
    return this.options.tokenFor(this.config)
  }

  get isServing(): boolean {
    return isServingState(this.state.phase)
  }

  /** The gateway prefers another replica. */
  get isDegraded(): boolean {
    return this.state.phase === 'degraded' || this.state.phase === 'busy'
  }

  get isWanted(): boolean {
    return isWanted(this.state)
  }

  get pong(): Pong | null {
    const pong = this.running?.pong ?? null
    const { completePong } = this.options
    return pong === null || completePong === undefined ? pong : completePong(pong)
  }

  /** Of the running process; null without one or for an external one. */
  get pid(): number | null {
    return this.running?.pid ?? null
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

  /** Resolves when the process has exited and its port was checked, or when it is switched on again. Check `phase`. */
  async stop(): Promise<void> {
    this.disable()
    await this.until(() => this.state.phase === 'disabled' || this.isWanted)
  }

  /** Resolves with null once it serves, is off, or is external; else with the reason why it will not serve by itself. */
  async settles(): Promise<Message | null> {
    const isOurs = this.config.runtime !== 'external'
    await this.until(() => this.isServing || !(isOurs && isOnItsWay(this.state)))
    const { state } = this
    return state.phase === 'backoff' || state.phase === 'failed' ? state.reason : null
  }

  /** Applies a section. Keys that need a restart apply at the next start; see config/plan.ts. */
  configure(config: BackendConfig): void {
    this.currentConfig = config
    this.wall(() => {
      this.running?.setHealthInterval(config.health_interval * 1000)
      this.running?.tell({ configure: { request_timeout: config.request_timeout } })
      this.options.events.onChange()
    })()
  }

  samples(): Sample[] {
    return this.history.all()
  }

  view(): BackendView {
    return backendView({ ...this.viewSource(), running: this.running, pong: this.pong })
  }

  /** The view without measurements, after reading them failed. */
  bareView(detail: Message): BackendView {
    const view = backendView({ ...this.viewSource(), running: null, pong: null })
    return { ...view, pid: this.pid, ...asText({ detail }) }
  }

  private viewSource(): Omit<ViewSource, 'running' | 'pong'> {
    return {
      id: this.id,
      backend: this.backend,
      config: this.config,
      state: this.state,
      since: this.since,
      retryAt: this.retryAt,
      requestsPerS: this.requestsPerS,
      lastStop: this.lastStop,
      startsAhead: this.ticket?.ahead ?? 0,
    }
  }

  private handle(event: LifecycleEvent): void {
    // Due in the same millisecond as this event, the timer may come second.
    if (this.stableTimer.isSet && this.options.clock.monotonic() >= this.stableAt) {
      this.stableTimer.clear()
      this.handle({ type: 'stable' })
    }
    this.wall(() => {
      const before = this.state
      const { state, effects } = step(before, event, this.limits(), this.options.random)
      this.state = state
      if (state.phase !== before.phase) this.enter(state, before)
      else if (isOtherReason(state, before)) this.announce(state)
      for (const effect of effects) this.carryOut(effect)
      this.options.events.onChange()
    })()
    for (const wake of [...this.waiters]) wake()
  }

  /** Errors caught by the wall. Each step may throw too, without skipping the others. */
  private fault(error: unknown): void {
    const reason = message('reason.internal', { error: saidBy(error) })
    const { state: before, running } = this
    const event = { type: 'fault', reason, hasProcess: running !== null } as const
    const { state, effects } = step(before, event, this.limits(), this.options.random)
    this.state = state
    const steps = [
      () => this.say('error', reason.message),
      () => {
        if (effects.includes('kill')) this.kill(reason)
      },
      () => {
        if (state.phase !== before.phase) this.enter(state, before)
      },
      () => this.options.events.onChange(),
    ]
    const ignore = createWall(() => undefined)
    for (const take of steps) ignore(take)()
    for (const wake of [...this.waiters]) wake()
  }

  /** A rejection is a fault. */
  private when<T>(promise: Promise<T>, then: (value: T) => void): void {
    promise.then(this.wall(then), (error: unknown) => this.fault(error))
  }

  private async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiters.delete(wake)
          resolve()
        }
        this.waiters.add(wake)
      })
    }
  }

  private limits(): RestartLimits {
    return {
      baseMs: this.config.reconnect_interval * 1000,
      attemptsMax: this.config.max_reconnect_attempts,
    }
  }

  private enter(state: Lifecycle, before: Lifecycle): void {
    if (!isStarting(state)) this.releaseSlot()
    this.since = this.options.clock.wall()
    // A backend that processes requests is as stable as an idle one, and alternates between both states.
    if (isWell(state) && isWell(before)) {
      this.say('debug', state.phase)
      return
    }
    this.clearTimers()
    if (state.phase === 'backoff') {
      this.retryAt = this.since + state.delayMs
      const retry = this.wall(() => this.handle({ type: 'retry_due' }))
      this.retryTimer.set(state.delayMs, retry)
    }
    if (isWell(state)) {
      const settle = this.wall(() => this.handle({ type: 'stable' }))
      this.stableTimer.set(STABLE_MS, settle)
      this.stableAt = this.options.clock.monotonic() + STABLE_MS
    }
    this.announce(state)
  }

  private announce(state: Lifecycle): void {
    const said = announce(state, this.config, this.running?.pong?.provider ?? null)
    this.say(said.level, said.message)
    this.options.events.onState({ state: state.phase, ...said })
  }

  private carryOut(effect: Effect): void {
    switch (effect) {
      case 'spawn':
        this.queueStart()
        return
      case 'ask_to_stop':
        this.askToStop()
        return
      case 'kill':
        return
      case 'await_port':
        this.awaitPort()
        return
      default:
        effect satisfies never
    }
  }

  private queueStart(): void {
    this.releaseSlot()
    if (this.config.runtime === 'external') this.spawn()
    else {
      this.ticket = this.options.slots.request(this.wall(() => this.spawn()))
      // It started and failed before the ticket was assigned.
      if (!isStarting(this.state)) this.releaseSlot()
    }
  }

  private releaseSlot(): void {
    this.ticket?.release()
    this.ticket = null
  }

  private spawn(): void {
    const { id, config, options, token } = this
    this.history.restart()
    this.requestsPerS = null
    this.lastStop = null
    this.startHint = null
    this.firstSeq = options.logs.total
    const { env: given, ...section } = config
    const { shared, alone } = options.threads()
    const env = {
      ...(config.threads === undefined ? { [THREADS_ALONE_VARIABLE]: String(alone) } : {}),
      ...given,
      ...options.stops.markStart(id),
    }
    const settings = { ...section, threads: config.threads ?? shared }
    const run: ProcessRun = new ProcessRun({
      name: id,
      launcher: options.launcherFor(config),
      args: [this.backend, '--log-format', 'json', '--settings-from-parent'],
      env: token === null ? env : { ...env, SWITCHYARD_TOKEN: token },
      url: this.url,
      token,
      healthIntervalMs: config.health_interval * 1000,
      clock: options.clock,
      wall: this.wall,
      createProbe: options.createProbe,
      onLine: (line) => options.logs.add(line),
      onPong: (pong, pongMs) => this.notePong(run, pong, pongMs),
      onMissed: (miss) => this.noteMissed(run, miss),
      strangerOn: (pid) => options.strangerOn?.(config, pid) ?? Promise.resolve(null),
      onStranger: (reason) => {
        if (this.running === run && this.state.phase !== 'stopping') this.kill(reason)
      },
      onExit: (exit) => this.ended(run, exit),
    })
    // Set before the start, so that a throw finds the process.
    this.running = run
    run.start()
    run.whenSpawned(() => {
      if (this.running !== run) return
      // Not as an argument: limited to 32 KiB on Windows, and visible to every user of the machine.
      run.tell({ settings })
      options.events.onStarted(run.pid)
      this.say(
        'info',
        run.pid === null
          ? `watched at ${this.url}; somebody else runs it`
          : `started as pid ${run.pid} on port ${config.port}`,
      )
    })
  }

  /** Replaces the text of further misses while a program does not answer after its start. */
  noteStartHint(hint: Message): void {
    this.startHint = hint
  }

  forgiveSilence(): void {
    this.running?.forgiveSilence()
  }

  private notePong(run: ProcessRun, pong: Pong, pongMs: number): void {
    if (this.running !== run) return
    const load = this.options.inFlight()
    const judged = judgePong(run, { pong, pongMs, load, config: this.config })
    const { killReason, slowMs, isBusy } = judged
    const sample = this.history.add(this.options.clock.wall(), this.pong ?? pong, pongMs)
    this.requestsPerS = sample.requests_per_s
    this.options.events.onPong(pong, pongMs, sample)
    // A stopping process has its own time limit.
    if (killReason !== null && this.state.phase !== 'stopping') this.kill(killReason)
    this.handle({ type: 'pong', status: pong.status, slowMs, isBusy, detail: detailOf(pong) })
  }

  private noteMissed(run: ProcessRun, missed: Miss): void {
    const { phase } = this.state
    if (this.running !== run || phase === 'stopping') return
    this.requestsPerS = this.rateWithoutPong()
    const hint = phase === 'starting' ? this.startHint : null
    const miss = hint === null ? missed : { ...missed, reason: hint }
    const { lastMiss } = run
    const load = this.options.inFlight()
    const verdict = judgeMiss(run, { miss, phase, load, config: this.config })
    // While it starts, the row shows the reason; for an external one the announcement does.
    const isShown = verdict.type === 'wait' || verdict.type === 'unreachable'
    const isRepeated = lastMiss?.reason.message === miss.reason.message && isThirdParty(this.config)
    const level = isShown || isRepeated || verdict.type === 'busy' ? 'debug' : 'warn'
    this.say(level, `health check missed: ${miss.reason.message}`)
    if (verdict.type === 'hung') this.kill(verdict.reason)
    else if (verdict.type === 'wait') this.options.events.onChange()
    else this.handle(verdict)
  }

  /**
   * The gateway counts a third-party backend's requests, even while it is too busy for a pong. Built-in ones count themselves.
   */
  private rateWithoutPong(): number | null {
    const { pong, history, options } = this
    if (pong === null || !isThirdParty(this.config)) return null
    return history.rate(options.clock.wall(), pong)
  }

  private askToStop(): void {
    const { running, options, config } = this
    if (running === null) {
      this.handle({ type: 'exited', reason: message('reason.not_started') })
      return
    }
    const stopping = new OrderlyStop({
      drainsItself: config.runtime !== 'command',
      requestTimeoutMs: config.request_timeout * 1000,
      graceMs: config.stop_timeout * 1000,
      load: options.inFlight,
      reportedInFlight: () => running.pong?.in_flight ?? 0,
      ask: (graceMs) => running.askToStop(graceMs),
      kill: (reason) => this.kill(reason),
      now: () => options.clock.monotonic(),
      wall: this.wall,
    })
    this.stopping = stopping
    // First, since an idle backend exits within milliseconds.
    this.when(options.stops.begin(this.id, running), () => stopping.begin())
  }

  kill(reason: Message): void {
    const { running } = this
    if (running === null || running.killReason !== null) return
    running.kill(reason)
    this.say('warn', `killed: ${reason.message}`)
  }

  private ended(run: ProcessRun, exit: ProcessExit): void {
    if (this.running !== run) return
    const { runtime } = this.config
    const owner = runtime === 'builtin' || runtime === 'onnx' ? 'ours' : 'foreign'
    const words = wordsOf(run, exit, owner)
    this.running = null
    // Killing a stopping process is intended; killing one that served is an error.
    const level = isRunning(this.state) && isServingState(this.state.phase) ? 'error' : 'info'
    this.say(level, run.pid === null ? words.message : `pid ${run.pid}: ${words.message}`)
    this.stopping?.dispose()
    this.options.events.onEnded(run.pid)
    const { fault, short } = meaningOfExit(exit.code, exit.signal, owner)
    const why = run.killReason ?? run.reasonOfEnd(fault === null && exit.code !== 0)
    const { state, history, firstSeq } = this
    if (isRunning(state)) {
      this.options.stops.sweep(this.id, run.pid, (said) => {
        this.say('warn', said.message)
      })
      const startHint = state.phase === 'starting' ? this.startHint : null
      const facts = { exit, reason: why, startHint, state, history, firstSeq }
      this.options.events.onCrashed(crashOf(run, facts))
    }
    const end = exit.failure === null ? short : words
    const reason = why === null ? words : message('reason.with_end', { reason: why, end })
    this.handle({ type: 'exited', reason })
  }

  /** A stop is complete once it is known what was released. */
  private awaitPort(): void {
    const asked = {
      graceMs: this.stopping?.graceLeftMs ?? 0,
      isGroup: this.config.runtime === 'command',
    }
    this.stopping = null
    this.when(this.options.stops.finish(this.id, this.config, asked), (report) => {
      this.lastStop = report
      if (report !== null) {
        this.say(report.port_free ? 'info' : 'warn', report.sentence)
        this.options.events.onStopped(report)
      }
      this.handle({ type: 'port_checked' })
    })
  }

  private clearTimers(): void {
    this.retryTimer.clear()
    this.stableTimer.clear()
    this.retryAt = null
  }

  private say(level: LogLevel, message: string): void {
    this.options.logs.add({ source: 'supervisor', level, message: `${this.id}: ${message}` })
  }
}

function isOnItsWay(state: Lifecycle): boolean {
  return (
    state.phase === 'starting' ||
    state.phase === 'loading' ||
    (state.phase === 'stopping' && state.then !== 'disabled')
  )
}

const isStarting = ({ phase }: Lifecycle) => phase === 'starting' || phase === 'loading'

const isWell = ({ phase }: Lifecycle) => phase === 'ready' || phase === 'busy'

const isOtherReason = (state: Lifecycle, before: Lifecycle) =>
  state.phase === 'unreachable' &&
  before.phase === 'unreachable' &&
  state.reason.message !== before.reason.message

/** The failure of a process with a pid is not a failed start. */
function wordsOf(run: ProcessRun, exit: ProcessExit, owner: 'ours' | 'foreign'): Message {
  if (exit.failure === null) return describeExit(exit.code, exit.signal, owner)
  return run.isOwn && run.pid === null
    ? message('reason.unstartable', { reason: exit.failure })
    : exit.failure
}
