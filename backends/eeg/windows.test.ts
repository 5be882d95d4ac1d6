import { describe, expect, test } from 'vitest'
import { readOptions } from './options.ts'
import { sine } from './testing/signals.ts'
import {
  artefactOf,
  goodShare,
  screenWindows,
  windowStarts,
  type ArtefactReason,
} from './windows.ts'

const OPTIONS = readOptions()

describe('windows', () => {
  test.each([
    [0, []],
    [255, []],
    [256, [0]],
    [383, [0]],
    [384, [0, 128]],
    [640, [0, 128, 256, 384]],
  ])('of %d samples begin at %j', (samples, starts) => {
    expect(windowStarts(samples)).toEqual(starts)
  })
})

describe('a window is an artefact', () => {
  const at = (amplitude: number, hz = 10) => sine(hz, { amplitude, samples: 512 })
  const spike = at(20)
  spike[300] = (spike[300] as number) + 100
  test.each<[string, Float64Array, number, ArtefactReason | null]>([
    ['not when it is a plain rhythm', at(50), 0, null],
    ['not at the limit of amplitude', at(99), 0, null],
    ['when it is larger than that', at(101), 0, 'amplitude'],
    ['when it is a flat line', new Float64Array(512), 0, 'flat'],
    ['when it is nearly flat', at(0.4), 0, 'flat'],
    ['when it jumps', spike, 0, 'gradient'],
    ['when too much of it was repaired', at(50), 0.11, 'repaired'],
    ['not when little of it was repaired', at(50), 0.1, null],
  ])('%s', (_, samples, repaired, reason) => {
    expect(artefactOf(samples, 128, repaired, OPTIONS)).toBe(reason)
  })

  test('by limits that are options', () => {
    const strict = readOptions({ amplitude_uv_max: 60 })
    expect(artefactOf(at(50), 0, 0, strict)).toBe('amplitude')
    expect(artefactOf(spike, 128, 0, readOptions({ gradient_uv_per_ms_max: 50 }))).toBeNull()
    expect(artefactOf(at(0.4), 0, 0, readOptions({ flat_uv_min: 0.5 }))).toBeNull()
  })
})

describe('screening', () => {
  const good = null
  const bad = 'amplitude' as const
  test('rejects a window when more than the allowed share of channels is bad', () => {
    const ten = Array.from({ length: 10 }, (_, channel) => [
      channel < 2 ? bad : good,
      channel < 3 ? bad : good,
      good,
      good,
    ])
    const { used, goodChannels } = screenWindows(ten, 0.2)
    expect(used).toHaveLength(10)
    expect(goodChannels[0]).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    expect(goodChannels[1]).toBeNull()
    expect(goodChannels[2]).toHaveLength(10)
  })

  test('of two channels rejects a window when either is bad', () => {
    const { goodChannels } = screenWindows(
      [
        [bad, good, good],
        [good, good, good],
      ],
      0.2,
    )
    expect(goodChannels).toEqual([null, [0, 1], [0, 1]])
  })

  test('sets a channel aside that is bad in most windows, and goes on with the others', () => {
    const { used, goodChannels } = screenWindows(
      [
        [bad, bad, good],
        [good, good, bad],
      ],
      0.2,
    )
    expect(used).toEqual([1])
    expect(goodChannels).toEqual([[1], [1], null])
  })

  test('sets none aside when all are bad in most windows', () => {
    const { used, goodChannels } = screenWindows([[bad, bad, good]], 0.2)
    expect(used).toEqual([0])
    expect(goodChannels).toEqual([null, null, [0]])
  })

  test('never accepts a window without a good channel', () => {
    expect(screenWindows([[bad], [bad]], 1).goodChannels).toEqual([null])
  })

  test('of no windows is empty', () => {
    expect(screenWindows([[], []], 0.2).goodChannels).toEqual([])
    expect(goodShare([])).toBe(0)
  })
})
