import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { medianInPlace, OUTLIER_UV, repairOutliers } from './dsp_repair.ts'
import { sine } from './testing/signals.ts'

const signal = (offset = 4300) =>
  sine(10, { amplitude: 30, samples: 1280 }).map((value) => value + offset)

describe('outliers', () => {
  test('of a few samples are replaced by a line between their neighbours', () => {
    const broken = signal()
    broken.fill(642_564, 500, 503)
    const { samplesUv, isRepaired, repairedCount } = repairOutliers(broken, 128)
    expect(repairedCount).toBe(3)
    expect([...isRepaired.subarray(498, 505)]).toEqual([0, 0, 1, 1, 1, 0, 0])
    const [left, right] = [broken[499] as number, broken[503] as number]
    expect(samplesUv[501]).toBeCloseTo((left + right) / 2, 9)
    expect(samplesUv[500]).toBeCloseTo(left + (right - left) / 4, 9)
    expect(samplesUv[504]).toBe(broken[504])
  })

  test('at the ends take the nearest good value', () => {
    const broken = signal()
    broken[0] = -1e6
    broken[1279] = 1e6
    const { samplesUv } = repairOutliers(broken, 128)
    expect(samplesUv[0]).toBe(broken[1])
    expect(samplesUv[1279]).toBe(broken[1278])
  })

  test('are none in a signal that stays within the threshold', () => {
    const large = sine(10, { amplitude: OUTLIER_UV - 1, samples: 1280 })
    expect(repairOutliers(large, 128)).toMatchObject({ repairedCount: 0, samplesUv: large })
  })

  test('are none in a slow drift of millivolts', () => {
    const drift = signal().map((value, at) => value + at * 0.5)
    expect(repairOutliers(drift, 128).repairedCount).toBe(0)
  })

  test('end two to three seconds after a lasting jump: it becomes the new level', () => {
    const jump = signal().map((value, at) => (at < 512 ? value : value + 1000))
    const { isRepaired } = repairOutliers(jump, 128)
    expect(isRepaired[513]).toBe(1)
    expect(isRepaired.subarray(512 + 3 * 128).includes(1)).toBe(false)
  })

  test('depend on nothing later than the second they are in, but for the far end of the line', () => {
    const broken = signal()
    broken[500] = 1e6
    const later = broken.slice()
    later.fill(9e5, 640)
    const [a, b] = [repairOutliers(broken, 128), repairOutliers(later, 128)]
    expect([...a.samplesUv.subarray(0, 640)]).toEqual([...b.samplesUv.subarray(0, 640)])
  })
})

test('any signal comes back finite and as long as it was', () => {
  const value = fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constant(0))
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 400 }),
      fc.integer({ min: 32, max: 2048 }),
      (values, rate) => {
        const { samplesUv } = repairOutliers(Float64Array.from(values), rate)
        expect(samplesUv).toHaveLength(values.length)
        expect(samplesUv.every(Number.isFinite)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('the median is the one that sorting gives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 }),
      (values) => {
        const sorted = Float64Array.from(values).sort()
        expect(medianInPlace(Float64Array.from(values))).toBe(sorted[values.length >> 1])
      },
    ),
  )
})
