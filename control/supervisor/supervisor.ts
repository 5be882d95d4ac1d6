/** Runs one backend as a process: carries out what lifecycle.ts decides, and keeps what the panel shows of it. */
import type { Clock } from '../../protocol/clock.ts'
import type { Pong } from '../../protocol/backend.ts'
import { isThirdParty, type BackendConfig } from '../../protocol/config.ts'
import {
  isServingState,
  type BackendView,
  type Sample,
  type StopReport,
} from '../../protocol/control.ts'
import { messageOf } from '../../protocol/errors.ts'
import { describeExit, meaningOfExit } from '../../protocol/exit_codes.ts'
import type { InFlightLoad } from '../../gateway/observed.ts'
import { webSocketUrl } from '../../protocol/address.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import type { LogStore } from '../logs/log_store.ts'
import { announce, backendView, type ViewSource } from './backend_view.ts'
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
  /** `emotion`; the second replica of it is `emotion-2`. */
  id: string
  /** Name of the section. */
  backend: string
  config: BackendConfig
  /** Called for each start: what it needs of the section may have changed. */
  launcherFor(config: BackendConfig): Launcher
  logs: LogStore
  /** onnxruntime threads when the config names none; asked at each start. */
  threads(): number
  /** What the port of such a section demands; null where it listens on this machine alone. */
  tokenFor(config: BackendConfig): string | null
  /** What the gateway has handed to its process and has no answer to. */
  inFlight(): InFlightLoad
  /** Shared by all, so that only so many start at the same time. */
  slots: StartSlots
  /** See strangerOn in control/ports/stranger.ts. Without it nobody looks. */
  strangerOn?: (config: BackendConfig, pid: number) => Promise<string | null>
  clock: Clock
  random: () => number
  stops: StopAudit
  /** Adds what others measure of the backend to its pong. */
  completePong?: (pong: Pong) => Pong
  /** See ProcessRunOptions. */
  createProbe?: ProcessRunOptions['createProbe']
  events: SupervisorEvents
}

/** Notifications. A throw makes this backend failed. */
export interface SupervisorEvents {
  onChange(): void
  /** Another state was entered. */
  onState(entered: {
    state: Lifecycle['phase']
    level: LogLevel
    message: string
    /** Of the state `ready`, where it is known. */
    provider?: string
  }): void
  onPong(pong: Pong, roundTripMs: number, sample: Sample): void
  /** A process was started, or is watched from now on; `pid` null = it is not ours. */
  onStarted(pid: number | null): void
  onEnded(pid: number | null): void
  onStopped(report: StopReport): void
  /** An end that nobody asked for. */
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
  /** Of the start that is going on; null when there is none. */
  private ticket: StartTicket | null = null
  private stopping: OrderlyStop | null = null
  private firstSeq = 0
  private lastStop: StopReport | null = null
  private retryTimer: NodeJS.Timeout | null = null
  private retryAt: number | null = null
  private stableTimer: NodeJS.Timeout | null = null
  private requestsPerS: number | null = null
  private startHint: string | null = null
  private readonly waiters = new Set<() => void>()
  private readonly wall: Wall = createWall((error) => {
    this.fault(error)
  })

  constructor(options: SupervisorOptions) {
    this.options = options
    this.id = options.id
    this.backend = options.backend
    this.currentConfig = options.config
    this.since = options.clock.wall()
  }

  /** The section in force. */
  get config(): BackendConfig {
    return this.currentConfig
  }

  get phase(): Lifecycle['phase'] {
    return this.state.phase
  }

  /** Where the backend listens. */
  get url(): string {
    const { host, port } = this.config
    return webSocketUrl(host, port)
  }

  /** Sent along with every connection to its port. */
  get token(): string | null {
    return this.options.tokenFor(this.config)
  }

  /** The models are loaded and answer; what the gateway asks before it forwards. */
  get isServing(): boolean {
    return isServingState(this.state.phase)
  }

  /** Another replica that serves answers sooner. */
  get isDegraded(): boolean {
    return this.state.phase === 'degraded' || this.state.phase === 'busy'
  }

  /** What the switch shows: a person, or the config, wants it to run. */
  get isWanted(): boolean {
    return isWanted(this.state)
  }

  /** The last pong of the running process; null when there is none. */
  get pong(): Pong | null {
    const pong = this.running?.pong ?? null
    const { completePong } = this.options
    return pong === null || completePong === undefined ? pong : completePong(pong)
  }

  /** Of the running process; null when there is none, or it is not ours. */
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

  /**
   * Switches off and resolves when the process has ended and its port was looked at; or at once when somebody switches it on
   * again meanwhile, since it may never be off then. Ask `phase`.
   */
  async stop(): Promise<void> {
    this.disable()
    await this.until(() => this.state.phase === 'disabled' || this.isWanted)
  }

