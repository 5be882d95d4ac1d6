import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEdf } from './read_edf.ts'
import { readFile } from './read_file.ts'
import { writeEdf, type EdfFile, type EdfSignal } from './testing/edf_writer.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'
import { sine } from './testing/signals.ts'

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
    expect(signal.notes).toEqual(['signals that are no EEG were left out: EDF Annotations'])
    const expected = sine(10, { amplitude: 50, samples: 384 })
    const worst = signal.channels[0]?.samplesUv.reduce(
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
    const peak = Math.max(...(readEdf(file).channels[0]?.samplesUv ?? []))
    expect(peak).toBeGreaterThan(0.99 * amplitude * factor)
    expect(peak).toBeLessThan(1.01 * amplitude * factor)
  })

  test('has its offset and a digital range of its own', () => {
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
    expect(readEdf(file).channels[0]?.samplesUv[200]).toBeCloseTo(4321, 6)
  })

  test('with records of a quarter second has the rate of its samples', () => {
    const file = writeEdf({
      signals: [eeg('Cz', { samplesPerRecord: 64 })],
      records: 6,
      recordS: 0.25,
    })
    expect(readEdf(file).samplingRateHz).toBe(256)
    expect(readEdf(file).channels[0]?.samplesUv).toHaveLength(384)
  })

  test('with several rates comes at the highest', () => {
    const slow = eeg('Fp2', {
      samplesPerRecord: 64,
      values: sine(10, { amplitude: 50, rateHz: 64, samples: 640 }),
    })
    const fast = eeg('Fp1', { values: sine(10, { amplitude: 50, samples: 1280 }) })
    const signal = readEdf(writeEdf({ signals: [fast, slow], records: 10 }))
    expect(signal.samplingRateHz).toBe(128)
    expect(signal.notes).toEqual(['Fp2 was resampled from 64 to 128 Hz'])
    const [a, b] = signal.channels.map(({ samplesUv }) => samplesUv) as [Float64Array, Float64Array]
    expect(b).toHaveLength(a.length)
    for (let at = 256; at < 1024; at += 7) {
      expect(Math.abs((a[at] as number) - (b[at] as number))).toBeLessThan(0.5)
    }
  })

  test('leaves out what is no EEG: other sensors, other units, slow signals', () => {
    const signals = [
      eeg('EEG C3-A2'),
      eeg('ECG'),
      eeg('Pressure', { unit: 'mmHg' }),
      eeg('Body', { samplesPerRecord: 1 }),
    ]
    const signal = readEdf(writeEdf({ signals, records: 3 }))
    expect(signal.channels.map(({ name }) => name)).toEqual(['C3'])
    expect(signal.notes[0]).toBe('signals that are no EEG were left out: ECG, Pressure, Body')
  })

  test('that was never closed (-1 records) is read as far as it goes', () => {
    const file = writeEdf({ ...GOOD, fields: { records: '-1' } })
    expect(readEdf(file).channels[0]?.samplesUv).toHaveLength(384)
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
    ['with gaps', { ...GOOD, reserved: 'EDF+D' }, 'is discontinuous (EDF+D)'],
    ['with no signals', { ...GOOD, fields: { signals: '0' } }, 'its header says 0 signals'],
    [
      'with a signal count that is text',
      { ...GOOD, fields: { signals: 'two' } },
      'the number of signals is "two", not a number',
    ],
    [
      'with a wrong header size',
      { ...GOOD, fields: { headerBytes: '512' } },
      'its header says 512 header bytes, 3 signals take 1024',
    ],
    ['without a duration', { ...GOOD, fields: { recordS: '0' } }, 'its records last 0 s'],
    [
      'with more records than bytes',
      { ...GOOD, fields: { records: '60' } },
      'it is cut off: the header promises 60 records of 552 bytes, 3 are there',
    ],
    ['with no record', { ...GOOD, records: 0 }, 'it holds no data record'],
    ['with an empty digital range', one({ digital: [5, 5] }), 'the ranges of "O1" make no sense'],
    ['with an empty physical range', one({ physical: [1, 1] }), 'the ranges of "O1" make no sense'],
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
      one({ samplesPerRecord: 4096 }),
      'has a sampling rate of 4096 Hz, the limit is 2048',
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
          const lengths = new Set(result.channels.map(({ samplesUv }) => samplesUv.length))
          expect(lengths.size).toBe(1)
          for (const { samplesUv } of result.channels) {
            expect(samplesUv.every(Number.isFinite)).toBe(true)
          }
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
