/** The control plane: connects configuration, supervisors, gateway, logs and metrics, and serves the panels. */
import path from 'node:path'
import type { WebSocket } from 'ws'
import type { Clock } from '../protocol/clock.ts'
import {
  isThirdParty,
  MESSAGE_BYTES_DEFAULT,
  type BackendConfig,
  type ConfigProblem,
  type ModelsConfig,
} from '../protocol/config.ts'
import { problemMessage, problemTexts, problemText } from '../protocol/config_problem.ts'
import type { CrashCard } from '../protocol/crash.ts'
import {
  isServingState,
  type BackendView,
  type ControlResult,
  type Snapshot,
} from '../protocol/control.ts'
import { messageOf, saidBy } from '../protocol/errors.ts'
import { asText, joined, message, messageIn, type Message } from '../protocol/messages.ts'
import type { PlaneEvent } from '../protocol/events.ts'
import { Timer } from '../protocol/disposables.ts'
import { tokenOf } from './backend_token.ts'
import { ConfigKeeper } from './config_keeper.ts'
import { endMessage } from './crash/crash_card.ts'
import { CrashReporter, isByHand } from './crash/crash_reporter.ts'
import { CrashStore } from './crash/crash_store.ts'
import { EventLog } from './events/event_log.ts'
import { Gateway } from '../gateway/gateway.ts'
import { ControlSession, snapshotText } from './api/control_session.ts'
import type { PanelSocket } from './api/panel_socket.ts'
import type { ControlTarget } from './api/control_target.ts'
import type { Launcher } from './launcher/launcher.ts'
import { Logs } from './logs/logs.ts'
import { Profiler } from './models/profile_model.ts'
import { examinePort } from './ports/examine_port.ts'
import { listeningPorts } from './ports/listening_ports.ts'
import { strangerOn } from './ports/stranger.ts'
import { PortRetries } from './ports/port_retries.ts'
import { WrongPortWatch } from './ports/wrong_port.ts'
import { freePortWait } from './processes/free_port.ts'
import { ProcessTracker } from './processes/process_tracker.ts'
import { createProcessReader, type ProcessReader } from './processes/process_reader.ts'
import { treeOf } from './processes/process_tree.ts'
import { newPlaneMark } from './processes/run_mark.ts'
import { stateLayout } from './state_dir.ts'
import { Fleet, type ApplyFault } from './supervisor/fleet.ts'
import { instancesOf, type Instance } from '../config/instances.ts'
import { StartSlots } from './supervisor/start_slots.ts'
import { StopAudit } from './supervisor/stop_audit.ts'
import type { Crash } from './supervisor/crash_facts.ts'
import { Supervisor } from './supervisor/supervisor.ts'
import { createWall } from './supervisor/wall.ts'
import { takenBackText, type TakenBack, type TakenBackText } from './taken_back.ts'
import { Telemetry } from './telemetry.ts'
import { TrialRuns } from './trial_run/trial_runs.ts'
import { Watchers } from './watchers.ts'

export interface ControlPlaneOptions {
  configFile: string
  rootDir: string
  stateDir: string
  launcherFor(config: BackendConfig): Launcher
  /** False: enabled backends wait for a manual start. */
  startsBackends: boolean
  /** The Node binary for our programs that are not backends. */
  nodePath: string
  version: string
  /** Why no desktop window was opened; null inside the desktop app. */
  shellNotice: Message | null
  cores: number
  backendToken: string
  /** Ends every panel session; the returned key is for the requesting page. */
  replaceToken(): Promise<ControlResult<'token.replace'>>
  clock: Clock
  random: () => number
}

const PUSH_INTERVAL_MS = 200
const PORT_CAUSES = ['port_taken', 'port_forbidden', 'address_unavailable']
/** Concurrent starts: a start waits for the disk as much as it computes. */
const STARTS_PER_CORE = 2
const STARTS_MIN = 4
const PORT_FREE_MS_MAX = 5000
const KILLED_AT_EXIT = message('reason.plane_exits')

