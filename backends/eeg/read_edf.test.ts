import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prepareChannels } from './prepare.ts'
import { readEdf } from './read_edf.ts'
import { readFile } from './read_file.ts'
import { writeEdf, type EdfFile, type EdfSignal } from './testing/edf_writer.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'
import { samplesOf, sine } from './testing/signals.ts'

const eeg = (label: string, overrides: Partial<EdfSignal> = {}): EdfSignal => ({
  label,
  samplesPerRecord: 128,
  values: sine(10, { amplitude: 50, samples: 384 }),
  ...overrides,
})

const ANNOTATIONS: EdfSignal = {
  label: 'EDF Annotations',
  unit: '',
  physical: [-1, 1],
  samplesPerRecord: 20,
  values: new Float64Array(),
}

/** EDF+ time-keeping annotations: the start of each record. */
const onsets = (...seconds: number[]): EdfSignal => ({
  ...ANNOTATIONS,
  texts: seconds.map((second) => `+${second}\x14\x14\0`),
})

const GOOD: EdfFile = {
  signals: [eeg('EEG Fp1-Ref'), eeg('EEG Fp2-Ref'), ANNOTATIONS],
  records: 3,
  reserved: 'EDF+C',
}

describe('an EDF file', () => {
  test('gives its channels in microvolts, without the annotations', () => {
    const signal = readEdf(writeEdf(GOOD))
    expect(signal.channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect(signal.samplingRateHz).toBe(128)
    expect(signal.origin).toEqual({
      channels_from: 'electrode_names',
      sampling_rate_from: 'file',
      unit: 'uV',
      unit_from: 'file',
      left_out: [{ label: 'EDF Annotations', reason: 'annotations' }],
    })
    expect(signal.warnings).toEqual([])
    const expected = sine(10, { amplitude: 50, samples: 384 })
    const worst = samplesOf(signal).reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (expected[at] as number))),
      0,
    )
    // Half a digital step of 0.1 µV.
    expect(worst).toBeLessThanOrEqual(0.0501)
  })

  test.each([
    ['uV', 50, 1],
    ['µV', 50, 1],
    ['mV', 0.05, 1000],
    ['V', 0.00005, 1e6],
    ['nV', 50_000, 0.001],
  ])('is scaled from %s', (unit, amplitude, factor) => {
    const range = amplitude * 2
    const file = writeEdf({
      signals: [
        eeg('O1', {
          unit,
          physical: [-range, range],
          values: sine(10, { amplitude, samples: 384 }),
        }),
      ],
      records: 3,
    })
    const peak = Math.max(...samplesOf(readEdf(file)))
    expect(peak).toBeGreaterThan(0.99 * amplitude * factor)
    expect(peak).toBeLessThan(1.01 * amplitude * factor)
  })

  test('has its own offset and digital range', () => {
    const file = writeEdf({
      signals: [
        eeg('O1', {
          physical: [1000, 5000],
          digital: [0, 4000],
          values: new Float64Array(384).fill(4321),
        }),
      ],
      records: 3,
    })
    expect(samplesOf(readEdf(file))[200]).toBeCloseTo(4321, 6)
  })

  test('with records of a quarter second has the rate of its samples', () => {
    const file = writeEdf({
      signals: [eeg('Cz', { samplesPerRecord: 64 })],
      records: 6,
      recordS: 0.25,
    })
    expect(readEdf(file).samplingRateHz).toBe(256)
    expect(samplesOf(readEdf(file))).toHaveLength(384)
  })

  test('with several rates keeps each of them', () => {
    const slow = eeg('Fp2', {
      samplesPerRecord: 64,
      values: sine(10, { amplitude: 50, rateHz: 64, samples: 640 }),
    })
    const fast = eeg('Fp1', { values: sine(10, { amplitude: 50, samples: 1280 }) })
    const signal = readEdf(writeEdf({ signals: [fast, slow], records: 10 }))
    expect(signal.samplingRateHz).toBe(128)
    expect(signal.channels.map(({ samplingRateHz }) => samplingRateHz)).toEqual([128, 64])
    const [a, b] = prepareChannels(signal).map(({ samplesUv }) => samplesUv) as [
      Float64Array,
      Float64Array,
    ]
    expect(b).toHaveLength(a.length)
    for (let at = 256; at < 1024; at += 7) {
      expect(Math.abs((a[at] as number) - (b[at] as number))).toBeLessThan(0.5)
    }
  })

  test('leaves out what is not EEG: other sensors, other units, slow signals', () => {
    const signals = [
      eeg('EEG C3-A2'),
      eeg('ECG'),
      eeg('Pressure', { unit: 'mmHg' }),
      eeg('Body', { samplesPerRecord: 1 }),
    ]
    const signal = readEdf(writeEdf({ signals, records: 3 }))
    expect(signal.channels.map(({ name }) => name)).toEqual(['C3'])
    expect(signal.origin.left_out).toEqual([
      { label: 'ECG', reason: 'heart' },
      { label: 'Pressure', reason: 'unit mmHg is not a voltage' },
      { label: 'Body', reason: '1 Hz, below 32 Hz' },
    ])
  })

  test.each<[string, EdfFile, number, string[]]>([
    ['that was never closed (-1 records)', { ...GOOD, fields: { records: '-1' } }, 384, []],
    ['with zero bytes behind its fields', { ...GOOD, padding: '\0' }, 384, []],
    [
      'with more records than its header announces',
      { ...GOOD, fields: { records: '2' } },
      384,
      ['header_mismatch'],
    ],
    [
      'without any record by its header',
      { ...GOOD, fields: { records: '0' } },
      384,
      ['header_mismatch'],
    ],
    ['that is cut off', { ...GOOD, fields: { records: '60' } }, 384, ['recording_cut']],
    [
      'with a wrong header size',
      { ...GOOD, fields: { headerBytes: '256' } },
      384,
      ['header_mismatch'],
    ],
    ['with a decimal comma in its duration', { ...GOOD, fields: { recordS: '1,000' } }, 384, []],
    [
      'of one record after the other though it may have gaps',
      { ...GOOD, reserved: 'EDF+D', signals: [onsets(5, 6, 7), eeg('O1')] },
      384,
      [],
    ],
    [
      'that is declared without gaps and has one',
      { ...GOOD, signals: [onsets(0, 1, 64), eeg('O1')] },
      384,
      ['recording_gap'],
    ],
    [
      'with one dead electrode',
      { ...GOOD, signals: [eeg('O1'), eeg('O2', { physical: [0, 0] })] },
      384,
      ['channel_dead'],
    ],
    [
      'with the digital limits in the wrong order',
      { ...GOOD, signals: [eeg('O1', { digital: [32767, -32768] })] },
      384,
      ['header_mismatch'],
    ],
    ['without a unit', { ...GOOD, signals: [eeg('O1', { unit: '' })] }, 384, ['unit_assumed']],
    ['in 24 bit', { ...GOOD, format: 'BDF' }, 384, []],
    [
      'in 24 bit, cut off',
      { ...GOOD, format: 'BDF', fields: { records: '4' } },
      384,
      ['recording_cut'],
    ],
  ])('%s is read as far as it goes', (_, file, samples, codes) => {
    const signal = readFile(writeEdf(file))
    expect(samplesOf(signal)).toHaveLength(samples)
    expect(signal.warnings.map(({ code }) => code)).toEqual(codes)
    expect(Math.max(...samplesOf(signal))).toBeCloseTo(50, 0)
  })

  test('in 24 bit has a finer scale than 16 bit can hold', () => {
    const values = Float64Array.from({ length: 384 }, (_, at) => at / 1000 - 0.2)
    const digital = [-8_388_608, 8_388_607] as const
    const file = writeEdf({
      format: 'BDF',
      signals: [eeg('A1', { digital, physical: [-262_144, 262_143], values }), eeg('O1')],
      records: 3,
    })
    const fine = writeEdf({
      format: 'BDF',
      signals: [eeg('Cz', { digital, physical: [-262_144, 262_143], values })],
      records: 3,
    })
    expect(readEdf(file).channels.map(({ name }) => name)).toEqual(['O1'])
    samplesOf(readEdf(fine)).forEach((value, at) => {
      expect(Math.abs(value - (values[at] as number))).toBeLessThan(0.016)
    })
  })

  test('with 24 bit in its header and 16 bit in its data is read as 16 bit, with a warning', () => {
    const file = writeEdf(GOOD)
    file.set(Buffer.from('\xffBIOSEMI', 'latin1'))
    const signal = readFile(file)
    expect(signal.warnings.map(({ code }) => code)).toEqual(['header_mismatch'])
    expect(Math.max(...samplesOf(signal))).toBeCloseTo(50, 0)
  })

  test('with a physical minimum above the maximum has inverted polarity', () => {
    const file = writeEdf({ signals: [eeg('O1', { physical: [1000, -1000] })], records: 3 })
    const expected = sine(10, { amplitude: 50, samples: 384 })
    expect(samplesOf(readEdf(file))[3]).toBeCloseTo(expected[3] as number, 1)
    // The digital values themselves are inverted.
    expect(new DataView(file.buffer).getInt16(512 + 6, true)).toBeLessThan(0)
    expect(expected[3]).toBeGreaterThan(0)
  })

  test('has the rate and unit of the request, and a warning where they differ from its own', () => {
    const signal = readEdf(writeEdf(GOOD), { samplingRate: 256, unit: 'mV' })
    expect(signal).toMatchObject({
      samplingRateHz: 256,
      durationS: 1.5,
      origin: { sampling_rate_from: 'request', unit: 'mV', unit_from: 'request' },
    })
    expect(signal.warnings.map(({ code, field }) => [code, field])).toEqual([
      ['sampling_rate_conflict', 'data.sampling_rate'],
      ['unit_conflict', 'data.unit'],
    ])
    expect(Math.max(...samplesOf(signal))).toBeCloseTo(50_000, -2)
  })

  test('has the channel names of the request', () => {
    const signal = readEdf(writeEdf(GOOD), { channelNames: ['C3', 'C4'] })
    expect(signal.channels.map(({ name }) => name)).toEqual(['C3', 'C4'])
    expect(signal.origin.channels_from).toBe('request')
    expect(refusalOf(() => readEdf(writeEdf(GOOD), { channelNames: ['C3'] })).message).toContain(
      'channel_names holds 1 names, the signal has 2 channels',
    )
  })

  test('is recognised by its content', () => {
    expect(readFile(writeEdf(GOOD)).channels).toHaveLength(2)
  })
})

