import { describe, expect, test } from 'vitest'
import type { LoadedModel, WorkItem } from './backend.ts'
import { WorkerPool, type ModelRunner } from './worker_pool.ts'

const TIMING = { preprocessMs: 1, inferenceMs: 2, postprocessMs: 3 }

/** A runner on its own device, whose batches wait for the test. */
function runnerOn(device: string, failure?: Error) {
  const batches: { ids: string[]; finish(): void }[] = []
  let releases = 0
  const model: LoadedModel = {
    provider: 'CUDA',
    devices: [device],
    models: [],
    files: ['/m.onnx'],
    placements: [
      {
        model: 'm',
        requested: ['CUDA'],
        granted: 'CUDA',
        nodes: null,
        on_cpu: [],
        summary: device,
      },
    ],
  }
  const runner: ModelRunner = {
    width: 1,
    loaded: () => (failure === undefined ? Promise.resolve(model) : Promise.reject(failure)),
    run: (items) =>
      new Promise((resolve) => {
        batches.push({
          ids: items.map(({ requestId }) => requestId),
          finish: () => {
            const results = items.map(({ requestId }) => ({ answered: requestId, by: device }))
            resolve({ results, timing: { ...TIMING, inferenceMs: items.length } })
          },
        })
      }),
    release: () => {
      releases++
      return Promise.resolve()
    },
  }
  return { runner, batches, releases: () => releases }
}