export class ControlPlane implements ControlTarget {
  readonly logs: Logs
  readonly fleet: Fleet
  readonly config: ConfigKeeper
  readonly gateway: Gateway
  readonly crashes: CrashStore
  readonly events: EventLog
  readonly telemetry: Telemetry
  readonly watchers = new Watchers()
  private readonly options: ControlPlaneOptions
  private readonly tracker: ProcessTracker
  private readonly reporter: CrashReporter
  private readonly stops: StopAudit
  private readonly wrongPorts: WrongPortWatch
  private readonly portRetries = new PortRetries()
  private readonly slots: StartSlots
  private readonly reader: ProcessReader
  readonly rootDir: string
  readonly profiler: Profiler
  readonly trials: TrialRuns
  private readonly sessions = new Set<ControlSession>()
  private readonly startedAt: number
  private address = { host: '127.0.0.1', port: 0 }
  private readonly pushTimer = new Timer()
  private readonly secondTimer: NodeJS.Timeout
  private closing = false
  private lastFault: string | null = null
  /** Guards the panels' timers: a failure is logged once until it changes, and the next turn tries again. */
  private readonly wall = createWall((error) => {
    const fault = `The panels could not be updated: internal error: ${messageOf(error)}`
    if (fault !== this.lastFault) this.logs.say('error', fault)
    this.lastFault = fault
  })

  constructor(options: ControlPlaneOptions) {
    this.options = options
    const { clock, stateDir, version, rootDir } = options
    const layout = stateLayout(stateDir)
    const reader = createProcessReader()
    const now = clock.wall
    this.rootDir = rootDir
    this.startedAt = now()
    this.reader = reader
    this.slots = new StartSlots(Math.max(STARTS_MIN, STARTS_PER_CORE * options.cores))
    this.logs = new Logs({
      dir: layout.logs,
      now,
      searchEntry: path.join(rootDir, 'dist', 'control', 'logs', 'search_worker.js'),
    })
    const warn = (message: string) => {
      this.logs.say('warn', message)
    }
    this.events = new EventLog({
      now,
      warn,
      onEvent: (event) => {
        for (const session of this.sessions) session.pushEvent(event)
      },
    })
    this.wrongPorts = new WrongPortWatch(async (pid) =>
      listeningPorts(treeOf(await reader.table(), pid).map((row) => row.pid)),
    )
    const planeMark = newPlaneMark()
    this.tracker = new ProcessTracker({
      folder: layout.processes,
      reader,
      mark: planeMark,
      now,
      logs: this.logs,
    })
    this.fleet = new Fleet({
      create: (backend, instance) => this.createSupervisor(backend, instance),
      onChange: () => this.changed(),
      say: (level, said, backend) => {
        this.logs.say(level, backend === undefined ? said.message : `${backend}: ${said.message}`)
        this.note({ kind: 'config', level, backend: backend ?? null, ...said })
      },
    })
    this.telemetry = new Telemetry({
      reader,
      clock,
      watchers: this.watchers,
      supervisors: () => this.fleet.all(),
      onGpus: () => this.changed(),
      measure: (id) => this.gateway.measuredOf(id),
      warn,
    })
    this.gateway = new Gateway({
      find: (name) => {
        const targets = this.fleet.find(name)
        return targets.length === 0 ? undefined : { name, targets }
      },
      names: () => this.fleet.backends,
      logs: this.logs.store,
      clock,
      quarantineFile: layout.quarantine,
    })
    this.crashes = new CrashStore({ folder: layout.crashes, warn, now })
    this.reporter = new CrashReporter({
      store: this.crashes,
      logs: this.logs.store,
      version,
      rootDir,
      now,
      onOutOfMemory: (id) => {
        const [supervisor] = this.fleet.find(id)
        if (supervisor !== undefined) this.gateway.noteCrash(supervisor.backend, id)
      },
      onCard: (card, about) => this.noteCard(card, about),
    })
    const profile = path.join(rootDir, 'dist', 'backends', 'profile.js')
    this.profiler = new Profiler(profile, options.nodePath)
    this.stops = new StopAudit({
      reader,
      planeMark,
      now,
      gpuBytesOf: (pids) => this.telemetry.gpuBytesOf(pids),
      portFree: (host, port) => freePortWait(host, port, AbortSignal.timeout(PORT_FREE_MS_MAX)),
    })
    this.trials = new TrialRuns({
      ...options,
      tokenFor: (section) => tokenOf(section, options.backendToken),
      logs: this.logs.store,
      stops: this.stops,
      slots: this.slots,
      tracker: this.tracker,
      reservedPorts: () => this.reservedPorts(),
    })
    this.config = new ConfigKeeper({
      file: options.configFile,
      open: (config) => this.fleet.open(config, { starts: options.startsBackends }),
      apply: async (config, keepState) => {
        const faults = await this.fleet.apply(config, keepState)
        this.gateway.noteTargetsChanged()
        return faults
      },
      wordsOf: (fault, tried) => this.takenBackText(fault, tried),
      onChange: () => this.changed(),
      onProblems: (problems) => {
        for (const problem of problems) this.noteProblem(problem)
      },
      now,
    })
    this.secondTimer = setInterval(
      this.wall(() => {
        for (const session of this.sessions) session.catchUp()
        const isRunning = this.fleet.all().some(({ pid }) => pid !== null)
        if (isRunning) this.reporter.noteKernel()
      }),
      1000,
    )
  }

