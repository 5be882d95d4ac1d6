import { LRUCache } from 'lru-cache'
import type { LoadedModel, WorkItem } from './backend.ts'
import type { RunBatch } from './scheduler.ts'

export interface ModelRunner {
  readonly width: number
  loaded(): Promise<LoadedModel>
  run: RunBatch
  release(): Promise<void>
}

interface Member {
  runner: ModelRunner
  inHand: number
}

type Batch = Awaited<ReturnType<RunBatch>>

/** Further workers: a backend serves with one while the others load. */
export interface Growth {
  /** Number of additional workers, given the model's placement. */
  count(model: LoadedModel): number
  create(index: number): ModelRunner
  /** The first worker only serves batches that are alone, once others have joined. */
  reservesFirst(model: LoadedModel): boolean
  onJoined(width: number): void
  onFailed(error: Error): void
}

/** Streams with an assigned worker; a forgotten one may get another. */
const STREAMS_MAX = 10_000

export class WorkerPool implements ModelRunner {
  private readonly members: Member[]
  private readonly growth: Growth | null
  private readonly streams = new LRUCache<string, Member>({ max: STREAMS_MAX })
  private joining: ModelRunner | null = null
  private growing: Promise<void> = Promise.resolve()
  private isReleased = false
  private reserved: Member | null = null

  constructor(runners: readonly ModelRunner[], growth: Growth | null = null) {
    if (runners.length === 0) throw new Error('a pool needs at least one worker')
    this.members = runners.map((runner) => ({ runner, inHand: 0 }))
    this.growth = growth
  }

  /** Workers that run side by side. */
  get width(): number {
    return this.shared().length
  }

  /** All initial workers or none: one failure releases the others. */
  async loaded(): Promise<LoadedModel> {
    const loads = await Promise.allSettled(this.members.map(({ runner }) => runner.loaded()))
    const models: LoadedModel[] = []
    for (const load of loads) {
      if (load.status === 'fulfilled') models.push(load.value)
      else {
        await this.release()
        throw load.reason
      }
    }
    const model = merged(models)
    this.growing = this.grow(model)
    return model
  }

  /** Items of one stream go to the same worker, which holds its state. Others stay one batch. */
  async run(items: WorkItem[]): Promise<Batch> {
    const parts = new Map<Member, number[]>()
    let free: Member | null = null
    for (const [index, { streamId }] of items.entries()) {
      const member =
        typeof streamId === 'string' ? this.memberOf(streamId, parts) : (free ??= this.freeMember())
      parts.set(member, [...(parts.get(member) ?? []), index])
    }
    const answers = await Promise.all(
      [...parts].map(async ([member, places]) => {
        const batch = places.map((place) => items[place] as WorkItem)
        return { places, ...(await runOn(member, batch)) }
      }),
    )
    const results: Batch['results'] = []
    for (const { places, results: part } of answers) {
      for (const [index, place] of places.entries()) {
        results[place] = part[index] as Batch['results'][number]
      }
    }
    return { results, timing: longest(answers.map(({ timing }) => timing)) }
  }

  async release(): Promise<void> {
    this.isReleased = true
    await this.joining?.release()
    await this.growing
    await Promise.all(this.members.map(({ runner }) => runner.release()))
  }

  /** One after the other, so that loading takes at most one core from the requests. */
  private async grow(model: LoadedModel): Promise<void> {
    const { growth } = this
    if (growth === null) return
    if (growth.reservesFirst(model)) this.reserved = this.members[0] ?? null
    const count = growth.count(model)
    for (let index = 0; index < count && !this.isReleased; index++) {
      const runner = growth.create(index)
      this.joining = runner
      try {
        await runner.loaded()
        if (!this.hasEnded()) {
          this.members.push({ runner, inHand: 0 })
          growth.onJoined(this.width)
        }
      } catch (error) {
        if (!this.hasEnded()) growth.onFailed(error as Error)
        return
      } finally {
        this.joining = null
      }
    }
  }

  /** A function: the result may change while a worker loads. */
  private hasEnded(): boolean {
    return this.isReleased
  }

  private shared(): readonly Member[] {
    const others = this.members.filter((one) => one !== this.reserved)
    return others.length > 0 ? others : this.members
  }

  /** `planned` = items of this batch already assigned. */
  private freeMember(planned?: ReadonlyMap<Member, readonly number[]>): Member {
    const load = (one: Member) => one.inHand + (planned?.get(one)?.length ?? 0)
    const { reserved } = this
    if (reserved !== null && this.members.every((one) => load(one) === 0)) return reserved
    return this.shared().reduce((least, one) => (load(one) < load(least) ? one : least))
  }

  private memberOf(streamId: string, planned: ReadonlyMap<Member, readonly number[]>): Member {
    const known = this.streams.get(streamId)
    if (known !== undefined) return known
    const member = this.freeMember(planned)
    this.streams.set(streamId, member)
    return member
  }
}

async function runOn(member: Member, items: WorkItem[]): Promise<Batch> {
  const { length } = items
  member.inHand += length
  try {
    return await member.runner.run(items)
  } finally {
    member.inHand -= length
  }
}

/** Same files everywhere; each worker has its own device and placements. */
function merged(models: readonly LoadedModel[]): LoadedModel {
  const [first] = models
  if (first === undefined) throw new Error('no worker has loaded')
  const providers = new Set(models.map(({ provider }) => provider))
  return {
    ...first,
    provider: [...providers].join(' + '),
    devices: models.flatMap(({ devices }) => devices),
    placements: models.flatMap(({ placements }) => placements ?? []),
  }
}

/** Parts ran in parallel: the batch took as long as the slowest. */
function longest(timings: readonly Batch['timing'][]): Batch['timing'] {
  const max = (pick: (one: Batch['timing']) => number) => Math.max(...timings.map(pick))
  return {
    preprocessMs: max(({ preprocessMs }) => preprocessMs),
    inferenceMs: max(({ inferenceMs }) => inferenceMs),
    postprocessMs: max(({ postprocessMs }) => postprocessMs),
  }
}
