/** Effective amplitude of single frequencies, such as mains. */

export const MAINS_HZ = [50, 60] as const
export type MainsUv = Record<(typeof MAINS_HZ)[number], number | null>

/** Measures one frequency over pieces of whole seconds; only the last may be partial. */
export interface AmplitudeMeter {
  add(samples: Float64Array): void
  /** Null if the rate does not reach the frequency, or there was no whole second. */
  value(): number | null
}

/** Mean power of Hann-windowed seconds at the frequency, including noise within 1.5 Hz. */
export function amplitudeMeter(hz: number, rateHz: number): AmplitudeMeter {
  if (hz >= (rateHz / 2) * 0.95) return { add: () => undefined, value: () => null }
  const length = Math.round(rateHz)
  const window = Float64Array.from(
    { length },
    (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / length),
  )
  const cos = window.map((w, at) => w * Math.cos((2 * Math.PI * hz * at) / rateHz))
  const sin = window.map((w, at) => w * Math.sin((2 * Math.PI * hz * at) / rateHz))
  const gain = window.reduce((sum, w) => sum + w, 0)
  let power = 0
  let blocks = 0
  return {
    add(samples) {
      for (let start = 0; start + length <= samples.length; start += length, blocks++) {
        // Electrode offsets of millivolts would reach every frequency through rounding.
        const offset = samples[start] as number
        let re = 0
        let im = 0
        for (let at = 0; at < length; at++) {
          const value = (samples[start + at] as number) - offset
          re += value * (cos[at] as number)
          im += value * (sin[at] as number)
        }
        power += (2 * (re * re + im * im)) / (gain * gain)
      }
    },
    value: () => (blocks === 0 ? null : Math.sqrt(power / blocks)),
  }
}
