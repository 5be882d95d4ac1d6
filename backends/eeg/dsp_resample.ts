/** Polyphase windowed sinc with a Kaiser window (Kaiser 1974; Smith, "Digital Audio Resampling"). No delay. */

const STOP_DB = 60
/** Share of the lower Nyquist frequency that passes unchanged; aliases stay above it. */
const PASS_SHARE = 15 / 16
/** Stored kernel positions between two samples; others blend the nearest two. */
const PHASES_MAX = 256

/** Highest frequency that resampling from `rateHz` leaves unchanged. */
export const passHz = (rateHz: number): number => (PASS_SHARE * rateHz) / 2

export const resampledLength = (samples: number, fromHz: number, toHz: number): number =>
  Math.floor((samples * toHz) / fromHz + ROUNDING)

/** Part of a longer signal; wanted are output samples `from` to (excluding) `to`. */
export interface Stretch {
  /** Index of the first given sample in the whole signal. */
  offset: number
  from: number
  to: number
}

/** Without a stretch, the samples are the whole signal. Building a kernel is slow: share one between channels. */
export function makeResampler(
  fromHz: number,
  toHz: number,
): (samples: Float64Array, stretch?: Stretch) => Float64Array {
  const step = fromHz / toHz
  const whole = (samples: Float64Array): Stretch => ({
    offset: 0,
    from: 0,
    to: resampledLength(samples.length, fromHz, toHz),
  })
  if (fromHz === toHz) {
    return (samples, { offset, from, to } = whole(samples)) =>
      samples.slice(from - offset, to - offset)
  }
  const kernel = makeKernel(phasesOf(toHz / fromHz), Math.min(1, toHz / fromHz))
  return (samples, stretch = whole(samples)) => convolve(samples, step, kernel, stretch)
}

/** `step` is the distance of output samples in input samples. */
function convolve(
  samples: Float64Array,
  step: number,
  kernel: Kernel,
  { offset, from, to }: Stretch,
): Float64Array {
  const out = new Float64Array(to - from)
  for (let at = 0; at < out.length; at++) {
    const position = (from + at) * step + ROUNDING
    const whole = Math.floor(position)
    const phase = (position - whole) * kernel.phases
    const row = Math.floor(phase)
    const blend = phase - row
    const first = whole - offset - kernel.reach + 1
    const value = weighted(samples, first, kernel, row)
    // Simple rate ratios store every position, without blending.
    out[at] =
      blend < 2 * ROUNDING * kernel.phases
        ? value
        : value + blend * (weighted(samples, first, kernel, row + 1) - value)
  }
  return out
}

/** In input samples: far below any effect, far above rounding errors. */
const ROUNDING = 1e-7

function weighted(samples: Float64Array, first: number, kernel: Kernel, row: number): number {
  const { taps } = kernel
  const width = 2 * kernel.reach
  const start = row * width
  const last = samples.length - 1
  let sum = 0
  if (first >= 0 && first + width <= samples.length) {
    for (let tap = 0; tap < width; tap++) {
      sum += (samples[first + tap] as number) * (taps[start + tap] as number)
    }
    return sum
  }
  // Extends the signal with its first and last value: an offset is not a step.
  for (let tap = 0; tap < width; tap++) {
    const inside = Math.min(last, Math.max(0, first + tap))
    sum += (samples[inside] as number) * (taps[start + tap] as number)
  }
  return sum
}

interface Kernel {
  reach: number
  phases: number
  /** `phases + 1` rows of `2 * reach` taps; the last row is the first, one sample later. */
  taps: Float64Array
}

/** `bandwidth` is the lower of both rates over the input's rate. */
function makeKernel(phases: number, bandwidth: number): Kernel {
  const transition = bandwidth * (1 - PASS_SHARE)
  // Kaiser's length formula; the transition is in cycles per input sample.
  const reach = Math.ceil((STOP_DB - 7.95) / (2.285 * 2 * Math.PI * transition) / 2)
  const beta = 0.1102 * (STOP_DB - 8.7)
  const width = 2 * reach
  const taps = new Float64Array((phases + 1) * width)
  for (let phase = 0; phase <= phases; phase++) {
    const own = taps.subarray(phase * width, (phase + 1) * width)
    let sum = 0
    for (let tap = 0; tap < width; tap++) {
      const t = tap - reach + 1 - phase / phases
      const edge = 1 - (t / reach) ** 2
      own[tap] = edge <= 0 ? 0 : sinc(bandwidth * t) * bessel0(beta * Math.sqrt(edge))
      sum += own[tap] as number
    }
    // Each phase passes a constant exactly: electrodes have offsets of millivolts.
    for (let tap = 0; tap < width; tap++) own[tap] = (own[tap] as number) / sum
  }
  return { phases, reach, taps }
}

/** The smallest number of phases that covers every position, up to the maximum. */
export function phasesOf(ratio: number): number {
  for (let phases = 1; phases < PHASES_MAX; phases++) {
    const down = phases / ratio
    if (Math.abs(down - Math.round(down)) < 1e-9 * down) return phases
  }
  return PHASES_MAX
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** Modified Bessel function of order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
