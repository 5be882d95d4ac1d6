import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { quoted } from '../../protocol/messages.ts'
import type { InferenceResult, Outcome, StageTiming, WorkItem } from './backend.ts'
import { Scheduler, type SchedulerLimits } from './scheduler.ts'

const STAGES: StageTiming = { preprocessMs: 1, inferenceMs: 2, postprocessMs: 0.5 }
const LIMITS: SchedulerLimits = {
  batchSizeMax: 1,
  queueLimit: 3,
  pipelineDepth: () => 1,
  queueDelayMsMax: 0,
  requestTimeoutMs: 1000,
}

const item = (requestId: string): WorkItem => ({ requestId })

/** A worker whose batches the test completes. */
function createWorker() {
  const batches: {
    tags: unknown[]
    finish(results?: Outcome<InferenceResult>[]): void
    fail(error: Error): void
  }[] = []
  const run = (items: WorkItem[]) =>
    new Promise<{ results: Outcome<InferenceResult>[]; timing: StageTiming }>((resolve, reject) => {
      const tags = items.map(({ requestId }) => requestId)
      batches.push({
        tags,
        finish: (results = tags.map((tag) => ({ tag }))) => {
          resolve({ results, timing: STAGES })
        },
        fail: reject,
      })
    })
  return { batches, run }
}

const turn = () => vi.advanceTimersByTimeAsync(0)

