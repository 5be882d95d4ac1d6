import { describe, expect, test } from 'vitest'
import {
  artefactSpans,
  decadeShare,
  powerDecades,
  rowReachUv,
  scorePoints,
  timeTicks,
  tracePath,
} from './eeg_geometry.ts'

test('rejected windows that touch are one span with the reasons of all', () => {
  const windows = [
    { t_start_s: 1, t_end_s: 3, reasons: ['flat'] },
    { t_start_s: 2, t_end_s: 4, reasons: ['flat', 'amplitude'] },
    { t_start_s: 8, t_end_s: 10, reasons: ['gradient'] },
  ]
  expect(artefactSpans(windows)).toEqual([
    { startS: 1, endS: 4, reasons: ['flat', 'amplitude'] },
    { startS: 8, endS: 10, reasons: ['gradient'] },
  ])
})

describe('traces', () => {
  const trace = (name: string, peak: number) => ({
    name,
    min_uv: [-peak, -peak],
    max_uv: [peak, peak],
  })
  test('one loose electrode does not flatten the others', () => {
    expect(rowReachUv(['a', 'b', 'c', 'd', 'e'].map((name) => trace(name, 30)))).toBe(50)
    const others = ['a', 'b', 'c', 'd'].map((name) => trace(name, 30))
    expect(rowReachUv([...others, trace('loose', 9000)])).toBe(50)
  })
  test('a signal of zeros has a scale too', () => {
    expect(rowReachUv([trace('a', 0)])).toBe(1)
    expect(rowReachUv([])).toBe(1)
  })
  const row = { stepX: 2, middleY: 10, scaleY: 1, reachY: 4 }
  test('an envelope goes there and back, cut off at the edge of its row', () => {
    const path = tracePath({ name: 'a', min_uv: [-1, -90], max_uv: [1, 2] }, row)
    expect(path).toBe('M0.0 9.0L2.0 8.0L2.0 14.0L0.0 11.0Z')
  })
  test('one value a point is a line', () => {
    expect(tracePath({ name: 'a', min_uv: [1, 2], max_uv: [1, 2] }, row)).toBe('M0.0 9.0L2.0 8.0')
    expect(tracePath({ name: 'a', min_uv: [], max_uv: [] }, row)).toBe('')
  })
})

test.each([
  [10, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10 s']],
  [117, ['0', '20', '40', '60', '80', '100 s']],
  [0.47, ['0.00', '0.05', '0.10', '0.15', '0.20', '0.25', '0.30', '0.35', '0.40', '0.45 s']],
  [3600, ['0', '10', '20', '30', '40', '50', '60 min']],
])('the time axis of %d s ends with the recording', (durationS, labels) => {
  expect(timeTicks(durationS).map((tick) => tick.label)).toEqual(labels)
})

test('a window that was left out is a gap in the line of scores', () => {
  const window = (end: number, score: number) => ({
    t_start_s: end - 2,
    t_end_s: end,
    score_raw: score,
    score_ema: score,
  })
  const points = scorePoints([window(2, 10), window(3, 20), window(5, 30)], (x, y) => ({ x, y }))
  expect(points.map((point) => point.y)).toEqual([10, 20, null, 30])
})

test('band powers lie between whole powers of ten', () => {
  const powers = (delta: number) => ({ delta, theta: 2, alpha: 1, beta: 0.5, gamma: null })
  const channel = (delta: number) => ({
    name: 'a',
    quality: { level: 'good', good_window_share: 1 },
    features: { band_power_uv2: powers(delta), band_power_relative: powers(delta) },
  })
  const decades = { first: -1, last: 3 }
  expect(powerDecades([channel(230)])).toEqual(decades)
  expect(powerDecades([])).toBeNull()
  expect(decadeShare(10, decades)).toBe(0.5)
  expect(decadeShare(0, decades)).toBe(0)
})
