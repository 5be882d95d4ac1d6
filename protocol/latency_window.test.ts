import { expect, it } from 'vitest'
import { LatencyWindow } from './latency_window.ts'

it('has no percentiles before the first answer, nor a minute after the last', () => {
  const window = new LatencyWindow()
  expect(window.percentiles(0)).toBeNull()
  window.add(0, 5)
  expect(window.percentiles(59_000)).toEqual({ p50: 5, p95: 5, p99: 5 })
  expect(window.percentiles(61_000)).toBeNull()
})

it('takes the nearest rank', () => {
  const window = new LatencyWindow()
  for (let ms = 1; ms <= 100; ms++) window.add(0, ms)
  expect(window.percentiles(0)).toEqual({ p50: 50, p95: 95, p99: 99 })
})

it('keeps the newest when there are more than it holds', () => {
  const window = new LatencyWindow()
  for (let index = 0; index < 10_000; index++) window.add(0, index < 5000 ? 1000 : 1)
  expect(window.percentiles(0)).toEqual({ p50: 1, p95: 1, p99: 1 })
})