  /** Reads the configuration, starts enabled backends and watches the file. `address` is the panel's port. */
  async open(address: { host: string; port: number }): Promise<void> {
    this.address = address
    const layout = stateLayout(this.options.stateDir)
    await this.tracker.open()
    await this.events.open(layout.eventsOf(address))
    await this.telemetry.open(layout.metricsOf(address))
    this.reporter.noteKernel()
    if (this.closing) return
    await this.config.open([{ ...address, owner: 'the gateway' }])
  }

  async close(): Promise<void> {
    this.closing = true
    this.profiler.close()
    this.wrongPorts.close()
    this.portRetries.close()
    const stops = await Promise.allSettled([
      this.config.close(),
      this.fleet.stopAll(),
      this.trials.close(),
    ])
    await this.stops.close(({ message }) => this.logs.say('warn', message))
    clearInterval(this.secondTimer)
    await Promise.all([
      this.gateway.close(),
      this.telemetry.close(),
      this.reporter.settled(),
      this.tracker.close(),
    ])
    await this.events.close()
    this.pushTimer.dispose()
    await this.logs.close()
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason
  }

  /** After a sleep of the machine: health checks that it missed do not count. */
  resumed(): void {
    for (const supervisor of this.fleet.all()) supervisor.forgiveSilence()
  }

  /** Kills every process that Switchyard started, so that `close` has nothing to wait for. */
  kill(): void {
    this.profiler.close()
    for (const supervisor of this.fleet.all()) supervisor.kill(KILLED_AT_EXIT)
    this.trials.kill(KILLED_AT_EXIT)
    this.stops.hurry()
  }

  replaceToken(): Promise<ControlResult<'token.replace'>> {
    return this.options.replaceToken()
  }

  get isClosing(): boolean {
    return this.closing
  }

  addPanel(socket: PanelSocket): void {
    const session = new ControlSession(socket, this)
    this.sessions.add(session)
    socket.on('close', () => this.sessions.delete(session))
  }

  addProgram(socket: WebSocket, pathBackend: string | null): void {
    this.gateway.addClient(socket, pathBackend)
    this.changed()
    socket.on('close', () => this.changed())
  }

  noteRefused(reason: string): void {
    this.logs.add({ source: 'gateway', level: 'warn', message: `connection refused: ${reason}` })
  }

  messageBytesMax(): number {
    const limits = this.fleet.all().map(({ config }) => config.max_message_bytes)
    return limits.length === 0 ? MESSAGE_BYTES_DEFAULT : Math.max(...limits)
  }

  snapshot(): Snapshot {
    return {
      plane: {
        version: this.options.version,
        pid: process.pid,
        host: this.address.host,
        port: this.address.port,
        started_at: this.startedAt,
        clients: this.gateway.clients,
        rss_bytes: process.memoryUsage.rss(),
        ...asText({ shell_notice: this.options.shellNotice }),
        state_dir: this.options.stateDir,
        config: this.config.view(),
      },
      backends: this.fleet.all().map((supervisor) => this.viewOf(supervisor)),
      gpus: this.telemetry.gpuReading,
    }
  }

