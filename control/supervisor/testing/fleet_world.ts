/** For the properties of fleet.ts: a fleet on a fake machine where each section sets the fate of its processes. */
import { expect, vi } from 'vitest'
import { instancesOf } from '../../../config/instances.ts'
import {
  aboutKey,
  CONFIG_KEYS,
  type BackendConfig,
  type ModelsConfig,
} from '../../../protocol/config.ts'
import { LogStore } from '../../logs/log_store.ts'
import { Fleet, type ApplyFaults } from '../fleet.ts'
import { StartSlots } from '../start_slots.ts'
import { Supervisor } from '../supervisor.ts'
import { FakeMachine, POLITE, type Manners } from './fake_process.ts'

/** Values of `options.fate`. */
export const FATES = {
  healthy: { ...POLITE, health: 'healthy' },
  slow: { ...POLITE, health: 'slow' },
  /** Serves, and only exits when killed. */
  stubborn: { ...POLITE, health: 'healthy', obeys: false, dyingMs: 400 },
  missing: { ...POLITE, isMissing: true },
  mute: { ...POLITE, health: 'closed' },
  loading: { ...POLITE, health: 'loading' },
} as const satisfies Record<string, Manners>
export type Fate = keyof typeof FATES

const fateOf = ({ options }: BackendConfig) => options['fate'] as Fate
/** Whether its processes become ready. */
export const comesUp = (section: BackendConfig | undefined): boolean =>
  section !== undefined && ['healthy', 'slow', 'stubborn'].includes(fateOf(section))

/** Longer than any apply with a full revert: two kills and two failing starts. */
export const APPLY_MS = 60_000

export class FleetWorld {
  readonly machine = new FakeMachine((section) => FATES[fateOf(section)])
  readonly fleet: Fleet
  private readonly logs = new LogStore(() => Date.now())
  private readonly slots = new StartSlots(3)
  private readonly stops = this.machine.stopAudit()
  private readonly violations: string[] = []
  private unapplied = 0
  /** Creating its supervisors throws. */
  uncreatable: string | null = null

  constructor(random: () => number = () => 0.5) {
    this.machine.onEntry = ({ kind }) => {
      if (kind === 'launched') this.checkPorts()
    }
    this.fleet = new Fleet({
      create: (backend, { id, config }) => {
        if (backend === this.uncreatable) throw new Error('planted')
        return new Supervisor({
          id,
          backend,
          config,
          launcherFor: (section) => this.machine.launcherFor(section),
          logs: this.logs,
          threads: () => ({ shared: 1, alone: 1 }),
          tokenFor: () => null,
          inFlight: this.machine.load,
          slots: this.slots,
          clock: { wall: () => Date.now(), monotonic: () => Date.now() },
          random,
          stops: this.stops,
          createProbe: this.machine.createProbe,
          events: SILENT,
        })
      },
      onChange: () => undefined,
      say: () => undefined,
    })
  }

  /** Whether every configuration is active or reverted. */
  get isSettled(): boolean {
    return this.unapplied === 0
  }

  pidsOf(backend: string): (number | null)[] {
    return this.fleet.find(backend).map(({ pid }) => pid)
  }

  /** Applies it completely; fails if that does not happen. */
  async apply(next: ModelsConfig): Promise<ApplyFaults> {
    let faults: ApplyFaults | null = null
    this.applySoon(
      () => next,
      (found) => {
        faults = found
      },
    )
    await this.look(APPLY_MS)
    expect(this.isSettled).toBe(true)
    return faults ?? []
  }

  /** Supersedes earlier ones, like the config keeper. `onDone` gets null when it is superseded itself. */
  applySoon(
    change: (inForce: ModelsConfig) => ModelsConfig,
    onDone: (faults: ApplyFaults | null) => void = () => undefined,
  ): void {
    this.unapplied++
    void this.fleet.apply(change(this.fleet.config)).then((faults) => {
      onDone(faults)
      this.unapplied--
    })
  }

  /** Advances by `forMs`, then checks the invariants. */
  async look(forMs = 0): Promise<void> {
    await vi.advanceTimersByTimeAsync(forMs)
    const { fleet, machine } = this
    expect(this.violations).toEqual([])
    const known = fleet.all().flatMap(({ pid }) => (pid === null ? [] : [pid]))
    expect(known.sort()).toEqual(machine.live.map(({ pid }) => pid).sort())
    if (this.isSettled) this.checkInForce()
  }

  /** Ends everything, even during an apply; nothing may remain. */
  async finish(): Promise<void> {
    let hasStopped = false
    void this.fleet.stopAll().then(() => {
      hasStopped = true
    })
    await this.look(APPLY_MS)
    expect(hasStopped).toBe(true)
    expect(this.isSettled).toBe(true)
    expect(this.machine.live).toEqual([])
    expect(this.fleet.all().filter(({ phase }) => phase !== 'disabled')).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  }

  /** Two processes on one port at a time would mean that one started before the other had stopped. */
  private checkPorts(): void {
    const ports = this.machine.live.map(({ section }) => section.port)
    if (new Set(ports).size < ports.length) {
      this.violations.push(`two processes at a time on one of the ports ${ports.sort().join()}`)
    }
  }

  /** Every supervisor has the active configuration, and every process was started with it. */
  private checkInForce(): void {
    const { fleet, machine } = this
    const { model_backends: sections } = fleet.config
    const wanted = Object.entries(sections).flatMap(([name, section]) => instancesOf(name, section))
    expect(fleet.all().map(({ id, config }) => ({ id, config }))).toEqual(wanted)
    expect(fleet.backends).toEqual(Object.keys(sections))
    for (const supervisor of fleet.all()) {
      const child = machine.live.find(({ pid }) => pid === supervisor.pid)
      if (child === undefined) continue
      expect(withoutLiveKeys(child.section)).toEqual(withoutLiveKeys(supervisor.config))
      expect(child.requestTimeout).toBe(supervisor.config.request_timeout)
    }
  }
}

const SILENT = {
  onChange: () => undefined,
  onState: () => undefined,
  onPong: () => undefined,
  onStarted: () => undefined,
  onEnded: () => undefined,
  onStopped: () => undefined,
  onCrashed: () => undefined,
}

/** `enabled` does not concern the process: a user may have started it manually. */
const withoutLiveKeys = (section: BackendConfig) =>
  Object.fromEntries(
    CONFIG_KEYS.filter((key) => aboutKey(key).effect === 'restart').map((key) => [
      key,
      section[key],
    ]),
  )