describe('a broken EDF file is refused', () => {
  const one = (overrides: Partial<EdfSignal>): EdfFile => ({
    signals: [eeg('O1', overrides)],
    records: 3,
  })
  test.each<[string, EdfFile, string]>([
    [
      'of another version',
      { ...GOOD, fields: { version: '1' } },
      'its version field is "1", not "0"',
    ],
    [
      'with undeclared gaps',
      { ...GOOD, reserved: 'EDF+D' },
      'is discontinuous (EDF+D): its records carry no start times',
    ],
    [
      'with a gap',
      { ...GOOD, reserved: 'EDF+D', signals: [eeg('O1'), onsets(0, 1, 64)] },
      'is discontinuous (EDF+D): record 3 begins at 64 s, and the one before ends at 2 s',
    ],
    [
      'with records that overlap',
      { ...GOOD, format: 'BDF', reserved: 'BDF+D', signals: [eeg('O1'), onsets(0, 1, 1.5)] },
      'is discontinuous (BDF+D): record 3 begins at 1.5 s, and the one before ends at 2 s',
    ],
    ['with no signals', { ...GOOD, fields: { signals: '0' } }, 'its header announces 0 signals'],
    [
      'with a signal count that is text',
      { ...GOOD, fields: { signals: 'two' } },
      'the number of signals is "two", not a number',
    ],
    ['without a duration', { ...GOOD, fields: { recordS: '0' } }, 'its records last 0 s'],
    ['with no record', { ...GOOD, records: 0 }, 'it holds no data record'],
    ['with an empty digital range alone', one({ digital: [5, 5] }), 'has no EEG signal in uV'],
    [
      'with absurd values',
      one({ unit: 'V', physical: [-9999, 9999] }),
      'the ranges of "O1" make no sense',
    ],
    [
      'without samples',
      one({ samplesPerRecord: 0 }),
      'the samples per record of signal 1 ("O1") is 0',
    ],
    [
      'without EEG',
      one({ unit: 'degC' }),
      'has no EEG signal in uV, mV or V at 32 Hz or more; its signals are O1 [degC]',
    ],
    [
      'that is too fast',
      one({ samplesPerRecord: 20_480 }),
      'the file states a sampling rate of 20480 Hz; 32 to 20000 Hz are supported',
    ],
  ])('%s', (_, file, sentence) => {
    const error = refusalOf(() => readEdf(writeEdf(file)))
    expect(error.code).toBe('invalid_request')
    expect(error.message).toContain(sentence)
  })

  test('with too many rates', () => {
    const signals = [40, 50, 60, 70, 80].map((samplesPerRecord, at) =>
      eeg(`C${at + 1}`, { samplesPerRecord }),
    )
    expect(refusalOf(() => readEdf(writeEdf({ signals, records: 3 }))).message).toContain(
      'has EEG signals at 5 different sampling rates (40, 50, 60, 70, 80), the limit is 4',
    )
  })

  test('that ends within its header', () => {
    expect(refusalOf(() => readEdf(writeEdf(GOOD).slice(0, 100))).message).toContain(
      'it has 100 bytes, and the header alone takes 256',
    )
    expect(refusalOf(() => readEdf(writeEdf(GOOD).slice(0, 700))).message).toContain(
      'it ends within the header, after 700 of 1024 bytes',
    )
  })
})

