import { describe, expect, test } from 'vitest'
import { EEG_OPTION_NAMES, EEG_OPTIONS, readOptions } from './options.ts'
import { refusalOf } from './testing/refusals.ts'

describe('options', () => {
  test('have the defaults of the platform where they are its: 0.7, high at 60, low at 50', () => {
    expect(readOptions()).toMatchObject({ smoothing: 0.7, high_at: 60, low_at: 50 })
  })

  test.each(EEG_OPTION_NAMES)(
    '%s has a default within its bounds, and takes both bounds',
    (name) => {
      const { default: fallback, min, max } = EEG_OPTIONS[name]
      expect(readOptions()[name]).toBe(fallback)
      const rest = name === 'high_at' ? { low_at: 0 } : name === 'low_at' ? { high_at: 100 } : {}
      for (const bound of [min, max])
        expect(readOptions({ ...rest, [name]: bound })[name]).toBe(bound)
      for (const wrong of [min - 1e-6, max + 1e-6, NaN, '1', null, true]) {
        const { code, message } = refusalOf(() => readOptions({ [name]: wrong }))
        expect(code).toBe('invalid_request')
        expect(message).toContain(`${name} is `)
        expect(message).toContain(
          `it must be a number from ${min} to ${max}, or left out for ${fallback}`,
        )
      }
    },
  )

  test('with the thresholds crossed are refused', () => {
    expect(refusalOf(() => readOptions({ low_at: 70 })).message).toBe(
      'low_at is 70 and high_at is 60; low_at must not be above high_at',
    )
  })

  test('of other names are let pass', () => {
    expect(readOptions({ subject_id: 'x', sampling_rate: 250 })).toEqual(readOptions())
  })
})