describe('Scheduler', () => {
  const owner = {}
  let worker = createWorker()
  const create = (limits: Partial<SchedulerLimits> = {}) =>
    new Scheduler({ ...LIMITS, ...limits }, worker.run, () => Date.now())

  beforeEach(() => {
    vi.useFakeTimers()
    worker = createWorker()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('runs one request after the other and answers each once', async () => {
    const scheduler = create()
    const first = scheduler.submit(owner, 'a', [item('a')], Date.now())
    const second = scheduler.submit(owner, 'b', [item('b')], Date.now())
    expect(worker.batches.map(({ tags }) => tags)).toEqual([['a']])
    worker.batches[0]?.finish()
    expect((await first).results).toEqual([{ tag: 'a' }])
    await turn()
    expect(worker.batches.map(({ tags }) => tags)).toEqual([['a'], ['b']])
    worker.batches[1]?.finish()
    await second
    expect(scheduler.inFlight).toBe(0)
  })

  it('hands the worker a second batch while the first runs', () => {
    const scheduler = create({ pipelineDepth: () => 2 })
    for (const id of ['a', 'b', 'c']) void scheduler.submit(owner, id, [item(id)], 0)
    expect(worker.batches.map(({ tags }) => tags)).toEqual([['a'], ['b']])
    expect(scheduler.queueDepth).toBe(1)
  })

  it('runs waiting requests together up to the batch size', async () => {
    const scheduler = create({ batchSizeMax: 2, queueLimit: 10 })
    const all = ['a', 'b', 'c', 'd'].map((id) => scheduler.submit(owner, id, [item(id)], 0))
    worker.batches[0]?.finish()
    await turn()
    worker.batches[1]?.finish()
    await turn()
    worker.batches[2]?.finish()
    const outcomes = await Promise.all(all)
    expect(worker.batches.map(({ tags }) => tags)).toEqual([['a'], ['b', 'c'], ['d']])
    expect(outcomes.map(({ results }) => results[0])).toEqual(
      ['a', 'b', 'c', 'd'].map((tag) => ({ tag })),
    )
    expect(outcomes[1]?.timing.batch_size).toBe(2)
  })

  it('answers several images of one request in their order and counts the time of each batch once', async () => {
    const scheduler = create({ batchSizeMax: 2 })
    const done = scheduler.submit(owner, 'a', [item('1'), item('2'), item('3')], Date.now())
    worker.batches[0]?.finish()
    await turn()
    await vi.advanceTimersByTimeAsync(20)
    worker.batches[1]?.finish()
    const { results, timing } = await done
    expect(results).toEqual([{ tag: '1' }, { tag: '2' }, { tag: '3' }])
    expect(timing).toEqual({
      queue_ms: 13,
      preprocess_ms: 2,
      inference_ms: 4,
      postprocess_ms: 1,
      total_ms: 20,
      batch_size: 2,
    })
  })

  it('a request without items is answered immediately', async () => {
    expect((await create().submit(owner, 'none', [], Date.now())).results).toEqual([])
  })

  it('one bad item in a batch fails alone', async () => {
    const scheduler = create({ batchSizeMax: 2, pipelineDepth: () => 1 })
    void scheduler.submit(owner, 'first', [item('first')], 0)
    const good = scheduler.submit(owner, 'good', [item('good')], 0)
    const bad = scheduler.submit(owner, 'bad', [item('bad')], 0)
    worker.batches[0]?.finish()
    await turn()
    const error = new ProtocolError('invalid_image', quoted('broken'))
    worker.batches[1]?.finish([{ ok: 1 }, error])
    expect((await good).results).toEqual([{ ok: 1 }])
    expect((await bad).results).toEqual([error])
  })

  it('refuses immediately when the queue is full, and takes more when there is room', async () => {
    const scheduler = create({ queueLimit: 1 })
    const running = scheduler.submit(owner, 'a', [item('a')], 0)
    void scheduler.submit(owner, 'b', [item('b')], 0)
    await expect(scheduler.submit(owner, 'c', [item('c')], 0)).rejects.toMatchObject({
      code: 'queue_full',
    })
    worker.batches[0]?.finish()
    await running
    await turn()
    void scheduler.submit(owner, 'd', [item('d')], 0)
    expect(scheduler.queueDepth).toBe(1)
  })

  it('answers with timeout when the deadline passes, waiting or running, and drops the late result', async () => {
    const scheduler = create()
    const running = scheduler.submit(owner, 'a', [item('a')], 0)
    const waiting = scheduler.submit(owner, 'b', [item('b')], 0)
    const both = Promise.allSettled([running, waiting])
    await vi.advanceTimersByTimeAsync(1001)
    expect(await both).toMatchObject([
      { status: 'rejected', reason: { code: 'timeout' } },
      { status: 'rejected', reason: { code: 'timeout' } },
    ])
    worker.batches[0]?.finish()
    await turn()
    expect(worker.batches).toHaveLength(1)
  })

  it('takes turns between connections', async () => {
    const scheduler = create({ queueLimit: 10 })
    for (const id of ['g1', 'g2', 'g3']) void scheduler.submit(owner, id, [item(id)], 0)
    void scheduler.submit({}, 'm1', [item('m1')], 0)
    for (let index = 0; index < 4; index++) {
      worker.batches[index]?.finish()
      await turn()
    }
    expect(worker.batches.map(({ tags }) => tags[0])).toEqual(['g1', 'g2', 'm1', 'g3'])
  })

  it('cancels a waiting request of the same connection only', async () => {
    const scheduler = create()
    void scheduler.submit(owner, 'a', [item('a')], 0)
    const waiting = scheduler.submit(owner, 'b', [item('b')], 0)
    expect(scheduler.cancel({}, 'b')).toBe(false)
    expect(scheduler.cancel(owner, 'b')).toBe(true)
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(scheduler.cancel(owner, 'b')).toBe(false)
  })

  it('a broken batch is answered as internal and the next one runs', async () => {
    const scheduler = create()
    const broken = scheduler.submit(owner, 'a', [item('a')], 0)
    const next = scheduler.submit(owner, 'b', [item('b')], 0)
    worker.batches[0]?.fail(new Error('segmentation'))
    await expect(broken).rejects.toMatchObject({ code: 'internal' })
    await turn()
    worker.batches[1]?.finish()
    expect((await next).results).toEqual([{ tag: 'b' }])
  })

  it('is idle only when the last batch has ended', async () => {
    const scheduler = create()
    void scheduler.submit(owner, 'a', [item('a')], 0)
    let isIdle = false
    void scheduler.idle().then(() => (isIdle = true))
    await turn()
    expect(isIdle).toBe(false)
    worker.batches[0]?.finish()
    await turn()
    expect(isIdle).toBe(true)
  })

  describe('a batch that is not full', () => {
    const limits = { batchSizeMax: 3, pipelineDepth: () => 2, queueDelayMsMax: 20, queueLimit: 9 }
    const send = (scheduler: Scheduler, id: string) => {
      scheduler.submit(owner, id, [item(id)], Date.now()).catch(() => undefined)
    }
    const tagsOf = () => worker.batches.map(({ tags }) => tags)

    it('is run immediately by an idle backend, and waits for more beside a running one', async () => {
      const scheduler = create(limits)
      send(scheduler, 'a')
      expect(tagsOf()).toEqual([['a']])
      send(scheduler, 'b')
      await vi.advanceTimersByTimeAsync(19)
      expect(tagsOf()).toEqual([['a']])
      send(scheduler, 'c')
      await vi.advanceTimersByTimeAsync(1)
      expect(tagsOf()).toEqual([['a'], ['b', 'c']])
    })

    it('is run when it is full, or when the running one ends', async () => {
      const scheduler = create(limits)
      for (const id of ['a', 'b', 'c', 'd']) send(scheduler, id)
      expect(tagsOf()).toEqual([['a'], ['b', 'c', 'd']])
      send(scheduler, 'e')
      for (const { finish } of worker.batches) finish()
      await turn()
      expect(tagsOf()).toEqual([['a'], ['b', 'c', 'd'], ['e']])
    })

    it('leaves no timer behind', async () => {
      const scheduler = create(limits)
      send(scheduler, 'a')
      send(scheduler, 'b')
      scheduler.failAll(new ProtocolError('backend_lost', quoted('gone')))
      worker.batches[0]?.finish()
      await scheduler.idle()
      await vi.advanceTimersByTimeAsync(0)
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})
