/** All supervised backends, and how a changed configuration becomes theirs: all of it, or none. */
import { planOf } from '../../config/plan.ts'
import type { BackendConfig, ModelsConfig } from '../../protocol/config.ts'
import { messageOf } from '../../protocol/errors.ts'
import { quoted, type Message } from '../../protocol/messages.ts'
import { instancesOf, type Instance } from '../../config/instances.ts'
import type { Supervisor } from './supervisor.ts'

export interface FleetOptions {
  create(backend: string, instance: Instance): Supervisor
  /** Rows appeared, went or moved. */
  onChange(): void
  /** `backend`: whose section it is about; absent for the configuration as a whole. */
  say(level: 'info' | 'warn' | 'error', message: string, backend?: string): void
}

/** Why a configuration was taken back; without a backend when it could not be carried out at all. */
export interface ApplyFault {
  /** One that ran and did not become ready again. */
  backend: string | null
  /** A clause. */
  reason: Message
}
/** Empty when it is in force. */
export type ApplyFaults = ApplyFault[]

const NO_CONFIG: ModelsConfig = { model_backends: {} }

export class Fleet {
  private readonly options: FleetOptions
  private groups = new Map<string, Supervisor[]>()
  /** What the processes run by; it may not have proved good yet. */
  private inForce: ModelsConfig = NO_CONFIG
  private lastGood: ModelsConfig = NO_CONFIG
  /** Restarted by a configuration that has not been accepted yet. */
  private readonly unsettled = new Set<Supervisor>()
  /** Of the newest configuration; aborted when a newer one comes. */
  private newest = new AbortController()
  /** Ends when no configuration is being carried out: they follow one another. */
  private carrying: Promise<void> = Promise.resolve()
  /** Nothing starts any more. */
  private isClosing = false

  constructor(options: FleetOptions) {
    this.options = options
  }

  /** The configuration that the processes run by. */
  get config(): ModelsConfig {
    return this.inForce
  }

  /** In the order of the file. */
  all(): Supervisor[] {
    return [...this.groups.values()].flat()
  }

  get backends(): string[] {
    return [...this.groups.keys()]
  }

  /** Those of a section, or the one of that id; empty when there is none. */
  find(name: string): Supervisor[] {
    const group = this.groups.get(name)
    if (group !== undefined) return group
    return this.all().filter(({ id }) => id === name)
  }

  /**
   * The first configuration: what is enabled in it starts, unless it shall wait to be switched on. A section that cannot be set up
   * is left out, and its fault returned.
   */
  open(config: ModelsConfig, { starts = true } = {}): ApplyFaults {
    const faults: ApplyFault[] = []
    for (const [name, section] of Object.entries(config.model_backends)) {
      try {
        this.groups.set(name, this.createGroup(name, section))
      } catch (error) {
        faults.push({ backend: null, reason: quoted(messageOf(error)) })
      }
    }
    // A section that was left out is new in the next configuration.
    const kept = Object.entries(config.model_backends).filter(([name]) => this.groups.has(name))
    this.inForce = { ...config, model_backends: Object.fromEntries(kept) }
    this.lastGood = this.inForce
    for (const supervisor of this.all()) {
      if (starts && supervisor.config.enabled) supervisor.enable()
    }
    this.options.onChange()
    return faults
  }

  /**
   * Brings the processes to `next`: what can change while it runs does, what must restart is restarted, the others are left alone. When
   * one that ran does not become ready again, everything is taken back to the last configuration that was good, and the reasons come back.
   * A later call supersedes one that still waits for its backends: that one resolves with null, and what it started counts for the later.
   * Of the sections in `keepState` a changed `enabled` starts and stops nothing.
   */
  async apply(
    next: ModelsConfig,
    keepState: ReadonlySet<string> = new Set(),
  ): Promise<ApplyFaults | null> {
    this.newest.abort()
    const own = new AbortController()
    this.newest = own
    const { signal } = own
    const before = this.carrying
    const carried = before.then(async () => {
      if (!signal.aborted) await this.carryOut(next, { isTold: true, keepState })
    })
    // The next one begins when this one has, well or badly, let go of the processes.
    this.carrying = carried.catch(() => undefined)
    const faults = await this.outcome(carried, signal)
    if (signal.aborted) return null
    if (faults === null || faults.length === 0) return this.accept(faults, next)
    this.unsettled.clear()
    this.carrying = this.carryOut(this.lastGood, { isTold: false, keepState }).catch(
      (error: unknown) => {
        this.options.say(
          'error',
          `config: the previous one could not be restored: ${messageOf(error)}`,
        )
      },
    )
    await this.carrying
    // Whether the last good configuration comes up again says nothing about the next one.
    const restored = [...this.unsettled]
    this.unsettled.clear()
    await this.settled(restored, signal)
    return faults
  }

  private accept(faults: ApplyFaults | null, config: ModelsConfig): ApplyFaults | null {
    if (faults !== null) {
      this.lastGood = config
      this.unsettled.clear()
    }
    return faults
  }

