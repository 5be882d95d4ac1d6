/** All supervised backends, and how a changed configuration becomes theirs: all of it, or none. */
import { planOf, type PlanStep } from '../../config/plan.ts'
import type { BackendConfig, ModelsConfig } from '../../protocol/config.ts'
import { instancesOf, type Instance } from '../../config/instances.ts'
import type { Supervisor } from './supervisor.ts'

export interface FleetOptions {
  create(backend: string, instance: Instance): Supervisor
  /** Rows appeared, went or moved. */
  onChange(): void
  say(level: 'info' | 'warn' | 'error', message: string): void
}

/** Why a configuration was taken back, by backend; empty when it is in force. */
export type ApplyFaults = { backend: string; reason: string }[]

const NO_CONFIG: ModelsConfig = { model_backends: {} }

export class Fleet {
  private readonly options: FleetOptions
  private groups = new Map<string, Supervisor[]>()
  private inForce: ModelsConfig = NO_CONFIG
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

  /** The first configuration: what is enabled in it starts, unless it shall wait to be switched on. */
  open(config: ModelsConfig, { starts = true } = {}): void {
    for (const [name, section] of Object.entries(config.model_backends)) {
      this.groups.set(name, this.createGroup(name, section))
    }
    this.inForce = config
    for (const supervisor of this.all()) {
      if (starts && supervisor.config.enabled) supervisor.enable()
    }
    this.options.onChange()
  }

  /**
   * Brings the processes from the configuration in force to `next`: what can change while it runs does, what must restart is
   * restarted, the others are left alone. When one that ran does not become ready again, everything is taken back and the
   * reasons come back; the old configuration is in force then. Calls must not overlap.
   */
  async apply(next: ModelsConfig): Promise<ApplyFaults> {
    const before = this.inForce
    const plan = planOf(before, next).filter(({ action }) => action !== 'leave')
    for (const one of plan) this.options.say('info', `config: ${one.backend}: ${one.why}`)
    const faults = await this.carryOut(plan, next)
    if (faults.length === 0) return []
    const words = faults.map(({ backend, reason }) => `${backend} did not become ready: ${reason}`)
    this.options.say('error', `config taken back: ${words.join('; ')}`)
    await this.carryOut(
      planOf(next, before).filter(({ action }) => action !== 'leave'),
      before,
    )
    return faults
  }

  /** For good: a configuration that is being applied starts nothing after it. */
  async stopAll(): Promise<void> {
    this.isClosing = true
    await this.allOff(() => this.all())
  }

  private async carryOut(plan: readonly PlanStep[], to: ModelsConfig): Promise<ApplyFaults> {
    const wanted = new Set(this.all().flatMap((one) => (one.isWanted ? [one.backend] : [])))
    const noteWanted = ({ backend }: Supervisor) => wanted.add(backend)
    // All that restart are down before the first comes up again: two of them may have changed ports with each other.
    const ending = plan.filter(({ action, isStale }) => isStale || action === 'remove')
    await this.allOff(() => ending.flatMap(({ backend }) => this.find(backend)), noteWanted)
    const restarted: Supervisor[] = []
    for (const { backend, action } of plan) {
      const section = to.model_backends[backend]
      if (section === undefined) {
        this.groups.delete(backend)
        continue
      }
      const group = this.takeOver(backend, section)
      if (this.isClosing) continue
      if (action === 'start' || (action === 'restart' && wanted.has(backend))) {
        for (const supervisor of group) supervisor.enable()
        if (action === 'restart') restarted.push(...group)
      }
      if (action === 'stop') for (const supervisor of group) supervisor.disable()
    }
    this.sortAs(Object.keys(to.model_backends))
    this.inForce = to
    this.options.onChange()
    const outcomes = await Promise.all(restarted.map((supervisor) => supervisor.settles()))
    return outcomes.flatMap((reason, index) => {
      const backend = restarted[index]?.id
      return reason === null || backend === undefined ? [] : [{ backend, reason }]
    })
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

  /** The group with its new section; a new one where there was none, or another number of replicas. */
  private takeOver(backend: string, section: BackendConfig): Supervisor[] {
    const old = this.groups.get(backend) ?? []
    const instances = instancesOf(backend, section)
    const isSame = old.map(({ id }) => id).join() === instances.map(({ id }) => id).join()
    if (!isSame) {
      const group = this.createGroup(backend, section)
      this.groups.set(backend, group)
      return group
    }
    for (const [index, { config }] of instances.entries()) old[index]?.configure(config)
    return old
  }

  private createGroup(backend: string, section: BackendConfig): Supervisor[] {
    return instancesOf(backend, section).map((instance) => this.options.create(backend, instance))
  }

  private sortAs(names: string[]): void {
    this.groups = new Map(names.map((name) => [name, this.groups.get(name) ?? []]))
  }
}
