/** Replaces gross outliers before filtering: a spike of 700 mV rings in a 0.5 Hz high-pass for seconds. */

export interface Repaired {
  samplesUv: Float64Array
  /** 1 for replaced samples. */
  isRepaired: Uint8Array
  repairedCount: number
}

/** Roesler's recording needs this threshold; the README lists what else it catches. */
export const OUTLIER_UV = 200
/** The median covers this block and the time before it, never later samples. */
const BLOCK_S = 1
const MEDIAN_S = 4
/** Median sample limit; higher rates are subsampled. */
const MEDIAN_VALUES_MAX = 512

/**
 * Interpolates samples (and NaN) beyond `OUTLIER_UV` from the median of their second and the three before. A lasting
 * jump becomes the new level after two seconds. `level` applies if all are missing.
 */
export function repairOutliers(samples: Float64Array, rateHz: number, level = 0): Repaired {
  const isRepaired = new Uint8Array(samples.length)
  const block = Math.max(1, Math.round(BLOCK_S * rateHz))
  const before = Math.round((MEDIAN_S - BLOCK_S) * rateHz)
  const stride = Math.ceil((block + before) / MEDIAN_VALUES_MAX)
  const scratch = new Float64Array(MEDIAN_VALUES_MAX)
  let repairedCount = 0
  for (let start = 0; start < samples.length; start += block) {
    const end = Math.min(samples.length, start + block)
    let count = 0
    for (let at = Math.max(0, start - before); at < end; at += stride) {
      const value = samples[at] as number
      if (!Number.isNaN(value)) scratch[count++] = value
    }
    const median = medianInPlace(scratch.subarray(0, count))
    for (let at = start; at < end; at++) {
      // Also false for NaN.
      if (Math.abs((samples[at] as number) - median) <= OUTLIER_UV) continue
      isRepaired[at] = 1
      repairedCount++
    }
  }
  const samplesUv = samples.slice()
  if (repairedCount > 0) interpolate(samplesUv, isRepaired, level)
  return { samplesUv, isRepaired, repairedCount }
}

function interpolate(samples: Float64Array, isRepaired: Uint8Array, level: number): void {
  for (let at = 0; at < samples.length; at++) {
    if (isRepaired[at] === 0) continue
    let end = at
    while (end < samples.length && isRepaired[end] === 1) end++
    const left = samples[at - 1] ?? samples[end]
    const right = samples[end] ?? left
    // Without good samples nothing is replaced; only a subsampled median can have none.
    if (left === undefined || right === undefined) {
      for (; at < samples.length; at++) if (Number.isNaN(samples[at])) samples[at] = level
      return
    }
    for (let inside = at; inside < end; inside++) {
      samples[inside] = left + ((right - left) * (inside - at + 1)) / (end - at + 1)
    }
    at = end
  }
}

/** The upper median; reorders `values` (Hoare's quickselect). */
export function medianInPlace(values: Float64Array): number {
  const middle = values.length >> 1
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number
    let left = low
    let right = high
    while (left <= right) {
      while ((values[left] as number) < pivot) left++
      while ((values[right] as number) > pivot) right--
      if (left > right) break
      const kept = values[left] as number
      values[left++] = values[right] as number
      values[right--] = kept
    }
    if (middle <= right) high = right
    else if (middle >= left) low = left
    else break
  }
  return values[middle] ?? 0
}
