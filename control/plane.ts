/** The control plane: configuration, one supervisor per backend, logs, and the sessions of panels and programs. */
import { watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { WebSocket } from 'ws'
import { loadConfig } from '../config/load.ts'
import type { BackendConfig, ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import type { ConfigView, Sample, Snapshot } from '../protocol/control.ts'
import { GatewayClient } from './gateway/gateway_client.ts'
import { ControlError, ControlSession, type ControlTarget } from './http/control_session.ts'
import type { Launcher } from './launcher/launcher.ts'
import { LogStore } from './logs/log_store.ts'
import { Supervisor } from './supervisor/supervisor.ts'

export interface ControlPlaneOptions {
  configFile: string
  /** How the process of a backend is started. */
  launcherFor(config: BackendConfig): Launcher
  version: string
  /** Why no desktop window was opened; null inside the desktop app. */
  shellNotice: string | null
  /** Cores that the backends share. */
  cores: number
  clock: { /** Unix ms. */ wall(): number; /** Monotonic ms. */ monotonic(): number }
  random: () => number
}

/** Changes are pushed to the panels at most this often. */
const PUSH_INTERVAL_MS = 200
/** Editors write a file in several steps; it is read when they have been quiet this long. */
const CONFIG_QUIET_MS = 150
/** For a gateway client while no backend is configured; the schema's default for one backend. */
const MESSAGE_BYTES_DEFAULT = 100 * 1024 ** 2

export class ControlPlane implements ControlTarget {
  readonly logs: LogStore
  private readonly options: ControlPlaneOptions
  private readonly supervisors = new Map<string, Supervisor>()
  private readonly sessions = new Set<ControlSession>()
  private readonly startedAt: number
  private config: ConfigView
  private address = { host: '127.0.0.1', port: 0 }
  private clients = 0
  private pushTimer: NodeJS.Timeout | null = null
  private readonly refreshTimer: NodeJS.Timeout
  private watcher: FSWatcher | null = null
  private watchTimer: NodeJS.Timeout | null = null
  private isClosing = false

  constructor(options: ControlPlaneOptions) {
    this.options = options
    this.startedAt = options.clock.wall()
    this.logs = new LogStore(() => options.clock.wall())
    this.config = { file: options.configFile, loaded_at: null, problems: [] }
    this.refreshTimer = setInterval(() => {
      for (const session of this.sessions) session.catchUp()
    }, 1000)
  }

  /** Reads the configuration, starts what is enabled in it and watches the file. `address` is that of the panel's port. */
  open(address: { host: string; port: number }): void {
    this.address = address
    this.reload()
    for (const supervisor of this.supervisors.values()) {
      if (supervisor.config.enabled) supervisor.enable()
    }
    this.watchConfig()
  }

  /** Stops every backend and resolves when the last process has ended. */
  async close(): Promise<void> {
    this.isClosing = true
    this.watcher?.close()
    if (this.watchTimer !== null) clearTimeout(this.watchTimer)
    await Promise.all([...this.supervisors.values()].map((supervisor) => supervisor.stop()))
    clearInterval(this.refreshTimer)
    if (this.pushTimer !== null) clearTimeout(this.pushTimer)
  }

  addPanel(socket: WebSocket): void {
    const session = new ControlSession(socket, this)
    this.sessions.add(session)
    socket.on('close', () => {
      this.sessions.delete(session)
    })
  }

  addProgram(socket: WebSocket, pathBackend: string | null): void {
    this.clients++
    this.changed()
    new GatewayClient({
      socket,
      pathBackend,
      find: (name) => this.supervisors.get(name),
      names: () => [...this.supervisors.keys()],
      logs: this.logs,
    })
    socket.on('close', () => {
      this.clients--
      this.changed()
    })
  }

  noteRefused(reason: string): void {
    this.logs.add({ source: 'gateway', level: 'warn', message: `connection refused: ${reason}` })
  }

  /** The largest message that any backend takes. */
  messageBytesMax(): number {
    const limits = [...this.supervisors.values()].map(({ config }) => config.max_message_bytes)
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
        clients: this.clients,
        rss_bytes: process.memoryUsage.rss(),
        shell_notice: this.options.shellNotice,
        config: this.config,
      },
      backends: [...this.supervisors.values()].map((supervisor) => supervisor.view()),
    }
  }

  start(name: string): void {
    this.need(name).enable()
  }

  stop(name: string): void {
    this.need(name).disable()
  }

  restart(name: string): void {
    this.need(name).restart()
  }

  startAll(): void {
    for (const supervisor of this.supervisors.values()) supervisor.enable()
  }

  stopAll(): void {
    for (const supervisor of this.supervisors.values()) supervisor.disable()
  }

  history(name: string): Sample[] {
    return this.need(name).samples()
  }

  private need(name: string): Supervisor {
    const supervisor = this.supervisors.get(name)
    if (supervisor === undefined) {
      const known = [...this.supervisors.keys()].join(', ') || 'none is configured'
      throw new ControlError('unknown_backend', `there is no backend "${name}"; known: ${known}`)
    }
    if (this.isClosing) throw new ControlError('closing', 'Switchyard is stopping')
    return supervisor
  }

  /** Reads the file again. A refused one changes nothing but the notice: the last good configuration stays in force. */
  private reload(): void {
    const { configFile, clock } = this.options
    const loaded = loadConfig(configFile, { [this.address.port]: 'the gateway' })
    if (!loaded.ok) {
      const isNews = !isDeepStrictEqual(loaded.problems, this.config.problems)
      this.config = { ...this.config, problems: loaded.problems }
      if (isNews) for (const problem of loaded.problems) this.logs.add(lineOf(problem))
    } else {
      this.config = { file: configFile, loaded_at: clock.wall(), problems: [] }
      this.apply(loaded.config)
    }
    this.changed()
  }

  private apply({ model_backends: sections }: ModelsConfig): void {
    const threads = Math.max(
      1,
      Math.floor(this.options.cores / Math.max(1, Object.keys(sections).length)),
    )
    for (const [name, supervisor] of this.supervisors) {
      if (isDeepStrictEqual(sections[name], supervisor.config)) continue
      this.replace(name, supervisor, sections, threads)
    }
    for (const name of Object.keys(sections)) {
      if (!this.supervisors.has(name)) this.create(name, sections, threads)
    }
    this.sortAs(Object.keys(sections))
  }

  /** A changed or removed section: the old process ends, and what ran runs again as the section now says. */
  private replace(
    name: string,
    old: Supervisor,
    sections: ModelsConfig['model_backends'],
    threads: number,
  ): void {
    const wasWanted = old.view().wanted
    void old.stop().then(() => {
      if (this.supervisors.get(name) !== old || this.isClosing) return
      this.supervisors.delete(name)
      const created = this.create(name, sections, threads)
      if (wasWanted) created?.enable()
      this.sortAs(Object.keys(sections))
      this.changed()
    })
  }

  private create(
    name: string,
    sections: ModelsConfig['model_backends'],
    threads: number,
  ): Supervisor | null {
    const config = sections[name]
    if (config === undefined) return null
    const { clock, random } = this.options
    const supervisor = new Supervisor({
      name,
      config,
      launcher: this.options.launcherFor(config),
      logs: this.logs,
      threads,
      clock,
      random,
      onChange: () => {
        this.changed()
      },
      onSample: (sample) => {
        for (const session of this.sessions) session.pushSample(name, sample)
      },
    })
    this.supervisors.set(name, supervisor)
    return supervisor
  }

  /** The table shows the backends in the order of the file. */
  private sortAs(names: string[]): void {
    const place = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length)
    const entries = [...this.supervisors].sort(([a], [b]) => place(a) - place(b))
    this.supervisors.clear()
    for (const [name, supervisor] of entries) this.supervisors.set(name, supervisor)
  }

  /** Watches the folder: an editor that saves by renaming replaces the file itself. */
  private watchConfig(): void {
    const { dir, base } = path.parse(this.options.configFile)
    try {
      this.watcher = watch(dir, (_event, changed) => {
        if (changed !== null && changed !== base) return
        if (this.watchTimer !== null) clearTimeout(this.watchTimer)
        this.watchTimer = setTimeout(() => {
          this.reload()
        }, CONFIG_QUIET_MS)
      })
      this.watcher.on('error', (error) => {
        this.say('warn', `the config file is no longer watched: ${error.message}`)
      })
    } catch (error) {
      this.say('warn', `the config file cannot be watched: ${String(error)}`)
    }
  }

  private changed(): void {
    this.pushTimer ??= setTimeout(() => {
      this.pushTimer = null
      for (const session of this.sessions) session.pushSnapshot()
    }, PUSH_INTERVAL_MS)
  }

  private say(level: 'info' | 'warn', message: string): void {
    this.logs.add({ source: 'supervisor', level, message })
  }
}

function lineOf({ file, line, key, message, remedy }: ConfigProblem) {
  const place = line === null ? file : `${file}:${line}`
  return {
    source: 'supervisor',
    level: 'error' as const,
    message: `config refused: ${place}: ${key === '' ? '' : `${key} `}${message}; ${remedy}`,
  }
}
