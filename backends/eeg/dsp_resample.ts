/** Change of sampling rate without delay: polyphase windowed sinc with a Kaiser window (Kaiser 1974; Smith, "Digital Audio Resampling"). */

/** Attenuation of images and aliases. */
const STOP_DB = 60
/** Share of the lower Nyquist frequency that passes untouched; what aliases, aliases above it. */
const PASS_SHARE = 15 / 16
/** Phases of the kernel. Rates that need more are met within a millionth. */
const PHASES_MAX = 1000

/** The highest frequency that resampling from `rateHz` (upwards or not at all) leaves untouched. */
export const passHz = (rateHz: number): number => (PASS_SHARE * rateHz) / 2

/** `samples` at another rate, in a new array of `floor(n * toHz / fromHz)` values; sample 0 stays at time 0. */
export function resample(samples: Float64Array, fromHz: number, toHz: number): Float64Array {
  if (fromHz === toHz) return samples.slice()
  const { up, down } = ratioOf(toHz / fromHz)
  const kernel = makeKernel(up, Math.min(1, toHz / fromHz))
  const width = 2 * kernel.reach
  const out = new Float64Array(Math.floor((samples.length * up) / down))
  const last = samples.length - 1
  for (let at = 0; at < out.length; at++) {
    const position = at * down
    const first = Math.floor(position / up) - kernel.reach + 1
    const taps = (position % up) * width
    let sum = 0
    if (first >= 0 && first + width <= samples.length) {
      for (let tap = 0; tap < width; tap++) {
        sum += (samples[first + tap] as number) * (kernel.taps[taps + tap] as number)
      }
    } else {
      // Beyond its ends the signal keeps its first and last value: a recording's offset is no step.
      for (let tap = 0; tap < width; tap++) {
        const inside = Math.min(last, Math.max(0, first + tap))
        sum += (samples[inside] as number) * (kernel.taps[taps + tap] as number)
      }
    }
    out[at] = sum
  }
  return out
}

interface Kernel {
  /** Samples used on either side. */
  reach: number
  /** `up` phases of `2 * reach` taps. */
  taps: Float64Array
}

/** `bandwidth` is the lower of both rates over the input's rate. */
function makeKernel(up: number, bandwidth: number): Kernel {
  const transition = bandwidth * (1 - PASS_SHARE)
  // Kaiser's length formula; the transition is in cycles per input sample.
  const reach = Math.ceil((STOP_DB - 7.95) / (2.285 * 2 * Math.PI * transition) / 2)
  const beta = 0.1102 * (STOP_DB - 8.7)
  const width = 2 * reach
  const taps = new Float64Array(up * width)
  for (let phase = 0; phase < up; phase++) {
    const own = taps.subarray(phase * width, (phase + 1) * width)
    let sum = 0
    for (let tap = 0; tap < width; tap++) {
      const t = tap - reach + 1 - phase / up
      const edge = 1 - (t / reach) ** 2
      own[tap] = edge <= 0 ? 0 : sinc(bandwidth * t) * bessel0(beta * Math.sqrt(edge))
      sum += own[tap] as number
    }
    // Each phase passes a constant exactly: electrodes have offsets of millivolts.
    for (let tap = 0; tap < width; tap++) own[tap] = (own[tap] as number) / sum
  }
  return { reach, taps }
}

/** The best fraction up/down for `ratio` with `up` in bounds, by continued fractions. */
export function ratioOf(ratio: number): { up: number; down: number } {
  let [up, down, previousUp, previousDown] = [1, 0, 0, 1]
  for (let rest = ratio; ; rest = 1 / (rest - Math.floor(rest))) {
    const whole = Math.floor(rest)
    const nextUp = whole * up + previousUp
    const nextDown = whole * down + previousDown
    if (up > 0 && nextUp > PHASES_MAX) break
    ;[up, down, previousUp, previousDown] = [nextUp, nextDown, up, down]
    if (Math.abs(up / down - ratio) < 1e-12 * ratio) break
  }
  return { up, down }
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
