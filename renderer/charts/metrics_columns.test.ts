import { expect, test } from 'vitest'
import { aPoint, aStage, stages } from '../testing/metrics.ts'
import { latestOf, metricsColumns, valueAt } from './metrics_columns.ts'

const reading = (value: number) => ({ mean: value, max: value + 1 })

test('a second in which nothing was measured is a gap in every column', () => {
  const { timeS: _, stages: stage, stacked, ...columns } = metricsColumns([aPoint()])
  for (const column of [
    ...Object.values(columns),
    ...Object.values(stage),
    ...Object.values(stacked),
  ]) {
    expect(column).toEqual([null])
  }
})

test('a gauge that was not read in a measured second is drawn through, not interrupted', () => {
  const mib = 1024 ** 2
  const points = [
    aPoint({ covered_ms: 1000, rss_bytes: reading(5 * mib) }),
    aPoint({ covered_ms: 1000 }),
    aPoint(),
  ]
  expect(metricsColumns(points).rssMib).toEqual([5, undefined, null])
})

test('load is the highest of each step, memory its mean', () => {
  const { inFlight, queued, pongMs } = metricsColumns([
    aPoint({ in_flight: reading(3), queue_depth: reading(0), pong_ms: reading(2) }),
  ])
  expect([inFlight, queued, pongMs]).toEqual([[4], [1], [2]])
})

test('stages are stacked in the order of a request, and one that is not told adds nothing', () => {
  const latency_ms = stages({
    queue: aStage(1),
    preprocess: aStage(2),
    postprocess: aStage(4),
    total: aStage(9),
  })
  const columns = metricsColumns([aPoint({ latency_ms })])
  expect(columns.stacked).toEqual({
    queue: [1],
    preprocess: [3],
    inference: [3],
    postprocess: [7],
  })
  expect(columns.stages.inference).toEqual([null])
})

test('percentiles that a pong told have no stages', () => {
  const columns = metricsColumns([aPoint({ latency_ms: stages({ total: aStage(7, 'pong') }) })])
  expect(columns.p99).toEqual([7])
  expect(columns.stacked.postprocess).toEqual([null])
})

test('a legend shows the value under the crosshair, or the newest; none after a gap', () => {
  expect(valueAt([1, 2, 3], 1)).toBe(2)
  expect(valueAt([1, undefined, 3], 1)).toBe(1)
  expect(latestOf([1, undefined])).toBe(1)
  expect(latestOf([1, null])).toBeNull()
  expect(latestOf([])).toBeNull()
})
