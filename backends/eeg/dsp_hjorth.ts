/** Hjorth's descriptors of one window (Hjorth 1970, EEG analysis based on time domain properties). */

export interface Hjorth {
  activity: number
  /** Mean frequency: standard deviation of the slope over that of the signal, divided by 2π. */
  mobilityHz: number
  /** Mobility of the slope over that of the signal: 1 for a sine. */
  complexity: number
}

/** Of `samples[start]` to `samples[end - 1]`. A flat window has mobility and complexity 0. */
export function hjorth(samples: Float64Array, start: number, end: number, rateHz: number): Hjorth {
  const [v0, v1, v2] = differenceVariances(samples, start, end)
  const mobility = v0 > 0 ? Math.sqrt(v1 / v0) : 0
  return {
    activity: v0,
    mobilityHz: (mobility * rateHz) / (2 * Math.PI),
    complexity: v1 > 0 && mobility > 0 ? Math.sqrt(v2 / v1) / mobility : 0,
  }
}

/** One pass over the window and its first and second differences: this runs for every window of every channel. */
function differenceVariances(
  samples: Float64Array,
  start: number,
  end: number,
): [number, number, number] {
  // Sums start from the first value, so that an offset costs no precision.
  const origin = samples[start] ?? 0
  let [sum0, squares0, sum1, squares1, sum2, squares2] = [0, 0, 0, 0, 0, 0]
  for (let at = start; at < end; at++) {
    const value = (samples[at] as number) - origin
    sum0 += value
    squares0 += value * value
    if (at === start) continue
    const slope = (samples[at] as number) - (samples[at - 1] as number)
    sum1 += slope
    squares1 += slope * slope
    if (at === start + 1) continue
    const bend = slope - (samples[at - 1] as number) + (samples[at - 2] as number)
    sum2 += bend
    squares2 += bend * bend
  }
  const n = end - start
  return [
    variance(sum0, squares0, n),
    variance(sum1, squares1, n - 1),
    variance(sum2, squares2, n - 2),
  ]
}

function variance(sum: number, squares: number, n: number): number {
  return n > 0 ? Math.max(0, squares / n - (sum / n) ** 2) : 0
}
