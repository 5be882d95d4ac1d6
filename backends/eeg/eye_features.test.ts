import { describe, expect, test } from 'vitest'
import { eyeInput, FEATURES, logCovariance } from './eye_features.ts'
import { EMOTIV_14 } from './montage.ts'
import { subtractAverage, prepareChannels } from './prepare.ts'
import { noise, scaled, signalOf } from './testing/signals.ts'

const montage = (samples = 640) =>
  Object.fromEntries(EMOTIV_14.map((name, at) => [name, scaled(noise(samples, at + 1), 10)]))

const inputOf = (channels: Record<string, Float64Array>, rateHz = 128) =>
  eyeInput(prepareChannels(signalOf(channels, rateHz)), rateHz)

describe('the input of the eye state model', () => {
  test('is the 14 channels in its own order, whatever their order and company', () => {
    const channels = montage()
    const shuffled = Object.fromEntries(Object.entries({ ...channels, Cz: noise(640) }).reverse())
    expect(inputOf(shuffled)).toEqual(inputOf(channels))
  })

  test('is missing where channels are missing, and names them', () => {
    const { AF4: _, O1: __, ...rest } = montage()
    expect(inputOf(rest)).toEqual({
      reason: 'the eye state model needs the 14 channels of the Emotiv EPOC; missing here: O1, AF4',
    })
  })

  test('is missing where the rate does not reach its band', () => {
    expect(inputOf(montage(), 64)).toEqual({
      reason:
        'the eye state model needs frequencies up to 40 Hz; a sampling rate of 64 Hz ends at 30 Hz',
    })
  })
})

describe('the log-covariance', () => {
  const features = (channels: Record<string, Float64Array>) => {
    const input = inputOf(channels)
    if ('reason' in input) throw new Error(input.reason)
    return logCovariance(input.samples, 256)
  }

  test('has 105 finite numbers, even of silence', () => {
    for (const channels of [montage(), mapped(montage(), () => new Float64Array(640))]) {
      const values = features(channels)
      expect(values).toHaveLength(FEATURES)
      expect(values.every(Number.isFinite)).toBe(true)
    }
  })

  test('grows by ln(k²) on its diagonal when the signal grows by k, and nowhere else', () => {
    const [one, two] = [features(montage()), features(mapped(montage(), (x) => scaled(x, 2)))]
    let at = 0
    for (let i = 0; i < 14; i++) {
      for (let j = i; j < 14; j++, at++) {
        const change = (two[at] as number) - (one[at] as number)
        expect(change).toBeCloseTo(i === j ? Math.log(4) : 0, 4)
      }
    }
  })

  test('does not see what all channels share: the average reference takes it away', () => {
    const shared = scaled(noise(640, 99), 30)
    const added = mapped(montage(), (x) => x.map((value, at) => value + (shared[at] as number)))
    const plain = features(montage())
    features(added).forEach((value, at) => {
      expect(value).toBeCloseTo(plain[at] as number, 3)
    })
  })
})

test('the average reference leaves channels that sum to zero at every moment', () => {
  const channels = [noise(50, 1), noise(50, 2), noise(50, 3)]
  subtractAverage(channels)
  for (let at = 0; at < 50; at++) {
    expect(channels.reduce((sum, one) => sum + (one[at] as number), 0)).toBeCloseTo(0, 12)
  }
})

function mapped(
  channels: Record<string, Float64Array>,
  change: (samples: Float64Array) => Float64Array,
): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(channels).map(([name, x]) => [name, change(x)]))
}
