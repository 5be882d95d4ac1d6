/** For the properties of supervisor.ts: one supervisor on a fake machine, and its invariants. */
import type { Message } from '../../../protocol/messages.ts'
import { expect, vi } from 'vitest'
import { backendConfigSchema, isThirdParty, type BackendConfig } from '../../../protocol/config.ts'
import { LogStore } from '../../logs/log_store.ts'
import { MISSED_PONGS_MAX } from '../health_judge.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { StartSlots } from '../start_slots.ts'
import { Supervisor } from '../supervisor.ts'
import {
  FakeMachine,
  POLITE,
  type FakeChild,
  type Health,
  type JournalEntry,
  type Manners,
} from './fake_process.ts'

type Phase = Lifecycle['phase']

/** What the user has requested last: the switch shows it, whatever happens to the process. */
export interface Model {
  isWanted: boolean
}

/** Values with short timeouts. */
export const CONFIG: BackendConfig = backendConfigSchema.parse({
  port: 8768,
  runtime: 'command',
  command: ['backend'],
  reconnect_interval: 1,
  max_reconnect_attempts: 2,
  request_timeout: 1,
  health_interval: 1,
  startup_timeout: 5,
})
/** See STABLE_MS of supervisor.ts. */
const STABLE_MS = 60_000
/** Above every wait: the largest start-up or request timeout of the tests plus all grace periods. */
const LONG_MS = 40_000
const WITH_PROCESS: readonly Phase[] = ['starting', 'loading', 'ready', 'busy', 'degraded']
const SAID_BY_HEALTH: readonly Phase[] = ['loading', 'ready', 'busy', 'degraded']
const WITHOUT_PROCESS: readonly Phase[] = ['disabled', 'backoff', 'failed']
const isMissed = (health: Health) => ['silent', 'closed', 'wrong'].includes(health)
/** See health_judge.ts: a third-party backend may be silent for `request_timeout` and this. */
const SILENCE_GRACE_MS = 5000
/** Delay of the fake machine's slow pongs. */
const SLOW_MS = 900

/** State of the newest process according to its health checks and replies. */
interface Trace {
  healths: Health[]
  /** Its last pong or reply, or its start. */
  lifeAt: number
  phase: Phase
  /** The last pong was late, and excused by requests. */
  wasBusy: boolean
  /** By the rules it must be killed now. */
  mustEnd: boolean
}

const NEW_TRACE: Trace = {
  healths: [],
  lifeAt: 0,
  phase: 'starting',
  wasBusy: false,
  mustEnd: false,
}

export class SupervisorWorld {
  readonly machine: FakeMachine
  readonly supervisor: Supervisor
  manners: Manners = { ...POLITE }
  /** The program found on the port of a process that answers. */
  stranger: Promise<Message | null> = Promise.resolve(null)
  private readonly logs = new LogStore(() => Date.now())
  private readonly violations: string[] = []
  private readonly pending = new Set<string>()
  private waits = 0
  private phase: Phase = 'disabled'
  private trace: Trace = NEW_TRACE
  private wellSince: number | null = null
  /** Crashes since it was last switched on, or was ready for a minute. */
  private crashesInRow = 0
  private unplannedEnds = 0
  private crashes = 0
  /** The user switches it on now. */
  private isSwitchingOn = false

  constructor(config: BackendConfig = CONFIG, random: () => number = () => 0.5) {
    this.machine = new FakeMachine(() => this.manners)
    this.machine.onEntry = (entry) => {
      this.noteEntry(entry)
    }
    this.supervisor = new Supervisor({
      id: 'one',
      backend: 'one',
      config,
      launcherFor: (section) => this.machine.launcherFor(section),
      logs: this.logs,
      threads: () => ({ shared: 1, alone: 1 }),
      tokenFor: () => null,
      inFlight: this.machine.load,
      slots: new StartSlots(1),
      strangerOn: () => this.stranger,
      clock: { wall: () => Date.now(), monotonic: () => Date.now() },
      random,
      stops: this.machine.stopAudit(),
      createProbe: this.machine.createProbe,
      events: {
        onChange: () => undefined,
        onState: ({ state, message }) => {
          this.enter(state, message)
        },
        onPong: () => undefined,
        onStarted: () => undefined,
        onEnded: () => undefined,
        onStopped: () => undefined,
        onCrashed: () => {
          this.crashes++
        },
      },
    })
  }

