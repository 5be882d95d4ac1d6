/** Hann periodograms, Welch's average, band powers, spectral entropy, coherence. */
import { makeFft } from './dsp_fft.ts'

/** Hz, from `low` up to (excluding) `high`, so that bands neither overlap nor leave gaps. */
export const BANDS = {
  delta: { low: 1, high: 4 },
  theta: { low: 4, high: 8 },
  alpha: { low: 8, high: 13 },
  beta: { low: 13, high: 30 },
  gamma: { low: 30, high: 45 },
} as const

export type BandName = keyof typeof BANDS
export const BAND_NAMES = Object.keys(BANDS) as BandName[]
export interface Band {
  low: number
  high: number
}
/** Reference of relative powers and spectral entropy. */
export const TOTAL_BAND: Band = { low: BANDS.delta.low, high: BANDS.gamma.high }

/** One-sided power spectral density; value k belongs to `k * stepHz`. */
export interface Spectrum {
  stepHz: number
  densities: Float64Array
}

/** Periodograms of equal segments: mean removed, Hann window, one-sided density (scaled as scipy.signal.welch). */
export interface SpectrumAnalyser {
  segmentLength: number
  stepHz: number
  /** Density of the segment at `start`, in units squared per Hz, as a new array. */
  periodogram(samples: Float64Array, start: number): Float64Array
  /** Magnitude-squared coherence over the segments at `starts` (Carter 1987). With n segments noise reads about 1/n. */
  coherence(x: Float64Array, y: Float64Array, starts: readonly number[]): Float64Array
}

/** A smaller share of another power is only rounding. */
const SILENT_SHARE = 1e-20

export function makeSpectrumAnalyser(segmentLength: number, rateHz: number): SpectrumAnalyser {
  const fft = makeFft(segmentLength)
  const hann = Float64Array.from(
    { length: segmentLength },
    (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / segmentLength),
  )
  const scale = 1 / (rateHz * hann.reduce((sum, w) => sum + w * w, 0))
  const half = segmentLength / 2
  const re = new Float64Array(segmentLength)
  const im = new Float64Array(segmentLength)
  const load = (into: Float64Array, samples: Float64Array, start: number) => {
    let sum = 0
    for (let at = 0; at < segmentLength; at++) sum += samples[start + at] as number
    const mean = sum / segmentLength
    for (let at = 0; at < segmentLength; at++) {
      into[at] = ((samples[start + at] as number) - mean) * (hann[at] as number)
    }
  }
  return {
    segmentLength,
    stepHz: rateHz / segmentLength,
    periodogram(samples, start) {
      load(re, samples, start)
      im.fill(0)
      fft(re, im)
      const densities = new Float64Array(half + 1)
      for (let k = 0; k <= half; k++) {
        const power = (re[k] as number) ** 2 + (im[k] as number) ** 2
        // Folds negative frequencies onto positive ones; the two ends have no partner.
        densities[k] = power * scale * (k === 0 || k === half ? 1 : 2)
      }
      return densities
    },
    coherence(x, y, starts) {
      const [xx, yy, xyRe, xyIm] = Array.from({ length: 4 }, () => new Float64Array(half + 1)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      for (const start of starts) {
        // Both real signals in one transform: x in the real part, y in the imaginary part.
        load(re, x, start)
        load(im, y, start)
        fft(re, im)
        for (let k = 0; k <= half; k++) {
          const mirror = (segmentLength - k) % segmentLength
          const aRe = re[k] as number
          const aIm = im[k] as number
          const bRe = re[mirror] as number
          const bIm = im[mirror] as number
          const xRe = (aRe + bRe) / 2
          const xIm = (aIm - bIm) / 2
          const yRe = (aIm + bIm) / 2
          const yIm = (bRe - aRe) / 2
          xx[k] = (xx[k] as number) + xRe * xRe + xIm * xIm
          yy[k] = (yy[k] as number) + yRe * yRe + yIm * yIm
          xyRe[k] = (xyRe[k] as number) + xRe * yRe + xIm * yIm
          xyIm[k] = (xyIm[k] as number) + xIm * yRe - xRe * yIm
        }
      }
      return xx.map((own, k) => {
        const other = yy[k] as number
        // A shared transform leaks a trace of each signal into the other, which matters if the other is silent.
        if (Math.min(own, other) <= SILENT_SHARE * Math.max(own, other)) return 0
        return ((xyRe[k] as number) ** 2 + (xyIm[k] as number) ** 2) / (own * other)
      })
    },
  }
}

/** Mean of periodograms; over half-overlapping segments, Welch's estimate (Welch 1967). */
export function makeMeanSpectrum(stepHz: number): {
  add(periodogram: Float64Array): void
  value(): Spectrum | null
} {
  let sum: Float64Array | null = null
  let count = 0
  return {
    add(periodogram) {
      sum ??= new Float64Array(periodogram.length)
      for (let k = 0; k < sum.length; k++) {
        sum[k] = (sum[k] as number) + (periodogram[k] as number)
      }
      count++
    },
    value: () => sum && { stepHz, densities: sum.map((total) => total / count) },
  }
}

/** Sum of the band's bins times their width. */
export function bandPower({ stepHz, densities }: Spectrum, band: Band): number {
  const { first, end } = binsOf(stepHz, band)
  let sum = 0
  for (let k = first; k < end; k++) sum += densities[k] ?? 0
  return sum * stepHz
}

/** Bins `first` to (excluding) `end`. */
export function binsOf(stepHz: number, { low, high }: Band): { first: number; end: number } {
  // A bin on the edge belongs to the upper band, despite rounding.
  const at = (hz: number) => Math.ceil(hz / stepHz - 1e-9)
  return { first: at(low), end: at(high) }
}

/** Shannon entropy of the spectrum relative to a flat one: 0 for one line, 1 for white noise (Inouye et al. 1991). */
export function spectralEntropy({ stepHz, densities }: Spectrum, band: Band): number {
  const { first, end } = binsOf(stepHz, band)
  const powers = densities.slice(first, end)
  const total = powers.reduce((sum, power) => sum + power, 0)
  if (total === 0) return 0
  const entropy = powers.reduce((sum, power) => {
    const share = power / total
    return share > 0 ? sum - share * Math.log(share) : sum
  }, 0)
  return entropy / Math.log(powers.length)
}
