import { describe, expect, test } from 'vitest'
import { amplitudeMeter } from './dsp_amplitude.ts'
import { noise, scaled, sine, sum } from './testing/signals.ts'

function amplitudeAt(samples: Float64Array, hz: number, rateHz: number): number | null {
  const meter = amplitudeMeter(hz, rateHz)
  meter.add(samples)
  return meter.value()
}

describe('the mains amplitude', () => {
  const hum = scaled(sine(50, { rateHz: 250, samples: 2500, phase: 0.7 }), 20)

  test('is the effective amplitude of a hum, whatever the offset and the other rhythms', () => {
    const rhythm = scaled(sine(10, { rateHz: 250, samples: 2500 }), 50)
    const signal = sum(hum, rhythm).map((value) => value + 4300)
    expect(amplitudeAt(signal, 50, 250)).toBeCloseTo(20 / Math.SQRT2, 2)
    expect(amplitudeAt(signal, 60, 250)).toBeLessThan(0.01)
  })

  test('of noise is that of the 1.5 Hz around it', () => {
    const density = 1 / 125
    const amplitude = amplitudeAt(noise(250 * 400), 50, 250) as number
    expect(amplitude ** 2 / (1.5 * density)).toBeGreaterThan(0.85)
    expect(amplitude ** 2 / (1.5 * density)).toBeLessThan(1.15)
  })

  test('is unknown where the rate does not reach it, or there is no whole second', () => {
    expect(amplitudeAt(hum, 50, 100)).toBeNull()
    expect(amplitudeAt(hum, 60, 125)).toBeNull()
    expect(amplitudeAt(hum.slice(0, 249), 50, 250)).toBeNull()
  })

  test('of pieces of whole seconds is that of the whole', () => {
    const meter = amplitudeMeter(50, 250)
    meter.add(hum.subarray(0, 1000))
    meter.add(hum.subarray(1000))
    expect(meter.value()).toBe(amplitudeAt(hum, 50, 250))
  })
})