  /** null when another configuration has taken its place. What throws is a fault of the configuration. */
  private async outcome(carried: Promise<void>, signal: AbortSignal): Promise<ApplyFaults | null> {
    try {
      await carried
      return signal.aborted ? null : await this.settled([...this.unsettled], signal)
    } catch (error) {
      return signal.aborted ? null : [{ backend: null, reason: quoted(messageOf(error)) }]
    }
  }

  /** The faults of those that were restarted; null when `signal` is aborted first. */
  private async settled(
    restarted: readonly Supervisor[],
    signal: AbortSignal,
  ): Promise<ApplyFaults | null> {
    const superseded = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null)
      else signal.addEventListener('abort', () => resolve(null), { once: true })
    })
    const outcomes = Promise.all(restarted.map((supervisor) => supervisor.settles()))
    const reasons = await Promise.race([outcomes, superseded])
    if (reasons === null) return null
    return reasons.flatMap((reason, index) => {
      const backend = restarted[index]?.id
      return reason === null || backend === undefined ? [] : [{ backend, reason: quoted(reason) }]
    })
  }

  /** For good: a configuration that is being applied starts nothing after it. */
  async stopAll(): Promise<void> {
    this.isClosing = true
    await this.allOff(() => this.all())
  }

  private async carryOut(
    to: ModelsConfig,
    { isTold, keepState }: { isTold: boolean; keepState: ReadonlySet<string> },
  ): Promise<void> {
    const plan = planOf(this.inForce, to, keepState).filter(({ action }) => action !== 'leave')
    // First: a section that cannot be set up refuses the configuration before anything is stopped for it.
    const created = this.createGroups(plan, to)
    if (isTold) {
      for (const { backend, why } of plan) this.options.say('info', `config: ${why}`, backend)
    }
    const wanted = new Set(this.all().flatMap((one) => (one.isWanted ? [one.backend] : [])))
    const noteWanted = ({ backend }: Supervisor) => wanted.add(backend)
    // All that restart are down before the first comes up again: two of them may have changed ports with each other.
    const ending = plan.filter(({ action, isStale }) => isStale || action === 'remove')
    await this.allOff(() => ending.flatMap(({ backend }) => this.find(backend)), noteWanted)
    for (const { backend, action } of plan) {
      const section = sectionOf(to, backend)
      if (section === undefined) {
        this.groups.delete(backend)
        continue
      }
      const group = this.takeOver(backend, section, created.get(backend))
      if (this.isClosing) continue
      if (action === 'start' || (action === 'restart' && wanted.has(backend))) {
        for (const supervisor of group) supervisor.enable()
        if (action === 'restart') for (const one of group) this.unsettled.add(one)
      }
      if (action === 'stop') for (const supervisor of group) supervisor.disable()
    }
    this.sortAs(Object.keys(to.model_backends))
    this.inForce = to
    this.options.onChange()
    const left = new Set(this.all())
    for (const one of this.unsettled) if (!left.has(one)) this.unsettled.delete(one)
  }

  /**
   * Resolves when all are off in the same moment: one that a person switches on meanwhile is reported, and stopped once more. Else it
   * would run on with an old section, or without one.
   */
  private async allOff(
    which: () => Supervisor[],
    onWantedAgain: (supervisor: Supervisor) => void = () => undefined,
  ): Promise<void> {
    for (;;) {
      const running = which().filter(({ phase }) => phase !== 'disabled')
      if (running.length === 0) return
      for (const supervisor of running) if (supervisor.isWanted) onWantedAgain(supervisor)
      await Promise.all(running.map((supervisor) => supervisor.stop()))
    }
  }

  /** New groups: where there was none, or another number of replicas. Throws with the name of the backend. */
  private createGroups(plan: readonly { backend: string }[], to: ModelsConfig) {
    const created = new Map<string, Supervisor[]>()
    for (const { backend } of plan) {
      const section = sectionOf(to, backend)
      if (section === undefined) continue
      const ids = instancesOf(backend, section).map(({ id }) => id)
      const isSame = ids.join() === (this.groups.get(backend) ?? []).map(({ id }) => id).join()
      if (!isSame) created.set(backend, this.createGroup(backend, section))
    }
    return created
  }

  /** The group with its new section. */
  private takeOver(backend: string, section: BackendConfig, created?: Supervisor[]): Supervisor[] {
    const group = created ?? this.groups.get(backend) ?? []
    if (created !== undefined) this.groups.set(backend, created)
    else {
      for (const [index, { config }] of instancesOf(backend, section).entries()) {
        group[index]?.configure(config)
      }
    }
    return group
  }

  private createGroup(backend: string, section: BackendConfig): Supervisor[] {
    try {
      return instancesOf(backend, section).map((instance) => this.options.create(backend, instance))
    } catch (error) {
      throw new Error(`${backend} could not be set up: ${messageOf(error)}`, { cause: error })
    }
  }

  private sortAs(names: string[]): void {
    this.groups = new Map(names.map((name) => [name, this.groups.get(name) ?? []]))
  }
}

/** A name such as `constructor` is not one that every object has. */
const sectionOf = ({ model_backends: sections }: ModelsConfig, name: string) =>
  Object.hasOwn(sections, name) ? sections[name] : undefined
