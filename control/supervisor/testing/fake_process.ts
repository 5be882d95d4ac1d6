/** Fake processes, health checks and ports, on vitest's fake clock. */
import { message, quoted, type Message } from '../../../protocol/messages.ts'
import type { BackendConfig } from '../../../protocol/config.ts'
import type { Pong } from '../../../protocol/backend.ts'
import type { InFlightLoad } from '../../../gateway/observed.ts'
import type { Child, Launcher, LaunchEvents, LaunchRequest } from '../../launcher/launcher.ts'
import type { PortFreedom } from '../../processes/free_port.ts'
import type { ProcessReader } from '../../processes/process_reader.ts'
import type { ProcessRow } from '../../processes/process_text.ts'
import type { HealthProbeOptions, Probe } from '../health_probe.ts'
import { StopAudit } from '../stop_audit.ts'

/** Behavior of the processes that start next. */
export interface Manners {
  /** Honors a graceful stop; else only a kill ends it. */
  obeys: boolean
  /** From a stop or a kill to the exit, in milliseconds. */
  dyingMs: number
  /** The program does not exist. */
  isMissing: boolean
  health: Health
}

/** Result of every health check. `closed`: the port refuses connections. `wrong`: another protocol. */
export type Health = 'closed' | 'silent' | 'wrong' | 'loading' | 'healthy' | 'slow' | 'stalled'

export const POLITE: Manners = { obeys: true, dyingMs: 5, isMissing: false, health: 'closed' }

/** `live` from its launch until `end`. */
export class FakeChild implements Child {
  readonly pid: number | null
  readonly request: LaunchRequest
  readonly section: BackendConfig
  readonly startedAt = Date.now()
  isLive = true
  isKilled = false
  private readonly told: object[] = []
  private readonly timers: NodeJS.Timeout[] = []
  private readonly manners: Manners
  private readonly events: LaunchEvents
  private readonly onKill: () => void
  private readonly onEnd: () => void

  constructor(given: {
    pid: number | null
    request: LaunchRequest
    section: BackendConfig
    manners: Manners
    events: LaunchEvents
    onKill(): void
    onEnd(): void
  }) {
    this.pid = given.pid
    this.request = given.request
    this.section = given.section
    this.manners = given.manners
    this.events = given.events
    this.onKill = given.onKill
    this.onEnd = given.onEnd
  }

  /** The request timeout in seconds: the last one received, else that of the start. */
  get requestTimeout(): number {
    const last = this.told.at(-1) as { configure: { request_timeout: number } } | undefined
    return (last?.configure ?? this.section).request_timeout
  }

  tell(message: object): void {
    this.told.push(message)
  }

  askToStop(): void {
    if (this.manners.obeys) this.endLater(0, null)
  }

  kill(): void {
    this.isKilled = true
    this.onKill()
    this.endLater(null, 'SIGKILL')
  }

  say(line: string): void {
    if (this.isLive) this.events.onOutput('stderr', Buffer.from(`${line}\n`))
  }

  /** Once only: later calls have no effect. */
  end(code: number | null, signal: string | null, failure: Message | null = null): void {
    if (!this.isLive) return
    this.isLive = false
    for (const timer of this.timers) clearTimeout(timer)
    this.onEnd()
    this.events.onExit({ code, signal, failure })
  }

  private endLater(code: number | null, signal: string | null): void {
    const timer = setTimeout(() => {
      this.end(code, signal)
    }, this.manners.dyingMs)
    this.timers.push(timer)
  }
}

/** Reports at each interval either the pong or its absence, like the real one; nothing after `close`. */
export class FakeProbe implements Probe {
  readonly options: HealthProbeOptions
  health: Health
  intervalMs: number
  private readonly onCheck: (health: Health) => void
  private timer: NodeJS.Timeout

  constructor(options: HealthProbeOptions, health: Health, onCheck: (health: Health) => void) {
    this.options = options
    this.health = health
    this.onCheck = onCheck
    this.intervalMs = options.intervalMs
    this.timer = this.every(options.intervalMs)
  }

  setInterval(intervalMs: number): void {
    clearInterval(this.timer)
    this.intervalMs = intervalMs
    this.timer = this.every(intervalMs)
  }

  close(): void {
    clearInterval(this.timer)
  }

  /** Also after `close`, like a message that was on its way. */
  check(health: Health = this.health): void {
    this.onCheck(health)
    if (health === 'closed')
      this.options.onMissed({ kind: 'refused', reason: quoted('nothing listens') })
    else if (health === 'silent')
      this.options.onMissed({ kind: 'silent', reason: quoted('no answer') })
    else if (health === 'wrong')
      this.options.onMissed({ kind: 'wrong_answer', reason: quoted('HTTP 200') })
    else this.options.onPong(PONGS[health], health === 'slow' ? 900 : 3)
  }

  private every(intervalMs: number): NodeJS.Timeout {
    return setInterval(() => {
      this.check()
    }, intervalMs)
  }
}

/** Without a pid: an external backend may report any. */
const PONGS = {
  loading: { type: 'pong', status: 'loading', detail: 'warm-up 1 of 2' },
  healthy: { type: 'pong', status: 'healthy', provider: 'CPU' },
  slow: { type: 'pong', status: 'healthy', provider: 'CPU' },
  stalled: { type: 'pong', status: 'degraded', stalled_s: 6 },
} as const satisfies Partial<Record<Health, Pong>>

