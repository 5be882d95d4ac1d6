import { describe, expect, test } from 'vitest'
import {
  bandPass,
  filter,
  highPass,
  lowPass,
  notch,
  BUTTERWORTH_ORDER,
  type Biquad,
} from './dsp_filter.ts'
import { scaled, sine, sum } from './testing/signals.ts'

const RATE = 128

describe('a Butterworth filter', () => {
  /** Frequency warping of the bilinear transform. */
  const warped = (hz: number) => Math.tan((Math.PI * hz) / RATE)

  test.each([0.3, 1, 5, 20, 40, 50, 60])('has the textbook gain at %d Hz', (hz) => {
    const ratio = warped(hz) / warped(20)
    const expected = 1 / Math.sqrt(1 + ratio ** (2 * BUTTERWORTH_ORDER))
    expect(gainAt(lowPass(20, RATE), hz, RATE)).toBeCloseTo(expected, 10)
    expect(gainAt(highPass(20, RATE), hz, RATE)).toBeCloseTo(
      expected * ratio ** BUTTERWORTH_ORDER,
      10,
    )
  })

  test('as band-pass is 3 dB down at both corners and flat between', () => {
    const sections = bandPass(0.5, 45, RATE)
    expect(sections).toHaveLength(4)
    for (const hz of [0.5, 45]) expect(gainAt(sections, hz, RATE)).toBeCloseTo(Math.SQRT1_2, 4)
    for (const hz of [1, 4, 10, 20, 30]) expect(gainAt(sections, hz, RATE)).toBeCloseTo(1, 2)
    expect(gainAt(sections, 0.1, RATE)).toBeLessThan(0.002)
  })

  test('scales a sine by its gain', () => {
    const sections = bandPass(1, 40, RATE)
    const out = filter(sine(45, { samples: 2048 }), sections).subarray(1024)
    expect(Math.max(...out)).toBeCloseTo(gainAt(sections, 45, RATE), 2)
  })

  test('is causal: what comes later changes nothing before', () => {
    const signal = sine(7, { samples: 512 })
    const changed = signal.slice()
    changed.fill(1000, 300)
    const sections = bandPass(0.5, 45, RATE)
    const [a, b] = [filter(signal, sections), filter(changed, sections)]
    expect([...a.subarray(0, 300)]).toEqual([...b.subarray(0, 300)])
    expect(a[300]).not.toBe(b[300])
  })

  test.each([0, -1, 64, 70, NaN])('with a corner at %d Hz is refused', (hz) => {
    expect(() => lowPass(hz, RATE)).toThrow('is outside 0 to 64 Hz')
  })
})

test('a notch takes its frequency out and leaves the neighbours', () => {
  const sections = [notch(50, RATE)]
  expect(gainAt(sections, 50, RATE)).toBeLessThan(1e-9)
  for (const hz of [10, 45, 55]) expect(gainAt(sections, hz, RATE)).toBeGreaterThan(0.97)
  const mixed = sum(sine(10, { samples: 2560 }), scaled(sine(50, { samples: 2560 }), 20))
  const left = filter(mixed, sections).subarray(1280)
  expect(Math.max(...left)).toBeLessThan(1.02)
})

function gainAt(sections: readonly Biquad[], frequencyHz: number, rateHz: number): number {
  const w = (2 * Math.PI * frequencyHz) / rateHz
  const magnitude = (c0: number, c1: number, c2: number) =>
    Math.hypot(
      c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w),
      c1 * Math.sin(w) + c2 * Math.sin(2 * w),
    )
  return sections.reduce(
    (gain, { b0, b1, b2, a1, a2 }) => (gain * magnitude(b0, b1, b2)) / magnitude(1, a1, a2),
    1,
  )
}