test('whose the recording is appears nowhere', () => {
  const file = writeEdf({ ...GOOD, fields: { patient: 'Jane Doe 1970', recording: 'Ward 7' } })
  expect(JSON.stringify(readEdf(file))).not.toMatch(/Jane|Ward/)
})

describe('properties', () => {
  test('damage anywhere in a file is read or refused, and all samples are finite', () => {
    const good = writeEdf(GOOD)
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...[...' -.0123456789e'].map((char) => char.charCodeAt(0))),
    )
    const change = fc.tuple(fc.nat(1100), byte)
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.option(fc.nat(good.length)),
        (changes, length) => {
          const bytes = length === null ? good.slice() : good.slice(0, length)
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
          const result = resultOrRefusal(() => readEdf(bytes))
          if (result instanceof Error) return
          for (const { readUv, samples } of result.channels) {
            expect(readUv(0, samples).every(Number.isFinite)).toBe(true)
          }
          const lengths = new Set(prepareChannels(result).map(({ samplesUv }) => samplesUv.length))
          expect(lengths.size).toBe(1)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('random bytes behind an EDF start are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (tail) => {
        const bytes = new Uint8Array(8 + tail.length)
        bytes.set(new TextEncoder().encode('0       '))
        bytes.set(tail, 8)
        resultOrRefusal(() => readFile(bytes))
      }),
      { numRuns: 500 },
    )
  })
})
