import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRows, type ReadOptions } from './read_rows.ts'
import { CHANNELS_MAX, DURATION_S_MAX } from './signal.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'

const twoColumns = (rows: number) => Array.from({ length: rows }, (_, at) => [at, -at])

describe('rows', () => {
  test('of two columns without names are Fp1 and Fp2 at 250 Hz, and the reply says that the rate is assumed', () => {
    const signal = readRows([
      [1.5, -2],
      [3, 4],
    ])
    expect(signal.channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect(signal.channels.map(({ samplesUv }) => [...samplesUv])).toEqual([
      [1.5, 3],
      [-2, 4],
    ])
    expect(signal.samplingRateHz).toBe(250)
    expect(signal.notes).toEqual(['sampling_rate was not given; 250 Hz is assumed'])
  })

  test('take the rate and the names that are given', () => {
    const signal = readRows([[1, 2, 3]], {
      samplingRate: 128,
      channelNames: ['EEG F3-Ref', 'f4', 'left ear'],
    })
    expect(signal.channels.map(({ name, label }) => [name, label])).toEqual([
      ['F3', 'EEG F3-Ref'],
      ['F4', 'f4'],
      ['left ear', 'left ear'],
    ])
    expect(signal.samplingRateHz).toBe(128)
    expect(signal.notes).toEqual([])
  })

  test('of other widths are numbered', () => {
    expect(readRows([[1, 2, 3]]).channels.map(({ name }) => name)).toEqual(['Ch1', 'Ch2', 'Ch3'])
  })
})

describe('rows are refused', () => {
  const uneven: unknown[] = twoColumns(30)
  uneven[16] = [1, 2, 3]
  const table: [string, unknown, ReadOptions, string][] = [
    ['that are no list', 'AAAA', {}, 'eeg_signal is "AAAA"; it must be a list of rows'],
    ['of which there are none', [], {}, 'eeg_signal is an empty list; send at least 2 s'],
    ['that are numbers', [1, 2], {}, 'row 1 of eeg_signal is 1; every row must be a list'],
    ['that are empty', [[]], {}, 'row 1 of eeg_signal has 0 values, not one or more'],
    ['of uneven width', uneven, {}, 'row 17 of eeg_signal has 3 values, not 2; every row'],
    ['with a missing row', [[1, 2], null], {}, 'row 2 of eeg_signal is null; every row must be 2'],
    [
      'with NaN',
      [
        [1, 2],
        [1, NaN],
      ],
      {},
      'row 2 of eeg_signal holds NaN as value 2',
    ],
    ['with null', [[null, 2]], {}, 'row 1 of eeg_signal holds null as value 1'],
    ['with text', [['1', 2]], {}, 'row 1 of eeg_signal holds "1" as value 1'],
    ['beyond any amplifier', [[1e10, 2]], {}, 'holds 10000000000 as value 1'],
    [
      'too slow',
      [[1]],
      { samplingRate: 31 },
      'sampling_rate is 31; it must be a number of samples per second from 32 to 2048',
    ],
    ['too fast', [[1]], { samplingRate: 2049 }, 'sampling_rate is 2049'],
    ['with a rate that is text', [[1]], { samplingRate: '250' }, 'sampling_rate is "250"'],
    ['with a rate of NaN', [[1]], { samplingRate: NaN }, 'sampling_rate is NaN'],
    [
      'with too few names',
      [[1, 2]],
      { channelNames: ['Fp1'] },
      'channel_names is an array of 1, the signal has 2 channels',
    ],
    ['with a nameless name', [[1, 2]], { channelNames: ['Fp1', ' '] }, 'channel_names[1] is " "'],
    [
      'with one name twice',
      [[1, 2]],
      { channelNames: ['Fp1', 'EEG FP1-Ref'] },
      'channel_names holds "Fp1" and "EEG FP1-Ref", which are the same channel',
    ],
  ]
  test.each(table)('%s', (_, rows, options, sentence) => {
    const error = refusalOf(() => readRows(rows, options))
    expect(error.code).toBe('invalid_request')
    expect(error.message).toContain(sentence)
  })

  test('with too many channels', () => {
    const error = refusalOf(() => readRows([new Array(CHANNELS_MAX + 1).fill(0)]))
    expect(error.code).toBe('too_large')
    expect(error.message).toContain('has 129 channels, the limit is 128')
  })

  test('that last too long, before any is read', () => {
    const rows = new Array<unknown>(33 * DURATION_S_MAX)
    rows[0] = [1]
    const error = refusalOf(() => readRows(rows, { samplingRate: 32 }))
    expect(error.code).toBe('too_large')
    expect(error.message).toContain('eeg_signal lasts 14850 s at 32 Hz, the limit is 14400 s')
  })
})

test('no JSON value breaks the reader', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.array(fc.oneof(fc.double(), fc.jsonValue()), { maxLength: 4 }), { maxLength: 8 }),
  )
  fc.assert(
    fc.property(value, fc.jsonValue(), fc.jsonValue(), (rows, samplingRate, channelNames) => {
      for (const options of [{}, { samplingRate }, { channelNames }]) {
        resultOrRefusal(() => readRows(rows, options))
      }
    }),
    { numRuns: 500 },
  )
})
