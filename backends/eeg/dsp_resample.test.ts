import { describe, expect, test } from 'vitest'
import { makeResampler, passHz, phasesOf } from './dsp_resample.ts'
import { scaled, sine, sum } from './testing/signals.ts'

function worst(a: Float64Array, b: Float64Array): number {
  const margin = Math.floor(a.length / 8)
  return a
    .subarray(margin, a.length - margin)
    .reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at + margin] as number))), 0)
}

describe('resampling', () => {
  test.each([
    [250, 128],
    [256, 128],
    [500, 128],
    [512, 128],
    [1000, 128],
    [2048, 128],
    [199.7, 128],
    [100, 128],
    [64, 128],
    [32, 128],
  ])('from %d to %d Hz keeps a sine in the pass band, in its place', (from, to) => {
    const hz = Math.min(11, passHz(Math.min(from, to)) * 0.9)
    const seconds = 12
    const input = sine(hz, { rateHz: from, samples: Math.round(from * seconds) })
    const out = makeResampler(from, to)(input)
    expect(Math.abs(out.length - to * seconds)).toBeLessThanOrEqual(2)
    expect(worst(out, sine(hz, { rateHz: to, samples: out.length }))).toBeLessThan(0.003)
  })

  test.each([70, 90, 118, 128])('down to 128 Hz lets nothing through at %d Hz', (hz) => {
    const input = sine(hz, { rateHz: 256, samples: 256 * 12, phase: 1 })
    const out = makeResampler(256, 128)(input)
    expect(worst(out, new Float64Array(out.length))).toBeLessThan(0.002)
  })

  test('keeps the offset of an electrode exactly, ends included', () => {
    const out = makeResampler(250, 128)(new Float64Array(1000).fill(4300))
    expect(worst(out, new Float64Array(out.length).fill(4300))).toBeLessThan(1e-9)
    expect(out[0]).toBeCloseTo(4300, 9)
    expect(out.at(-1)).toBeCloseTo(4300, 9)
  })

  test('is linear', () => {
    const [a, b] = [sine(5, { rateHz: 250 }), sine(31, { rateHz: 250 })]
    const resample = makeResampler(250, 128)
    const together = resample(sum(a, scaled(b, 3)))
    expect(worst(together, sum(resample(a), scaled(resample(b), 3)))).toBeLessThan(1e-9)
  })

  test('to the same rate is a copy', () => {
    const input = sine(5)
    const out = makeResampler(128, 128)(input)
    expect(out).toEqual(input)
    expect(out).not.toBe(input)
  })

  test.each([0, 1, 2, 5])('of %d samples works', (samples) => {
    const out = makeResampler(250, 128)(new Float64Array(samples).fill(7))
    expect([...out].every((value) => Math.abs(value - 7) < 1e-9)).toBe(true)
  })
})

test.each([
  [128 / 250, 64],
  [128 / 2048, 1],
  [4, 4],
  [128 / 100, 32],
  [1 / 3, 1],
  [128 / 199.7, 256],
])('the ratio %d needs %d phases', (ratio, phases) => {
  expect(phasesOf(ratio)).toBe(phases)
})

test('a rate that makes no simple ratio does not drift within an hour', () => {
  const samples = Math.round(199.7 * 3600)
  const out = makeResampler(199.7, 128)(sine(1, { rateHz: 199.7, samples }))
  expect(worst(out, sine(1, { rateHz: 128, samples: out.length }))).toBeLessThan(0.003)
})
