/** Causal biquads by R. Bristow-Johnson, Audio EQ Cookbook (bilinear transform, prewarped at the corner). */

export interface Biquad {
  b0: number
  b1: number
  b2: number
  a1: number
  a2: number
}

/** Order of all Butterworth filters here: 24 dB per octave beyond each corner. */
export const BUTTERWORTH_ORDER = 4
/** Corner over width at -3 dB: 50 Hz is notched over 1.7 Hz. */
export const NOTCH_Q = 30

/** High-pass at `lowHz`, low-pass at `highHz`; both corners at -3 dB. */
export function bandPass(lowHz: number, highHz: number, rateHz: number): Biquad[] {
  return [...highPass(lowHz, rateHz), ...lowPass(highHz, rateHz)]
}

export function lowPass(cornerHz: number, rateHz: number): Biquad[] {
  return sectionQs().map((q) => {
    const { cos, alpha } = corner(cornerHz, rateHz, q)
    return normalised((1 - cos) / 2, 1 - cos, (1 - cos) / 2, cos, alpha)
  })
}

export function highPass(cornerHz: number, rateHz: number): Biquad[] {
  return sectionQs().map((q) => {
    const { cos, alpha } = corner(cornerHz, rateHz, q)
    return normalised((1 + cos) / 2, -(1 + cos), (1 + cos) / 2, cos, alpha)
  })
}

export function notch(centreHz: number, rateHz: number): Biquad {
  const { cos, alpha } = corner(centreHz, rateHz, NOTCH_Q)
  return normalised(1, -2 * cos, 1, cos, alpha)
}

/**
 * Transposed direct form II from rest. The signal must start near zero: a step rings as long as the slowest section.
 */
export function filter(samples: Float64Array, sections: readonly Biquad[]): Float64Array {
  const out = samples.slice()
  filterInPlace(out, sections)
  return out
}

export function filterInPlace(out: Float64Array, sections: readonly Biquad[]): void {
  for (const { b0, b1, b2, a1, a2 } of sections) {
    let s1 = 0
    let s2 = 0
    for (let at = 0; at < out.length; at++) {
      const x = out[at] as number
      const y = b0 * x + s1
      s1 = b1 * x - a1 * y + s2
      s2 = b2 * x - a2 * y
      out[at] = y
    }
  }
}

/** Q of each pole pair, at equal angles on a circle (Butterworth 1930). */
function sectionQs(): number[] {
  return Array.from(
    { length: BUTTERWORTH_ORDER / 2 },
    (_, pair) => 1 / (2 * Math.cos((Math.PI * (2 * pair + 1)) / (2 * BUTTERWORTH_ORDER))),
  )
}

function corner(hz: number, rateHz: number, q: number): { cos: number; alpha: number } {
  if (!(hz > 0 && hz < rateHz / 2)) {
    throw new Error(`a filter corner of ${hz} Hz is outside 0 to ${rateHz / 2} Hz`)
  }
  const w = (2 * Math.PI * hz) / rateHz
  return { cos: Math.cos(w), alpha: Math.sin(w) / (2 * q) }
}

function normalised(b0: number, b1: number, b2: number, cos: number, alpha: number): Biquad {
  const a0 = 1 + alpha
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: (-2 * cos) / a0, a2: (1 - alpha) / a0 }
}
