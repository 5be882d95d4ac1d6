import {
  BAND_NAMES,
  bandPower,
  BANDS,
  binsOf,
  makeMeanSpectrum,
  spectralEntropy,
  TOTAL_BAND,
  type BandName,
  type Spectrum,
  type SpectrumAnalyser,
} from './dsp_spectrum.ts'
import { hjorth } from './dsp_hjorth.ts'
import type { BandPowers } from './engagement.ts'
import { ANALYSIS_RATE_HZ, WINDOW_SAMPLES } from './windows.ts'

export interface ChannelFeatures {
  windows: number
  /** Null: above the sampling rate's reach. */
  band_power_uv2: BandPowers
  /** Shares of the power in all reached bands. */
  band_power_relative: BandPowers
  ratios: {
    theta_beta: number | null
    alpha_theta: number | null
    engagement: number | null
  }
  hjorth: { activity_uv2: number; mobility_hz: number; complexity: number }
  /** 0 for a single frequency, 1 for white noise. */
  spectral_entropy: number
  /** At 1, 1.5, 2.. Hz up to the end of the highest band. */
  spectrum_uv2_per_hz: number[]
}

export interface SpectrumScale {
  first_hz: number
  step_hz: number
  points: number
}

/** Bands that lie below `reachHz`. */
export function bandsWithin(reachHz: number): readonly BandName[] {
  return BAND_NAMES.filter((name) => BANDS[name].high <= reachHz)
}

export function bandPowersOf(spectrum: Spectrum, reached: readonly BandName[]): BandPowers {
  return mapBands((name) => (reached.includes(name) ? bandPower(spectrum, BANDS[name]) : null))
}

export interface SpectralContext {
  analyser: SpectrumAnalyser
  reached: readonly BandName[]
}

export function spectraOf(
  samplesUv: Float64Array,
  starts: readonly number[],
  { reached, analyser: { stepHz, periodogram } }: SpectralContext,
): { spectrum: Spectrum | null; powers: BandPowers[] } {
  const mean = makeMeanSpectrum(stepHz)
  const powers = starts.map((start) => {
    const densities = periodogram(samplesUv, start)
    mean.add(densities)
    return bandPowersOf({ stepHz, densities }, reached)
  })
  return { spectrum: mean.value(), powers }
}

/** `spectrum` is the mean over the windows at `starts`; null, like the result, if none is good. */
export function featuresOf(
  samplesUv: Float64Array,
  spectrum: Spectrum | null,
  starts: readonly number[],
  reached: readonly BandName[],
): ChannelFeatures | null {
  if (spectrum === null) return null
  const powers = bandPowersOf(spectrum, reached)
  const total = reached.reduce((sum, name) => sum + (powers[name] ?? 0), 0)
  const { delta: _, theta, alpha, beta } = powers
  const { first, end } = binsOf(spectrum.stepHz, TOTAL_BAND)
  return {
    windows: starts.length,
    band_power_uv2: powers,
    band_power_relative: mapBands((name) => quotient(powers[name], total)),
    ratios: {
      theta_beta: quotient(theta, beta),
      alpha_theta: quotient(alpha, theta),
      engagement: alpha === null || theta === null ? null : quotient(beta, alpha + theta),
    },
    hjorth: meanHjorth(samplesUv, starts),
    spectral_entropy: spectralEntropy(spectrum, reachedBand(reached)),
    spectrum_uv2_per_hz: [...spectrum.densities.subarray(first, end)],
  }
}

export function spectrumScale({ stepHz }: { stepHz: number }): SpectrumScale {
  const { first, end } = binsOf(stepHz, TOTAL_BAND)
  return { first_hz: first * stepHz, step_hz: stepHz, points: end - first }
}

export function coherenceOf(
  [left, right]: readonly [Float64Array, Float64Array],
  starts: readonly number[],
  { reached, analyser }: SpectralContext,
): BandPowers {
  const perBin = analyser.coherence(left, right, starts)
  return mapBands((name) => {
    if (!reached.includes(name)) return null
    const { first, end } = binsOf(analyser.stepHz, BANDS[name])
    return perBin.subarray(first, end).reduce((sum, one) => sum + one, 0) / (end - first)
  })
}

/** ln(right) - ln(left) of alpha power: positive if the left side has less (Allen, Coan & Nazarian 2004). */
export function alphaAsymmetry(left: ChannelFeatures, right: ChannelFeatures): number | null {
  const [a, b] = [left.band_power_uv2.alpha, right.band_power_uv2.alpha]
  return a === null || b === null || a <= 0 || b <= 0 ? null : Math.log(b) - Math.log(a)
}

function meanHjorth(samples: Float64Array, starts: readonly number[]): ChannelFeatures['hjorth'] {
  const sum = { activity_uv2: 0, mobility_hz: 0, complexity: 0 }
  for (const start of starts) {
    const one = hjorth(samples, start, start + WINDOW_SAMPLES, ANALYSIS_RATE_HZ)
    sum.activity_uv2 += one.activity / starts.length
    sum.mobility_hz += one.mobilityHz / starts.length
    sum.complexity += one.complexity / starts.length
  }
  return sum
}

const reachedBand = (reached: readonly BandName[]) => ({
  low: TOTAL_BAND.low,
  high: Math.max(...reached.map((name) => BANDS[name].high)),
})

function mapBands(value: (name: BandName) => number | null): BandPowers {
  return Object.fromEntries(BAND_NAMES.map((name) => [name, value(name)])) as BandPowers
}

const quotient = (a: number | null, b: number | null) =>
  a === null || b === null || b <= 0 ? null : a / b
