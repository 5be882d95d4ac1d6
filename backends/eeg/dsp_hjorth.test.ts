import { expect, test } from 'vitest'
import { hjorth } from './dsp_hjorth.ts'
import { noise, sine } from './testing/signals.ts'

test('of a sine activity is half the squared amplitude, mobility its frequency, complexity 1', () => {
  const samples = sine(8, { amplitude: 20, rateHz: 1024, samples: 4096 }).map(
    (value) => value + 500,
  )
  const { activity, mobilityHz, complexity } = hjorth(samples, 1024, 3072, 1024)
  expect(activity).toBeCloseTo(200, 3)
  expect(mobilityHz).toBeCloseTo(8, 2)
  expect(complexity).toBeCloseTo(1, 2)
})

test('of white noise the differences have two and six times its variance', () => {
  const { activity, mobilityHz, complexity } = hjorth(noise(20_000), 0, 20_000, 1)
  expect(activity).toBeCloseTo(1, 1)
  expect(mobilityHz * 2 * Math.PI).toBeCloseTo(Math.SQRT2, 1)
  expect(complexity).toBeCloseTo(Math.sqrt(3) / Math.SQRT2, 1)
})

test('of a flat line all are 0', () => {
  const flat = new Float64Array(256).fill(3)
  expect(hjorth(flat, 0, 256, 128)).toEqual({ activity: 0, mobilityHz: 0, complexity: 0 })
})