  note(event: Omit<PlaneEvent, 'seq' | 'time'>): void {
    this.events.add(event)
  }

  /** Never offered by the port doctor: ports of the configuration and the panel. */
  reservedPorts(): Set<number> {
    return new Set([this.address.port, ...this.fleet.all().map(({ config }) => config.port)])
  }

  private viewOf(supervisor: Supervisor): BackendView {
    try {
      return this.measuredViewOf(supervisor)
    } catch (error) {
      return supervisor.bareView(message('reason.internal', { error: saidBy(error) }))
    }
  }

  private measuredViewOf(supervisor: Supervisor): BackendView {
    const view = supervisor.view()
    const { pid } = supervisor
    if (pid === null) return view
    const gpu = this.telemetry.gpuBytesOf([pid])
    const measured = { ...view, rss_bytes: view.rss_bytes ?? this.telemetry.rssOf(pid) }
    // A CPU-only backend already has its reason.
    if (view.provider === 'CPU') return measured
    const reason = asText({ gpu_reason: gpu.reason })
    return {
      ...{ ...measured, ...reason, gpu_bytes: gpu.bytes },
      wording: { ...view.wording, gpu_reason: {}, ...reason.wording },
    }
  }

  private createSupervisor(backend: string, { id, config }: Instance): Supervisor {
    const { clock, random, cores, launcherFor } = this.options
    const supervisor: Supervisor = new Supervisor({
      id,
      backend,
      config,
      launcherFor,
      logs: this.logs.store,
      threads: () => ({
        shared: Math.max(1, Math.floor(cores / Math.max(1, this.fleet.all().length))),
        alone: cores,
      }),
      tokenFor: (section) => tokenOf(section, this.options.backendToken),
      inFlight: () => this.gateway.loadOf(id),
      slots: this.slots,
      strangerOn: ({ host, port }, pid) => strangerOn({ host, port, pid, reader: this.reader }),
      clock,
      random,
      stops: this.stops,
      completePong: (pong) => this.telemetry.completePong(id, pong),
      events: {
        onChange: () => this.changed(),
        onState: (view) => {
          this.note({ kind: 'state', backend: id, ...view })
        },
        onStopped: (report) => {
          const level = report.port_free ? 'info' : 'warn'
          this.note({ kind: 'stop', level, backend: id, ...messageIn(report, 'sentence') })
        },
        onPong: (pong, pongMs, sample) => {
          this.telemetry.notePong(id, pong, pongMs)
          for (const session of this.sessions) session.pushSample(id, sample)
        },
        onStarted: (pid) => {
          if (pid !== null && config.runtime === 'command') this.watchPort(supervisor, pid)
          this.gateway.noteStarted(id)
          this.telemetry.started(supervisor)
          if (pid !== null) this.tracker.note(pid, id)
        },
        onEnded: (pid) => {
          this.wrongPorts.ended(id)
          this.telemetry.ended(id)
          if (pid !== null) this.tracker.forget(pid)
        },
        onCrashed: (crash) => this.noteCrash(supervisor, crash),
      },
    })
    return supervisor
  }

  private watchPort(supervisor: Supervisor, pid: number): void {
    const { id } = supervisor
    const { port } = supervisor.config
    const isSilent = () => supervisor.phase === 'starting'
    this.wrongPorts.started(id, pid, { port, isSilent }, (said) => {
      supervisor.noteStartHint(said)
      this.logs.add({ source: id, level: 'warn', message: said.message })
      this.note({ kind: 'port', level: 'warn', backend: id, ...said })
    })
  }

  private noteCrash({ id, backend, config }: Supervisor, crash: Crash): void {
    // Before the kernel counters are read, since the next process may start meanwhile. A manual kill has no suspects,
    // nor does a third-party program that was silent for too long: an input does not make it slow.
    const isNoFault = isByHand(crash) || (crash.killReason !== null && isThirdParty(config))
    const inFlight = isNoFault ? this.gateway.inFlightOf(id) : this.gateway.noteCrash(backend, id)
    const requests = inFlight.map(({ requestId, hash, bytes }) => ({
      request_id: requestId,
      input_hashes: [hash],
      bytes,
    }))
    this.reporter.report(id, { config, crash, requests })
  }

