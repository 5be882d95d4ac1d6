import { describe, expect, test } from 'vitest'
import type { LoadedModel, WorkItem } from './backend.ts'
import { WorkerPool, type ModelRunner } from './worker_pool.ts'

const TIMING = { preprocessMs: 1, inferenceMs: 2, postprocessMs: 3 }

/** A runner on a device of its own, whose batches wait until they are let go. */
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
    // 'a' and 'b' differ by one in the last letter, so that they meet different workers.
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