  warnings(): string[] {
    return this.logs.query({ levels: ['warn'] }, 100).lines.map(({ message }) => message)
  }

  switchOn(how: 'enable' | 'restart'): void {
    this.isSwitchingOn = true
    this.supervisor[how]()
    this.isSwitchingOn = false
  }

  /** Records when a promise of the supervisor resolves; `finish` requires all of them. */
  await(what: 'stop' | 'settles'): void {
    const name = `${what}() number ${++this.waits}`
    this.pending.add(name)
    void this.supervisor[what]().then(() => this.pending.delete(name))
  }

  /** Runs what is due, then checks the invariants. */
  async look({ isWanted }: Model, forMs = 0): Promise<void> {
    await vi.advanceTimersByTimeAsync(forMs)
    const { supervisor, machine } = this
    const { phase } = supervisor
    expect(this.violations).toEqual([])
    expect(machine.live.length).toBeLessThanOrEqual(1)
    const [living] = machine.live
    expect(supervisor.pid).toBe(living?.pid ?? null)
    if (WITH_PROCESS.includes(phase)) expect(living).toBeDefined()
    if (WITHOUT_PROCESS.includes(phase)) expect(living).toBeUndefined()
    // After a crash the table is read to find orphans.
    if (phase === 'disabled') expect(vi.getTimerCount()).toBe(machine.reading)
    if (living !== undefined) this.checkLiving(living)
    expect(supervisor.isWanted).toBe(isWanted)
    expect(this.crashes).toBe(this.unplannedEnds)
    const view = supervisor.view()
    expect(view.state).toBe(phase)
    expect(view.retry_at !== null).toBe(phase === 'backoff')
  }

  /** Everything that was started ends, and nothing remains. */
  async finish(model: Model): Promise<void> {
    await this.look(model, LONG_MS)
    expect([...this.pending]).toEqual([])
    this.await('stop')
    await this.look({ isWanted: false }, LONG_MS)
    expect([...this.pending]).toEqual([])
    expect(this.supervisor.phase).toBe('disabled')
    expect(this.machine.live).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  }

  /** It has the active section, and has been killed if it hangs. */
  private checkLiving(child: FakeChild): void {
    const { config, phase } = this.supervisor
    expect(child.requestTimeout).toBe(config.request_timeout)
    expect(this.machine.probes.at(-1)?.intervalMs).toBe(config.health_interval * 1000)
    if (phase === 'stopping') return
    if (this.trace.mustEnd) expect(child.isKilled).toBe(true)
    expect(phase).toBe(this.trace.phase)
  }

  private noteCheck(health: Health): void {
    const { trace } = this
    const { config } = this.supervisor
    const { count, oldestMs, sinceAnswerMs } = this.machine.load()
    const isForeign = isThirdParty(config)
    const before = trace.healths.filter((one) => !isMissed(one)).at(-1)
    trace.healths.push(health)
    if (isMissed(health)) {
      if (trace.phase === 'starting' || (isForeign && trace.phase === 'loading')) return
      trace.phase = isForeign && health === 'silent' && count > 0 ? 'busy' : 'degraded'
      const last = trace.healths.slice(-MISSED_PONGS_MAX)
      const isOf = (test: (one: Health) => boolean) =>
        last.length === MISSED_PONGS_MAX && last.every(test)
      const limitMs = config.request_timeout * 1000 + SILENCE_GRACE_MS
      const silentMs = Date.now() - trace.lifeAt
      const isTooLong =
        silentMs > limitMs && ((oldestMs ?? Infinity) > limitMs || silentMs > 2 * limitMs)
      trace.mustEnd = isForeign
        ? isOf((one) => one === 'closed') || (health !== 'closed' && isOf(isMissed) && isTooLong)
        : isOf(isMissed)
      return
    }
    trace.lifeAt = Date.now()
    const isBusy = isForeign && (count > 0 || (sinceAnswerMs ?? Infinity) < SLOW_MS)
    trace.mustEnd = health === 'stalled'
    trace.phase =
      health === 'loading'
        ? 'loading'
        : health === 'stalled'
          ? 'degraded'
          : health !== 'slow'
            ? 'ready'
            : isBusy
              ? 'busy'
              : before === 'slow' && !trace.wasBusy
                ? 'degraded'
                : 'ready'
    trace.wasBusy = health === 'slow' && isBusy
  }