const rowOf = ({ pid }: FakeChild): ProcessRow => ({
  pid: pid ?? 0,
  parentPid: 1,
  groupId: pid,
  startTime: String(pid),
  startOrder: pid ?? 0,
  rssBytes: 1024,
})

/** `index` of the process and its probe, which are created in pairs. */
export type JournalEntry =
  | { kind: 'launched' | 'killed' | 'ended' | 'answered'; index: number }
  | { kind: 'checked'; index: number; health: Health }
  | { kind: 'port_checked'; port: number }

/** Above Linux's maximum (`pid_max`, proc_sys_kernel(5)), so that no real process is affected. */
export const IMPOSSIBLE_PID = 2 ** 22 + 1

/** The fake machine with all processes ever started, and every port. */
export class FakeMachine {
  readonly children: FakeChild[] = []
  readonly probes: FakeProbe[] = []
  /** Launches, health checks, kills, exits and port checks, in order. */
  readonly journal: JournalEntry[] = []
  /** False: waiting for a port fails, since another program has taken it. */
  portsComeFree = true
  /** How long waiting for a port takes, in milliseconds. */
  portMs = 20
  /** How long reading the process table takes, in milliseconds: a process may exit meanwhile. */
  tableMs = 10
  /** Reads in progress, each with a timer. */
  reading = 0
  onEntry: (entry: JournalEntry) => void = () => undefined
  /** What the gateway reports for every target. */
  readonly load = (): InFlightLoad => {
    const [oldest] = this.requests
    return {
      count: this.requests.length,
      oldestMs: oldest === undefined ? null : Date.now() - oldest,
      sinceAnswerMs: this.answeredAt === null ? null : Date.now() - this.answeredAt,
    }
  }
  /** Send times of the requests in flight, oldest first. */
  private requests: number[] = []
  private answeredAt: number | null = null
  private readonly mannersOf: (section: BackendConfig) => Manners
  private nextPid = IMPOSSIBLE_PID
  private newest: Health = 'closed'

  constructor(mannersOf: (section: BackendConfig) => Manners) {
    this.mannersOf = mannersOf
  }

  get live(): FakeChild[] {
    return this.children.filter(({ isLive }) => isLive)
  }

  launcherFor(section: BackendConfig): Launcher {
    return {
      kind: 'command',
      launch: (request, events) => this.launch(request, section, events),
    }
  }

  readonly createProbe = (options: HealthProbeOptions): FakeProbe => {
    const index = this.probes.length
    const probe = new FakeProbe(options, this.newest, (health) => {
      this.note({ kind: 'checked', index, health })
    })
    this.probes.push(probe)
    return probe
  }

  /** A real one, for this machine's processes and ports. */
  stopAudit(): StopAudit {
    const isLive = (pid: number) => this.live.some((child) => child.pid === pid)
    const reader: ProcessReader = {
      platform: 'linux',
      stateOf: async (pid) =>
        isLive(pid) ? { kind: 'running', startTime: String(pid) } : { kind: 'gone' },
      table: () =>
        new Promise((resolve) => {
          this.reading++
          setTimeout(() => {
            this.reading--
            resolve(this.live.map(rowOf))
          }, this.tableMs)
        }),
      trees: async (roots) => this.live.map(rowOf).filter(({ pid }) => roots.includes(pid)),
      rssBytesOf: async () => 1024,
      describe: async () => ({ name: null, owner: null }),
      marked: async () => [],
    }
    return new StopAudit({
      reader,
      gpuBytesOf: () => ({ bytes: null, reason: quoted('no GPU here') }),
      portFree: (_host, port) => this.portFree(port),
      now: () => Date.now(),
      planeMark: 'mark/',
    })
  }

  /** The gateway sends a request to the running process. */
  request(): void {
    if (this.live.length > 0) this.requests.push(Date.now())
  }

  /** The process answers the oldest request. */
  answer(): void {
    if (this.requests.shift() === undefined) return
    this.answeredAt = Date.now()
    this.note({ kind: 'answered', index: this.children.length - 1 })
  }

  private note(entry: JournalEntry): void {
    this.journal.push(entry)
    this.onEntry(entry)
  }

  private launch(request: LaunchRequest, section: BackendConfig, events: LaunchEvents): FakeChild {
    const manners = this.mannersOf(section)
    this.newest = manners.health
    const isOurs = section.runtime !== 'external' && !manners.isMissing
    const pid = isOurs ? this.nextPid++ : null
    const index = this.children.length
    this.requests = []
    this.answeredAt = null
    const onKill = () => {
      this.note({ kind: 'killed', index })
    }
    const onEnd = () => {
      this.note({ kind: 'ended', index })
    }
    const child = new FakeChild({ pid, request, section, manners, events, onKill, onEnd })
    this.children.push(child)
    this.note({ kind: 'launched', index })
    // During the launch, as a launcher may that fails immediately.
    if (manners.isMissing) child.end(null, null, quoted('spawn ENOENT'))
    return child
  }

  private portFree(port: number): Promise<PortFreedom> {
    return new Promise((resolve) => {
      setTimeout(() => {
        this.note({ kind: 'port_checked', port })
        resolve(
          this.portsComeFree
            ? { isFree: true }
            : { isFree: false, reason: message('stop.port_held', { port, host: 'localhost' }) },
        )
      }, this.portMs)
    })
  }
}
