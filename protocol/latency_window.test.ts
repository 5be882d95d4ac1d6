import { expect, it } from 'vitest'
import type { Latency } from './backend.ts'
import { LatencyWindow } from './latency_window.ts'

/** Whole milliseconds; the histograms are exact to 1 %. */
const whole = (latency: Latency | null) =>
  latency && [latency.p50, latency.p95, latency.p99].map(Math.round)

it('has no percentiles before the first answer, nor a minute after the last', () => {
  const window = new LatencyWindow()
  expect(window.percentiles(0)).toBeNull()
  window.add(0, 5)
  expect(whole(window.percentiles(59_000))).toEqual([5, 5, 5])
  expect(window.percentiles(61_000)).toBeNull()
})

it('takes the nearest rank', () => {
  const window = new LatencyWindow()
  for (let ms = 1; ms <= 100; ms++) window.add(0, ms)
  expect(whole(window.percentiles(0))).toEqual([50, 95, 99])
})

it('counts every answer of the window, and none from before it', () => {
  const window = new LatencyWindow()
  for (let nowMs = 0; nowMs < 120_000; nowMs += 10) window.add(nowMs, nowMs < 60_000 ? 90 : 1)
  expect(whole(window.percentiles(120_000))).toEqual([1, 1, 1])
  for (let answer = 0; answer < 120_000; answer++) window.add(120_000, 50)
  expect(whole(window.percentiles(120_000))).toEqual([50, 50, 50])
})