  /** Only processes that stop, hang or load too long are killed. */
  private checkKill(): void {
    if (this.phase === 'stopping' || this.trace.mustEnd) return
    const child = this.machine.children.at(-1)
    const ageMs = Date.now() - (child?.startedAt ?? Date.now())
    const isOverdue = ageMs > this.supervisor.config.startup_timeout * 1000
    const isLoading = this.trace.phase === 'starting' || this.trace.phase === 'loading'
    if (!(isOverdue && isLoading)) {
      this.violations.push(`killed without a reason as ${this.phase}`)
    }
  }

  private noteEntry(entry: JournalEntry): void {
    if (entry.kind === 'launched' && this.machine.live.length > 1) {
      this.violations.push('a second process was started beside one that lives')
    }
    if (entry.kind === 'launched') this.trace = { ...NEW_TRACE, healths: [], lifeAt: Date.now() }
    if (entry.kind === 'answered') this.trace.lifeAt = Date.now()
    if (entry.kind === 'checked' && entry.index === this.machine.children.length - 1) {
      this.noteCheck(entry.health)
    }
    if (entry.kind === 'killed') this.checkKill()
    if (entry.kind === 'ended' && this.phase !== 'stopping') this.noteUnplannedEnd()
  }

  private noteUnplannedEnd(): void {
    this.unplannedEnds++
    if (this.wellSince !== null && Date.now() - this.wellSince >= STABLE_MS) {
      this.crashesInRow = 0
    }
    this.crashesInRow++
  }

  private enter(phase: Phase, message: string): void {
    const from = this.phase
    this.phase = phase
    if (phase === 'starting' && (from !== 'backoff' || this.isSwitchingOn)) this.crashesInRow = 0
    if (SAID_BY_HEALTH.includes(phase)) this.checkHealth(phase)
    if (phase === 'disabled' && from === 'stopping') this.checkDisabled()
    if (phase === 'backoff' || phase === 'failed') this.checkGivenUp(phase, message)
    // A minute as ready clears the count even if it is degraded afterwards.
    const wasStable = this.wellSince !== null && Date.now() - this.wellSince >= STABLE_MS
    if (wasStable && (phase === 'degraded' || phase === 'loading')) this.crashesInRow = 0
    this.wellSince = phase === 'ready' || phase === 'busy' ? Date.now() : null
  }

  /** These states require a health check of the running process, and `ready` a good one. */
  private checkHealth(phase: Phase): void {
    const { journal, children } = this.machine
    const last = journal.findLast(({ kind }) => kind === 'checked')
    const index = children.length - 1
    const isOfLiving =
      last?.kind === 'checked' && last.index === index && children[index]?.isLive === true
    if (!isOfLiving) {
      this.violations.push(`${phase} without a health check of the process that lives`)
    } else if (phase === 'ready' && last.health !== 'healthy' && last.health !== 'slow') {
      this.violations.push(`ready by a health check that came to "${last.health}"`)
    } else if (phase === 'busy' && last.health !== 'silent' && last.health !== 'slow') {
      this.violations.push(`busy by a health check that came to "${last.health}"`)
    }
  }

  private checkDisabled(): void {
    // An external backend keeps its port.
    if (this.supervisor.config.runtime === 'external') return
    const { journal } = this.machine
    const ended = journal.findLastIndex(({ kind }) => kind === 'ended')
    const checked = journal.findLastIndex(({ kind }) => kind === 'port_checked')
    if (checked < ended) this.violations.push('disabled before the port was looked at')
  }

  private checkGivenUp(phase: 'backoff' | 'failed', message: string): void {
    const attemptsMax = this.supervisor.config.max_reconnect_attempts
    const expected = this.crashesInRow > attemptsMax ? 'failed' : 'backoff'
    if (phase !== expected) {
      this.violations.push(`${phase} after ${this.crashesInRow} crashes of ${attemptsMax} allowed`)
    }
    const count = `try ${this.crashesInRow} of ${attemptsMax} in`
    if (phase === 'backoff' && !message.includes(count)) {
      this.violations.push(`not "${count}": ${message}`)
    }
    const reason = /exit code|ended by signal|could not be started/
    if (!reason.test(message)) this.violations.push(`${phase} without saying why: ${message}`)
    const hasCount = attemptsMax === 0 || /; \d+ restarts? (?:was|were) tried/.test(message)
    if (phase === 'failed' && !hasCount)
      this.violations.push(`failed without the count: ${message}`)
  }
}