  private noteCard(
    card: CrashCard,
    { reason, isKept }: { reason: Message | null; isKept: boolean },
  ): void {
    const { backend, cause, id, phase } = card
    const isCrash = isServingState(phase)
    if (cause !== null) {
      this.logs.say('warn', `${backend}: likely cause: ${cause.cause} ${cause.remedy}`)
    }
    this.note({
      kind: isCrash ? 'crash' : 'start_failed',
      level: isCrash ? 'error' : 'warn',
      backend,
      ...endMessage(card, reason),
      ...(isKept ? { crash_id: id } : {}),
    })
    const [supervisor] = this.fleet.find(backend)
    if (cause !== null && PORT_CAUSES.includes(cause.code) && supervisor !== undefined) {
      void this.examinePortOf(supervisor)
    }
  }

  /** Logs who holds the port that a backend did not get, and the remedy. Never rejects. */
  private async examinePortOf({ id, config: { host, port } }: Supervisor): Promise<void> {
    try {
      const report = await examinePort({ host, port, reserved: this.reservedPorts() })
      if (report.verdict === 'free') return
      if (report.free_in_s !== null) {
        this.portRetries.retryIn(report.free_in_s, id, () => {
          const [supervisor] = this.fleet.find(id)
          if (supervisor?.phase === 'failed' || supervisor?.phase === 'backoff') supervisor.enable()
        })
      }
      const remedy = report.free_in_s === null ? messageIn(report, 'remedy') : message('port.retry')
      const said = joined(messageIn(report, 'sentence'), remedy)
      this.logs.say('warn', `${id}: ${said.message}`)
      this.note({ kind: 'port', level: 'warn', backend: id, ...said })
    } catch (error) {
      this.logs.say('warn', `${id}: port ${port} could not be examined: ${String(error)}`)
    }
  }

  /** null unless the fault is of a backend that ran before. Never rejects. */
  private async takenBackText(
    { backend: id, reason }: ApplyFault,
    tried: ModelsConfig,
  ): Promise<TakenBackText | null> {
    const [supervisor] = id === null ? [] : this.fleet.find(id)
    const section = supervisor === undefined ? undefined : tried.model_backends[supervisor.backend]
    if (supervisor === undefined || section === undefined) return null
    const { backend, config } = supervisor
    const wanted = instancesOf(backend, section).find((one) => one.id === id)?.config ?? section
    const held = wanted.port === config.port ? null : await this.heldPort(wanted)
    return takenBackText({ backend, before: config, tried: wanted, reason, held })
  }

  /** null when no other program holds the port, or it is unknown. */
  private async heldPort({ host, port }: BackendConfig): Promise<TakenBack['held']> {
    try {
      const report = await examinePort({ host, port, reserved: this.reservedPorts() })
      const { verdict, holder, suggestion: freePort } = report
      return verdict === 'in_use' ? { holder, freePort } : null
    } catch {
      return null
    }
  }

  private noteProblem(problem: ConfigProblem): void {
    const { taken_back: backend } = problem
    const noted = { kind: 'config', level: 'error' } as const
    if (backend === undefined) {
      const said = message('config.refused', { problem: problemMessage(problem) })
      this.logs.say('error', said.message)
      this.note({ ...noted, backend: null, ...said })
    } else {
      this.logs.say('error', `config taken back: ${problemText(problem)}`)
      this.note({ ...noted, backend, ...problemTexts(problem), taken_back: true })
    }
  }

  private changed(): void {
    // A resumed session gets the current state.
    if (!this.watchers.isWatched) return
    this.pushTimer.setOnce(
      PUSH_INTERVAL_MS,
      this.wall(() => {
        if (!this.watchers.isWatched) return
        const text = snapshotText(this)
        for (const session of this.sessions) session.pushSnapshot(text)
      }),
    )
  }
}
