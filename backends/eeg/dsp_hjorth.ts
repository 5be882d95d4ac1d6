/** Hjorth's descriptors of one window (Hjorth 1970, EEG analysis based on time domain properties). */

export interface Hjorth {
  /** Variance, in the unit squared. */
  activity: number
  /** Mean frequency: the standard deviation of the slope over that of the signal, divided by 2π. */
  mobilityHz: number
  /** Mobility of the slope over that of the signal: 1 for a sine. */
  complexity: number
}

/** Of `samples[start]` to `samples[end - 1]`. A flat window has mobility and complexity 0. */
export function hjorth(samples: Float64Array, start: number, end: number, rateHz: number): Hjorth {
  const signal = samples.subarray(start, end)
  const slope = differences(signal)
  const [v0, v1, v2] = [signal, slope, differences(slope)].map(variance) as [number, number, number]
  const mobility = v0 > 0 ? Math.sqrt(v1 / v0) : 0
  return {
    activity: v0,
    mobilityHz: (mobility * rateHz) / (2 * Math.PI),
    complexity: v1 > 0 && mobility > 0 ? Math.sqrt(v2 / v1) / mobility : 0,
  }
}

function differences(values: Float64Array): Float64Array {
  const out = new Float64Array(Math.max(0, values.length - 1))
  for (let at = 0; at < out.length; at++) {
    out[at] = (values[at + 1] as number) - (values[at] as number)
  }
  return out
}

function variance(values: Float64Array): number {
  if (values.length === 0) return 0
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return squares / values.length
}