/** Promise.withResolvers, missing in Node 20. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const itemsOf = (...ids: string[]): WorkItem[] => ids.map((requestId) => ({ requestId }))

describe('a pool of two workers', () => {
  test('gives each batch to the worker with the least in hand, whole', async () => {
    const [first, second] = [runnerOn('gpu 0'), runnerOn('gpu 1')]
    const pool = new WorkerPool([first.runner, second.runner])
    const runs = [pool.run(itemsOf('a', 'b')), pool.run(itemsOf('c')), pool.run(itemsOf('d'))]
    expect(first.batches.map(({ ids }) => ids)).toEqual([['a', 'b']])
    expect(second.batches.map(({ ids }) => ids)).toEqual([['c'], ['d']])
    for (const { finish } of [...first.batches, ...second.batches]) finish()
    const [answer] = await Promise.all(runs)
    expect(answer?.results).toMatchObject([{ answered: 'a' }, { answered: 'b' }])
    void pool.run(itemsOf('e'))
    expect(first.batches.at(-1)?.ids).toEqual(['e'])
  })

  test('sends a stream to the same worker always, and puts a mixed batch together in its order', async () => {
    const [first, second] = [runnerOn('gpu 0'), runnerOn('gpu 1')]
    const pool = new WorkerPool([first.runner, second.runner])
    const items = ['a', 'b', 'a', 'b', 'b'].map((streamId, index) => ({
      requestId: `${streamId}${index}`,
      streamId,
    }))
    for (let round = 0; round < 2; round++) {
      const run = pool.run(items)
      const batches = [first.batches.at(-1), second.batches.at(-1)]
      expect(batches.map((batch) => batch?.ids).sort()).toEqual([
        ['a0', 'a2'],
        ['b1', 'b3', 'b4'],
      ])
      for (const batch of batches) batch?.finish()
      const { results, timing } = await run
      expect(results.map((result) => (result as { answered: string }).answered)).toEqual(
        items.map(({ requestId }) => requestId),
      )
      expect(timing.inferenceMs).toBe(3)
    }
    const streamsOf = ({ batches }: typeof first) =>
      new Set(batches.flatMap(({ ids }) => ids.map((id) => id.charAt(0))))
    expect(streamsOf(first).size + streamsOf(second).size).toBe(2)
  })

  test('names the devices and placements of all', async () => {
    const pool = new WorkerPool([runnerOn('gpu 0').runner, runnerOn('gpu 1').runner])
    const model = await pool.loaded()
    expect(model).toMatchObject({ provider: 'CUDA', devices: ['gpu 0', 'gpu 1'] })
    expect(model.placements?.map(({ summary }) => summary)).toEqual(['gpu 0', 'gpu 1'])
    expect(model.files).toEqual(['/m.onnx'])
  })

  test('a worker that cannot load takes the others with it', async () => {
    const good = runnerOn('gpu 0')
    const pool = new WorkerPool([good.runner, runnerOn('gpu 1', new Error('no such GPU')).runner])
    await expect(pool.loaded()).rejects.toThrow('no such GPU')
    expect(good.releases()).toBe(1)
  })
})

describe('a pool that grows', () => {
  const growing = (others: ReturnType<typeof runnerOn>[], reservesFirst = false) => {
    const first = runnerOn('gpu 0')
    const said: string[] = []
    const pool = new WorkerPool([first.runner], {
      count: () => others.length,
      create: (index) => others[index]?.runner ?? first.runner,
      reservesFirst: () => reservesFirst,
      onJoined: (width) => said.push(`${width} wide`),
      onFailed: ({ message }) => said.push(message),
    })
    return { pool, first, said }
  }

  test('serves with the first immediately and with the others when they have loaded', async () => {
    const others = [runnerOn('gpu 0'), runnerOn('gpu 0')]
    const model = await runnerOn('gpu 0').runner.loaded()
    const { promise, resolve } = withResolvers<LoadedModel>()
    for (const { runner } of others) runner.loaded = () => promise
    const { pool, first, said } = growing(others)
    await pool.loaded()
    void pool.run(itemsOf('a'))
    expect(pool.width).toBe(1)
    expect(first.batches).toHaveLength(1)
    resolve(model)
    await expect.poll(() => pool.width).toBe(3)
    expect(said).toEqual(['2 wide', '3 wide'])
    void pool.run(itemsOf('b'))
    expect(others[0]?.batches).toHaveLength(1)
  })

  test('leaves a reserved first worker to what is alone', async () => {
    const others = [runnerOn('gpu 0'), runnerOn('gpu 0')]
    const { pool, first, said } = growing(others, true)
    await pool.loaded()
    await expect.poll(() => said).toEqual(['1 wide', '2 wide'])
    const counts = () => [first, ...others].map(({ batches }) => batches.length)
    const alone = pool.run(itemsOf('a'))
    expect(counts()).toEqual([1, 0, 0])
    const beside = [pool.run(itemsOf('b')), pool.run(itemsOf('c')), pool.run(itemsOf('d'))]
    expect(counts()).toEqual([1, 2, 1])
    for (const { batches } of [first, ...others]) for (const { finish } of batches) finish()
    await Promise.all([alone, ...beside])
    void pool.run(itemsOf('e'))
    expect(counts()).toEqual([2, 2, 1])
  })

  test('a stream stays where it began', async () => {
    const { pool, first } = growing([runnerOn('gpu 0')])
    await pool.loaded()
    const item = { requestId: 's1', streamId: 's' }
    void pool.run([item])
    await expect.poll(() => pool.width).toBe(2)
    void pool.run([item])
    expect(first.batches).toHaveLength(2)
  })

  test('goes on without one that does not load, and tries no more', async () => {
    const [broken, never] = [runnerOn('gpu 0', new Error('out of memory')), runnerOn('gpu 0')]
    const { pool, said } = growing([broken, never])
    await pool.loaded()
    await expect.poll(() => said).toEqual(['out of memory'])
    expect(pool.width).toBe(1)
  })

  test('releases those that have joined and the one that still loads', async () => {
    const [joined, loading] = [runnerOn('gpu 0'), runnerOn('gpu 0')]
    const model = await joined.runner.loaded()
    const { promise, resolve } = withResolvers<LoadedModel>()
    let isLoading = false
    loading.runner.loaded = () => {
      isLoading = true
      return promise
    }
    const { pool, first } = growing([joined, loading])
    await pool.loaded()
    await expect.poll(() => isLoading).toBe(true)
    const released = pool.release()
    resolve(model)
    await released
    expect([first, joined, loading].map(({ releases }) => releases())).toEqual([1, 1, 1])
    expect(pool.width).toBe(2)
  })
})
