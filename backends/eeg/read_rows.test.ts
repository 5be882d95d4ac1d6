import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReadOptions } from './read_options.ts'
import { readRows } from './read_rows.ts'
import { EMOTIV_14 } from './montage.ts'
import { CHANNELS_MAX, DURATION_S_MAX } from './signal.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'
import { samplesOf } from './testing/signals.ts'

const twoColumns = (rows: number) => Array.from({ length: rows }, (_, at) => [at, -at])

describe('rows', () => {
  test('of two columns without names are Fp1 and Fp2 at 250 Hz, and the reply marks the rate as assumed', () => {
    const signal = readRows([
      [1.5, -2],
      [3, 4],
    ])
    expect(signal.channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect([[...samplesOf(signal)], [...samplesOf(signal, 1)]]).toEqual([
      [1.5, 3],
      [-2, 4],
    ])
    expect(signal.samplingRateHz).toBe(250)
    expect(signal.origin).toMatchObject({
      channels_from: 'position',
      sampling_rate_from: 'assumed',
      unit: 'uV',
      unit_from: 'format',
    })
    expect(signal.warnings.map(({ code, field }) => [code, field])).toEqual([
      ['sampling_rate_assumed', 'data.sampling_rate'],
      ['channels_unnamed', 'data.channel_names'],
    ])
    expect(signal.warnings[0]?.message).toBe(
      'The recording states no sampling rate. 250 Hz was assumed; all times and bands depend on it. Set sampling_rate.',
    )
  })

  test('take the rate, the unit and the names that are given', () => {
    const signal = readRows([[1, 2]], {
      samplingRate: 128,
      channelNames: ['EEG F3-Ref', 'f4'],
      unit: 'mV',
    })
    expect(signal.channels.map(({ name, label }) => [name, label])).toEqual([
      ['F3', 'EEG F3-Ref'],
      ['F4', 'f4'],
    ])
    expect(samplesOf(signal)).toEqual(Float64Array.of(1000))
    expect(signal.origin).toMatchObject({
      channels_from: 'request',
      sampling_rate_from: 'request',
      unit: 'mV',
      unit_from: 'request',
    })
    expect(signal.warnings).toEqual([])
  })

  test('leave out what the names say is not EEG, and what they do not say', () => {
    const signal = readRows([[1, 2, 3, 4]], {
      samplingRate: 128,
      channelNames: ['ECG', 'F3', 'left ear', 'F4'],
    })
    expect(signal.channels.map(({ name }) => name)).toEqual(['F3', 'F4'])
    expect([samplesOf(signal)[0], samplesOf(signal, 1)[0]]).toEqual([2, 4])
    expect(signal.origin.left_out).toEqual([
      { label: 'ECG', reason: 'heart' },
      { label: 'left ear', reason: 'unknown name' },
    ])
    expect(signal.warnings.map(({ code }) => code)).toEqual(['channels_unknown'])
  })

  test('under names that mean nothing here are all analysed, with a warning', () => {
    const signal = readRows([[1, 2]], { samplingRate: 128, channelNames: ['left', 'up'] })
    expect(signal.channels.map(({ name }) => name)).toEqual(['left', 'up'])
    expect(signal.warnings.map(({ code }) => code)).toEqual(['channels_unnamed'])
  })

  test('of the 14 channels of Emotiv suggest 128 Hz, and do not take it', () => {
    const { samplingRateHz, origin } = readRows([EMOTIV_14.map(() => 1)], {
      channelNames: [...EMOTIV_14],
    })
    expect(samplingRateHz).toBe(250)
    expect(origin.sampling_rate_suggested).toBe(128)
  })

  test('of other widths are numbered', () => {
    expect(readRows([[1, 2, 3]]).channels.map(({ name }) => name)).toEqual(['Ch1', 'Ch2', 'Ch3'])
  })
})

describe('rows are refused', () => {
  const uneven: unknown[] = twoColumns(30)
  uneven[16] = [1, 2, 3]
  const table: [string, unknown, ReadOptions, string][] = [
    ['that are not a list', 'AAAA', {}, 'eeg_signal is "AAAA"; it must be a list of rows'],
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
      'sampling_rate is 31; it must be a number of samples per second from 32 to 20000',
    ],
    ['too fast', [[1]], { samplingRate: 20_001 }, 'sampling_rate is 20001'],
    ['with a rate that is text', [[1]], { samplingRate: '250' }, 'sampling_rate is "250"'],
    ['with a rate of NaN', [[1]], { samplingRate: NaN }, 'sampling_rate is NaN'],
    [
      'with too few names',
      [[1, 2]],
      { channelNames: ['Fp1'] },
      'channel_names holds 1 names, the signal has 2 channels',
    ],
    [
      'with a unit that is not one',
      [[1]],
      { unit: 'mmHg' },
      'unit is "mmHg"; it must be one of nV, uV, mV, V',
    ],
    [
      'of other sensors',
      [[1]],
      { channelNames: ['ECG'] },
      'channel_names holds no EEG channel (ECG)',
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
    expect(error.message).toContain(
      'has 513 channels, the limit is 512; its 1 rows look like channels: transpose it',
    )
  })

  test('that are channels, whatever their number', () => {
    const turned = [0, 1].map(() => new Array<number>(500).fill(0))
    expect(refusalOf(() => readRows(turned)).message).toContain(
      'its 2 rows look like channels: transpose it, so that each row is one sample with a value per channel',
    )
  })

  test('that last too long, before any is read', () => {
    const rows = new Array<unknown>(33 * DURATION_S_MAX)
    rows[0] = [1]
    const error = refusalOf(() => readRows(rows, { samplingRate: 32 }))
    expect(error.code).toBe('too_large')
    expect(error.message).toContain('eeg_signal lasts 89100 s at 32 Hz, the limit is 86400 s')
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