  /** Resolves once it serves, is off, or is not ours to start: null; or with the reason why it will not serve by itself. */
  async settles(): Promise<string | null> {
    const isOurs = this.config.runtime !== 'external'
    await this.until(() => this.isServing || !(isOurs && isOnItsWay(this.state)))
    const { state } = this
    return state.phase === 'backoff' || state.phase === 'failed' ? state.reason : null
  }

  /** Takes over a section. What needs a restart counts from the next start on; see config/plan.ts. */
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

  /** Without what is measured, when reading it failed. */
  bareView(detail: string): BackendView {
    const view = backendView({ ...this.viewSource(), running: null, pong: null })
    return { ...view, pid: this.pid, detail }
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

  /** What the wall keeps in. Each step may throw as well, and none may keep the others from being taken. */
  private fault(error: unknown): void {
    const reason = `internal error: ${messageOf(error)}`
    const { state: before, running } = this
    const event = { type: 'fault', reason, hasProcess: running !== null } as const
    const { state, effects } = step(before, event, this.limits(), this.options.random)
    this.state = state
    const steps = [
      () => {
        this.say('error', reason)
      },
      () => {
        if (effects.includes('kill')) this.kill(reason)
      },
      () => {
        if (state.phase !== before.phase) this.enter(state, before)
      },
      () => {
        this.options.events.onChange()
      },
    ]
    const ignore = createWall(() => undefined)
    for (const take of steps) ignore(take)()
    for (const wake of [...this.waiters]) wake()
  }

  /** Hands on what a promise brings; a rejection is a fault. */
  private when<T>(promise: Promise<T>, then: (value: T) => void): void {
    promise.then(this.wall(then), (error: unknown) => {
      this.fault(error)
    })
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
    // A backend that works off requests is as stable as one that waits for them, and changes between both all the time.
    if (isWell(state) && isWell(before)) {
      this.say('debug', state.phase)
      return
    }
    this.clearTimers()
    if (state.phase === 'backoff') {
      this.retryAt = this.since + state.delayMs
      this.retryTimer = setTimeout(
        this.wall(() => {
          this.handle({ type: 'retry_due' })
        }),
        state.delayMs,
      )
    }
    if (isWell(state)) {
      this.stableTimer = setTimeout(
        this.wall(() => {
          this.handle({ type: 'stable' })
        }),
        STABLE_MS,
      )
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
        // Of a fault alone, which kills with its own reason.
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
    // An address is only watched: nothing loads on this machine.
    if (this.config.runtime === 'external') this.spawn()
    else {
      this.ticket = this.options.slots.request(
        this.wall(() => {
          this.spawn()
        }),
      )
      // It has begun and failed before the ticket was there.
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
    const env = { ...given, ...options.stops.markStart(id) }
    const settings = { ...section, threads: config.threads ?? options.threads() }
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
      onLine: (line) => {
        options.logs.add(line)
      },
      onPong: (pong, pongMs) => {
        this.notePong(run, pong, pongMs)
      },
      onMissed: (miss) => {
        this.noteMissed(run, miss)
      },
      strangerOn: (pid) => options.strangerOn?.(config, pid) ?? Promise.resolve(null),
      onStranger: (sentence) => {
        if (this.running === run && this.state.phase !== 'stopping') this.kill(sentence)
      },
      onExit: (exit) => {
        this.ended(run, exit)
      },
    })
    // Known before it starts: what a start throws must find the process that it has left.
    this.running = run
    run.start()
    run.whenSpawned(() => {
      if (this.running !== run) return
      // Not as an argument: those are limited to 32 KiB on Windows, and every user of the machine can read them.
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

  /** What was found about a program that does not answer after its start; said instead of each further miss. */
  noteStartHint(text: string): void {
    this.startHint = text
  }

  private notePong(run: ProcessRun, pong: Pong, pongMs: number): void {
    if (this.running !== run) return
    const load = this.options.inFlight()
    const judged = judgePong(run, { pong, pongMs, load, config: this.config })
    const { killReason, slowMs, isBusy } = judged
    const sample = this.history.add(this.options.clock.wall(), this.pong ?? pong, pongMs)
    this.requestsPerS = sample.requests_per_s
    this.options.events.onPong(pong, pongMs, sample)
    // Who stops may take its time; that is bounded elsewhere.
    if (killReason !== null && this.state.phase !== 'stopping') this.kill(killReason)
    this.handle({ type: 'pong', status: pong.status, slowMs, isBusy, detail: pong.detail })
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
    // While it starts, the row shows the reason; an external one is announced with it.
    const isShown = verdict.type === 'wait' || verdict.type === 'unreachable'
    const isRepeated = lastMiss?.reason === miss.reason && isThirdParty(this.config)
    const level = isShown || isRepeated || verdict.type === 'busy' ? 'debug' : 'warn'
    this.say(level, `health check missed: ${miss.reason}`)
    if (verdict.type === 'hung') this.kill(verdict.reason)
    else if (verdict.type === 'wait') this.options.events.onChange()
    else this.handle(verdict)
  }

  /** The gateway counts the requests of a third-party backend, also while it is too busy for a pong. Others count their own. */
  private rateWithoutPong(): number | null {
    const { pong, history, options } = this
    if (pong === null || !isThirdParty(this.config)) return null
    return history.rate(options.clock.wall(), pong)
  }

  private askToStop(): void {
    const { running, options, config } = this
    if (running === null) {
      // It still waited for its turn to start.
      this.handle({ type: 'exited', reason: 'it was not started' })
      return
    }
    const stopping = new OrderlyStop({
      drainsItself: config.runtime !== 'command',
      requestTimeoutMs: config.request_timeout * 1000,
      graceMs: config.stop_timeout * 1000,
      load: options.inFlight,
      reportedInFlight: () => running.pong?.in_flight ?? 0,
      ask: (graceMs) => {
        running.askToStop(graceMs)
      },
      kill: (reason) => {
        this.kill(reason)
      },
      now: () => options.clock.monotonic(),
      wall: this.wall,
    })
    this.stopping = stopping
    // Looked at first: an idle backend is gone within milliseconds.
    this.when(options.stops.begin(this.id, running), () => {
      stopping.begin()
    })
  }

  /** Ends the process by force; nothing happens where there is none. */
  kill(reason: string): void {
    const { running } = this
    if (running === null || running.killReason !== null) return
    running.kill(reason)
    this.say('warn', `killed: ${reason}`)
  }

  private ended(run: ProcessRun, exit: ProcessExit): void {
    if (this.running !== run) return
    const { runtime } = this.config
    const owner = runtime === 'builtin' || runtime === 'onnx' ? 'ours' : 'foreign'
    const words = wordsOf(run, exit, owner)
    this.running = null
    // A person, or the control plane, has ended one that stops; one that served was needed.
    const level = isRunning(this.state) && isServingState(this.state.phase) ? 'error' : 'info'
    this.say(level, run.pid === null ? words : `pid ${run.pid}: ${words}`)
    this.stopping?.dispose()
    this.options.events.onEnded(run.pid)
    const { fault, short } = meaningOfExit(exit.code, exit.signal, owner)
    const why = run.killReason ?? run.reasonOfEnd(fault === null && exit.code !== 0)
    const { state, history, firstSeq } = this
    if (isRunning(state)) {
      this.options.stops.sweep(this.id, run.pid, (sentence) => {
        this.say('warn', sentence)
      })
      const facts = { exit, reason: why, state, history, firstSeq }
      this.options.events.onCrashed(crashOf(run, facts))
    }
    const end = exit.failure === null ? short : words
    this.handle({ type: 'exited', reason: why === null ? words : `${why} (${end})` })
  }

  /** What was freed is looked up, not assumed; a stop is over when that is known. */
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
    if (this.retryTimer !== null) clearTimeout(this.retryTimer)
    if (this.stableTimer !== null) clearTimeout(this.stableTimer)
    this.retryTimer = null
    this.stableTimer = null
    this.retryAt = null
  }

  private say(level: LogLevel, message: string): void {
    this.options.logs.add({ source: 'supervisor', level, message: `${this.id}: ${message}` })
  }
}

/** Nothing has gone wrong yet, and it may become ready by itself. */
function isOnItsWay(state: Lifecycle): boolean {
  return (
    state.phase === 'starting' ||
    state.phase === 'loading' ||
    (state.phase === 'stopping' && state.then !== 'disabled')
  )
}

const isStarting = ({ phase }: Lifecycle) => phase === 'starting' || phase === 'loading'

/** It serves as it should. */
const isWell = ({ phase }: Lifecycle) => phase === 'ready' || phase === 'busy'

const isOtherReason = (state: Lifecycle, before: Lifecycle) =>
  state.phase === 'unreachable' && before.phase === 'unreachable' && state.reason !== before.reason

/** A failure of a process that has a pid is not one of its start. */
function wordsOf(run: ProcessRun, exit: ProcessExit, owner: 'ours' | 'foreign'): string {
  if (exit.failure === null) return describeExit(exit.code, exit.signal, owner)
  return run.isOwn && run.pid === null ? `could not be started: ${exit.failure}` : exit.failure
}
