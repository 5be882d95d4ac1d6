/** One model worker for each GPU behind the face of a single one: a batch goes to the worker with the least in hand. */
import type { LoadedModel, WorkItem } from './backend.ts'
import type { RunBatch } from './scheduler.ts'

/** What holds a loaded model and runs batches: a worker thread, or several. */
export interface ModelRunner {
  /** Resolves when the model is loaded and warm; rejects with the reason when it cannot be. */
  loaded(): Promise<LoadedModel>
  run: RunBatch
  release(): Promise<void>
}

interface Member {
  runner: ModelRunner
  /** Items handed to it and not answered. */
  inHand: number
}

type Batch = Awaited<ReturnType<RunBatch>>

export class WorkerPool implements ModelRunner {
  private readonly members: readonly Member[]

  constructor(runners: readonly ModelRunner[]) {
    if (runners.length === 0) throw new Error('a pool needs at least one worker')
    this.members = runners.map((runner) => ({ runner, inHand: 0 }))
  }

  /** All or none: a worker that cannot load takes the others with it. */
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
    return merged(models)
  }

  /** Items of one stream meet the same worker each time: it remembers the stream. The others stay one batch. */
  async run(items: WorkItem[]): Promise<Batch> {
    const parts = new Map<Member, number[]>()
    let free: Member | null = null
    for (const [index, { streamId }] of items.entries()) {
      const member =
        typeof streamId === 'string' ? this.memberOf(streamId) : (free ??= this.leastBusy())
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
    await Promise.all(this.members.map(({ runner }) => runner.release()))
  }

  private leastBusy(): Member {
    return this.members.reduce((least, one) => (one.inHand < least.inHand ? one : least))
  }

  private memberOf(streamId: string): Member {
    let hash = 0
    for (const letter of streamId) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
    return this.members[hash % this.members.length] as Member
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

/** The same files everywhere; each worker has a device and placements of its own. */
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

/** The parts ran side by side: the batch took as long as the slowest. */
function longest(timings: readonly Batch['timing'][]): Batch['timing'] {
  const max = (pick: (one: Batch['timing']) => number) => Math.max(...timings.map(pick))
  return {
    preprocessMs: max(({ preprocessMs }) => preprocessMs),
    inferenceMs: max(({ inferenceMs }) => inferenceMs),
    postprocessMs: max(({ postprocessMs }) => postprocessMs),
  }
}
