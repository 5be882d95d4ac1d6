import { expect, it } from 'vitest'
import { readPage } from '../control/metrics/page_reading.ts'
import type { Latency } from '../protocol/backend.ts'
import { measuredPage, TargetMeter } from './target_meter.ts'

let now = 0
const clock = { wall: () => now, monotonic: () => now }
/** Whole milliseconds; the histograms are exact to 1 %. */
const whole = (latency: Latency | null) =>
  latency && [latency.p50, latency.p95, latency.p99].map(Math.round)
const newMeter = () => new TargetMeter(clock, { outstanding: () => 2, queued: () => 1 })

it('counts answers, errors and their times; a client that left is not an error', () => {
  const meter = newMeter()
  now = 1000
  for (let ms = 1; ms <= 100; ms++) {
    meter.note('py', 'ok', { arrivedMs: 0, sentMs: ms / 2, endedMs: ms })
  }
  meter.note('py', 'timeout', { arrivedMs: 0, sentMs: 1, endedMs: 30_000 })
  meter.note('py', 'client_gone', { arrivedMs: 0, sentMs: null, endedMs: 5 })
  const { requests, errors, stages, latencyMs, gauges } = meter.read('py')
  expect({ requests, errors, gauges }).toEqual({
    requests: 102,
    errors: { timeout: 1 },
    gauges: { queue_depth: 1, in_flight: 2 },
  })
  expect(whole(latencyMs)).toEqual([50, 95, 99])
  expect(stages.total?.count).toBe(100)
  expect(stages.queue?.sum).toBeCloseTo(5.05 / 2)
})

it('reports the percentiles of the last minute only', () => {
  const meter = newMeter()
  now = 0
  meter.note('py', 'ok', { arrivedMs: 0, sentMs: 0, endedMs: 10 })
  expect(whole(meter.read('py').latencyMs)).toEqual([10, 10, 10])
  now = 61_000
  expect(meter.read('py').latencyMs).toBeNull()
  expect(meter.read('py').requests).toBe(1)
})

it('counts from zero when a new process begins', () => {
  const meter = newMeter()
  meter.note('py', 'ok', { arrivedMs: 0, sentMs: 0, endedMs: 10 })
  meter.forget('py')
  expect(meter.read('py').requests).toBe(0)
})

it('writes a page that reads back the same', () => {
  const meter = newMeter()
  meter.note('py', 'ok', { arrivedMs: 0, sentMs: 3, endedMs: 12 })
  meter.note('py', 'internal', { arrivedMs: 0, sentMs: 3, endedMs: 12 })
  const { latencyMs: _, ...reading } = meter.read('py')
  expect(readPage(measuredPage(meter.read('py')))).toEqual({
    ...reading,
    gauges: { ...reading.gauges, rss_bytes: null },
  })
})
