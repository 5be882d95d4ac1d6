/** All supervised backends. Applies a changed configuration completely or not at all. */
import { planOf } from '../../config/plan.ts'
import type { BackendConfig, ModelsConfig } from '../../protocol/config.ts'
import { messageOf, saidBy } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { Disposables } from '../../protocol/disposables.ts'
import { instancesOf, type Instance } from '../../config/instances.ts'
import type { Supervisor } from './supervisor.ts'

export interface FleetOptions {
  create(backend: string, instance: Instance): Supervisor
  onChange(): void
  say(level: 'info' | 'warn' | 'error', said: Message, backend?: string): void
}

/** Why a configuration was reverted; without a backend when it could not be applied at all. */
export interface ApplyFault {
  backend: string | null
  reason: Message
}
export type ApplyFaults = ApplyFault[]

const NO_CONFIG: ModelsConfig = { model_backends: {} }

export class Fleet {
  private readonly options: FleetOptions
  private groups = new Map<string, Supervisor[]>()
  /** What the processes run with; it may still be reverted. */
  private inForce: ModelsConfig = NO_CONFIG
  private lastGood: ModelsConfig = NO_CONFIG
  private readonly unsettled = new Set<Supervisor>()
  private newest = new AbortController()
  /** Serializes the applied configurations. */
  private carrying: Promise<void> = Promise.resolve()
  private isClosing = false

  constructor(options: FleetOptions) {
    this.options = options
  }

  get config(): ModelsConfig {
    return this.inForce
  }

  all(): Supervisor[] {
    return [...this.groups.values()].flat()
  }

  get backends(): string[] {
    return [...this.groups.keys()]
  }

  /** All replicas of a section, or the one with that id; empty when there is none. */
  find(name: string): Supervisor[] {
    const group = this.groups.get(name)
    if (group !== undefined) return group
    return this.all().filter(({ id }) => id === name)
  }

  /** Starts enabled backends unless `starts` is false. Omits a section that cannot be set up and returns its fault. */
  open(config: ModelsConfig, { starts = true } = {}): ApplyFaults {
    const faults: ApplyFault[] = []
    for (const [name, section] of Object.entries(config.model_backends)) {
      try {
        this.groups.set(name, this.createGroup(name, section))
      } catch (error) {
        faults.push({ backend: null, reason: saidBy(error) })
      }
    }
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
   * Applies `next` with as few restarts as possible. If a running backend does not become ready again, reverts everything to the
   * last good configuration and returns the reasons. A later call supersedes a pending one, which resolves with null; its
   * restarts count for the later one. For sections in `keepState`, a changed `enabled` starts and stops nothing.
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
    this.carrying = carried.catch(() => undefined)
    const faults = await this.outcome(carried, signal)
    if (signal.aborted) return null
    if (faults === null || faults.length === 0) return this.accept(faults, next)
    this.unsettled.clear()
    this.carrying = this.carryOut(this.lastGood, { isTold: false, keepState }).catch(
      (error: unknown) => {
        const why = message('plan.unrestored', { reason: saidBy(error) })
        this.options.say('error', message('plan.changed', { why }))
      },
    )
    await this.carrying
    // The result of a revert does not affect the next configuration.
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

  /** null when superseded. A thrown error is a fault of the configuration. */
  private async outcome(carried: Promise<void>, signal: AbortSignal): Promise<ApplyFaults | null> {
    try {
      await carried
      return signal.aborted ? null : await this.settled([...this.unsettled], signal)
    } catch (error) {
      return signal.aborted ? null : [{ backend: null, reason: saidBy(error) }]
    }
  }

  /** Faults of restarted backends; null if `signal` is aborted first. */
  private async settled(
    restarted: readonly Supervisor[],
    signal: AbortSignal,
  ): Promise<ApplyFaults | null> {
    const opened = new Disposables()
    const superseded = new Promise<null>((resolve) => opened.onAbort(signal, () => resolve(null)))
    const outcomes = Promise.all(restarted.map((supervisor) => supervisor.settles()))
    const reasons = await Promise.race([outcomes, superseded]).finally(() => opened.dispose())
    if (reasons === null) return null
    return reasons.flatMap((reason, index) => {
      const backend = restarted[index]?.id
      return reason === null || backend === undefined ? [] : [{ backend, reason }]
    })
  }

  /** Permanent: a configuration in progress starts nothing afterwards. */
  async stopAll(): Promise<void> {
    this.isClosing = true
    await this.allOff(() => this.all())
  }

  private async carryOut(
    to: ModelsConfig,
    { isTold, keepState }: { isTold: boolean; keepState: ReadonlySet<string> },
  ): Promise<void> {
    const plan = planOf(this.inForce, to, keepState).filter(({ action }) => action !== 'leave')
    // First: an invalid section rejects the configuration before anything is stopped.
    const created = this.createGroups(plan, to)
    if (isTold) {
      for (const { backend, why } of plan)
        this.options.say('info', message('plan.changed', { why }), backend)
    }
    const wanted = new Set(this.all().flatMap((one) => (one.isWanted ? [one.backend] : [])))
    const noteWanted = ({ backend }: Supervisor) => wanted.add(backend)
    // All stop before the first restarts: two of them may have swapped ports.
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

  /** Resolves when all are off at the same time; one that a user starts meanwhile would keep an old section, or none. */
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

  /** For new sections and changed replica counts. Throws with the name of the backend. */
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

/** Own properties only, for names such as `constructor`. */
const sectionOf = ({ model_backends: sections }: ModelsConfig, name: string) =>
  Object.hasOwn(sections, name) ? sections[name] : undefined
