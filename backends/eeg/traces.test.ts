import { describe, expect, test } from 'vitest'
import { TRACE_POINTS_MAX, TRACE_POINTS_TOTAL_MAX, tracesOf } from './traces.ts'

describe('traces', () => {
  test('of a short recording are its samples', () => {
    const traces = tracesOf([{ name: 'O1', filteredUv: Float64Array.from([1.04, -2.06, 3]) }])
    expect(traces.step_s).toBe(1 / 128)
    expect(traces.channels).toEqual([{ name: 'O1', min_uv: [1, -2.1, 3], max_uv: [1, -2.1, 3] }])
  })

  test('of a long recording keep every spike in a bounded number of points', () => {
    const filteredUv = new Float64Array(128 * 3600)
    filteredUv[300_000] = 77
    const [channel] = tracesOf([{ name: 'O1', filteredUv }]).channels
    expect(channel?.max_uv.length).toBeLessThanOrEqual(TRACE_POINTS_MAX)
    expect(Math.max(...(channel?.max_uv ?? []))).toBe(77)
    expect(Math.max(...(channel?.min_uv ?? []))).toBe(0)
  })

  test('of many channels are fewer points each', () => {
    const channels = Array.from({ length: 128 }, (_, at) => ({
      name: String(at),
      filteredUv: new Float64Array(10_000),
    }))
    const points = tracesOf(channels).channels.reduce((sum, one) => sum + one.min_uv.length, 0)
    expect(points).toBeLessThanOrEqual(TRACE_POINTS_TOTAL_MAX)
  })

  test('of nothing are empty', () => {
    expect(tracesOf([{ name: 'O1', filteredUv: new Float64Array() }]).channels[0]?.min_uv).toEqual(
      [],
    )
  })
})
