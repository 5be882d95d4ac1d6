import { describe, expect, test } from 'vitest'
import {
  bandPower,
  BAND_NAMES,
  BANDS,
  binsOf,
  makeMeanSpectrum,
  makeSpectrumAnalyser,
  spectralEntropy,
  TOTAL_BAND,
  type Spectrum,
} from './dsp_spectrum.ts'
import { noise, scaled, sine, sum, variance } from './testing/signals.ts'

const RATE = 128
const LENGTH = 256
const analyser = makeSpectrumAnalyser(LENGTH, RATE)

/** Welch's estimate over half-overlapping segments. */
function welch(samples: Float64Array): Spectrum {
  const mean = makeMeanSpectrum(analyser.stepHz)
  for (let start = 0; start + LENGTH <= samples.length; start += LENGTH / 2) {
    mean.add(analyser.periodogram(samples, start))
  }
  return mean.value() as Spectrum
}

describe('the spectral density', () => {
  test('of a sine holds its power, half the squared amplitude, in its band', () => {
    for (const [hz, band] of [
      [2.5, 'delta'],
      [6, 'theta'],
      [10.25, 'alpha'],
      [21, 'beta'],
      [37.3, 'gamma'],
    ] as const) {
      const spectrum = welch(sine(hz, { amplitude: 30, samples: 1280 }))
      expect(bandPower(spectrum, BANDS[band])).toBeGreaterThan(0.985 * 450)
      expect(bandPower(spectrum, BANDS[band])).toBeLessThan(1.015 * 450)
      for (const other of BAND_NAMES) {
        if (other !== band) expect(bandPower(spectrum, BANDS[other])).toBeLessThan(9)
      }
    }
  })

  test('of white noise sums to its variance, and is flat', () => {
    const samples = scaled(noise(RATE * 400), 5)
    const spectrum = welch(samples)
    const total = bandPower(spectrum, { low: 0, high: RATE / 2 + 1 })
    expect(total / variance(samples)).toBeGreaterThan(0.97)
    expect(total / variance(samples)).toBeLessThan(1.01)
    const expected = 25 / (RATE / 2)
    for (const { low, high } of Object.values(BANDS)) {
      const density = bandPower(spectrum, { low, high }) / (high - low)
      expect(density / expected).toBeGreaterThan(0.93)
      expect(density / expected).toBeLessThan(1.07)
    }
  })

  test('keeps Parseval: the periodogram sums to the mean square under the window', () => {
    const samples = noise(LENGTH, 3)
    const mean = samples.reduce((total, value) => total + value, 0) / LENGTH
    let [power, weight] = [0, 0]
    samples.forEach((value, at) => {
      const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / LENGTH)
      power += ((value - mean) * w) ** 2
      weight += w * w
    })
    const densities = analyser.periodogram(samples, 0)
    const total = densities.reduce((all, one) => all + one, 0) * analyser.stepHz
    expect(total).toBeCloseTo(power / weight, 9)
  })

  test('does not see an offset', () => {
    const samples = sine(10, { samples: LENGTH })
    const lifted = samples.map((value) => value + 4300)
    const [a, b] = [analyser.periodogram(samples, 0), analyser.periodogram(lifted, 0)]
    a.forEach((value, k) => expect(b[k]).toBeCloseTo(value, 9))
  })
})

test('the bands share no bin and leave none out', () => {
  const bins = BAND_NAMES.flatMap((name) => {
    const { first, end } = binsOf(0.5, BANDS[name])
    return Array.from({ length: end - first }, (_, at) => first + at)
  })
  const { first, end } = binsOf(0.5, TOTAL_BAND)
  expect(bins).toEqual(Array.from({ length: end - first }, (_, at) => first + at))
  expect(binsOf(1, BANDS.theta)).toEqual({ first: 4, end: 8 })
})

describe('the spectral entropy', () => {
  const band = TOTAL_BAND
  test('is near 1 for white noise, low for a sine, and 0 for silence', () => {
    expect(spectralEntropy(welch(noise(RATE * 200)), band)).toBeGreaterThan(0.99)
    // Three bins of the Hann window hold a sine: 1/6, 2/3, 1/6 of its power.
    const expected = ((-2 * Math.log(1 / 6)) / 6 - (2 * Math.log(2 / 3)) / 3) / Math.log(88)
    expect(spectralEntropy(welch(sine(10)), band)).toBeCloseTo(expected, 3)
    expect(spectralEntropy({ stepHz: 0.5, densities: new Float64Array(129) }, band)).toBe(0)
  })
})

describe('coherence', () => {
  const starts = Array.from({ length: 198 }, (_, at) => at * (LENGTH / 2))
  const samples = 200 * (LENGTH / 2)

  test('is 1 between a signal and its scaled copy', () => {
    const x = noise(samples)
    const coherence = analyser.coherence(x, scaled(x, -3), starts)
    for (let k = 2; k < 120; k++) expect(coherence[k]).toBeCloseTo(1, 9)
  })

  test('is near 1/n between signals that have nothing in common', () => {
    const coherence = analyser.coherence(noise(samples, 1), noise(samples, 2), starts)
    const mean = coherence.reduce((total, one) => total + one, 0) / coherence.length
    expect(mean).toBeLessThan(0.02)
  })

  test('is the share of the common power: 0.5 * 0.5 with as much independent noise on both sides', () => {
    const common = noise(samples, 1)
    const x = sum(common, noise(samples, 2))
    const y = sum(common, noise(samples, 3))
    const coherence = analyser.coherence(x, y, starts)
    const mean = coherence.reduce((total, one) => total + one, 0) / coherence.length
    expect(mean).toBeGreaterThan(0.22)
    expect(mean).toBeLessThan(0.29)
  })

  test('of silence is 0', () => {
    const silence = new Float64Array(samples)
    expect(Math.max(...analyser.coherence(silence, noise(samples), starts))).toBe(0)
  })
})
