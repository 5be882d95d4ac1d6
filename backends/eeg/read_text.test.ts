import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLabelledText, readText } from './read_text.ts'
import type { ReadOptions } from './read_rows.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'
import { hasSample, readSample } from './testing/samples.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string, options: ReadOptions = {}) => readText(bytesOf(text), options)
const columns = (text: string) => read(text).channels.map(({ samplesUv }) => [...samplesUv])

describe('two columns are read', () => {
  test.each([
    ['parted by commas', '1.5,-2\n3,4e1\n'],
    ['parted by semicolons', '1.5;-2\n3;40'],
    ['parted by tabs', '1.5\t-2\n3\t40\n'],
    ['parted by blanks', '  1.5   -2\n3 40  \n\n'],
    ['with decimal commas', '1,5;-2,0\n3;40,0\n'],
    ['with lines of Windows', '1.5,-2\r\n3,40\r\n'],
    ['with lines of old Macs', '1.5,-2\r3,40\r'],
    ['with a delimiter at the end of each line', '1.5,-2,\n3,40,\n'],
    ['in quotes', '"1.5","-2"\n"3","40"\n'],
    ['after comments', '%OpenBCI Raw EXG Data\n# a comment\n1.5,-2\n3,40\n'],
    ['after a byte order mark', '\ufeff1.5,-2\n3,40\n'],
    ['under a header', 'Fp1,Fp2\n1.5,-2\n3,40\n'],
    [
      'beside columns that are no EEG',
      'Sample Index,FP1,class,FP2,ECG\n0,1.5,1,-2,x\n1,3,0,40,y\n',
    ],
  ])('%s', (_, text) => {
    expect(columns(text)).toEqual([
      [1.5, 3],
      [-2, 40],
    ])
    expect(read(text).channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
  })

  test('in UTF-16', () => {
    const utf16 = new Uint8Array(Buffer.from('\ufeff1.5\t-2\r\n', 'utf16le'))
    expect([...(readText(utf16).channels[1]?.samplesUv ?? [])]).toEqual([-2])
  })
})

describe('the sampling rate', () => {
  const timed = (stepS: number, unit = 1) =>
    ['time,Fp1', ...Array.from({ length: 100 }, (_, at) => `${at * stepS * unit},${at}`)].join('\n')

  test.each([
    ['is 250 Hz where nothing says another', 'Fp1\n1\n2', {}, 250],
    ['is the one that is given', timed(1 / 128), { samplingRate: 512 }, 512],
    ['comes from a time column in seconds', timed(1 / 128), {}, 128],
    ['comes from a time column in milliseconds', timed(1 / 256, 1000), {}, 256],
    ['is not taken from a time column that counts samples', timed(1), {}, 250],
  ])('%s', (_, text, options, rate) => {
    expect(read(text, options).samplingRateHz).toBe(rate)
  })

  test('is noted when it is assumed or comes from the time column', () => {
    expect(read('Fp1\n1').notes).toEqual(['sampling_rate was not given; 250 Hz is assumed'])
    expect(read(timed(1 / 128)).notes[0]).toBe(
      'sampling_rate was not given; the time column says 128 Hz',
    )
  })
})

test('the class column is given to training and left out of the signal', () => {
  const { signal, classes } = readLabelledText(bytesOf('O1,eyeDetection\n5,0\n6,1\n'))
  expect(signal.channels.map(({ name }) => name)).toEqual(['O1'])
  expect(signal.notes).toContain('columns that are no EEG were left out: eyeDetection')
  expect(classes && [...classes]).toEqual([0, 1])
  expect(readLabelledText(bytesOf('1,2\n')).classes).toBeNull()
})

test('only the first of many time columns takes memory, however many lines are blank', () => {
  const header = ['Fp1', ...new Array<string>(500).fill('time')].join(',')
  const row = new Array<string>(501).fill('1').join(',')
  const before = process.memoryUsage().arrayBuffers
  expect(read(`${header}\n${row}\n${'\n'.repeat(1_000_000)}`).channels).toHaveLength(1)
  // 500 columns of a million values would be 4 GB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6)
})

test('given names replace those of the header', () => {
  const signal = read('a,b\n1,2', { channelNames: ['C3', 'C4'] })
  expect(signal.channels.map(({ name }) => name)).toEqual(['C3', 'C4'])
})

describe('text is refused', () => {
  test.each<[string, string, ReadOptions, string]>([
    ['without a line', '', {}, 'has no line with numbers; send one line per sample'],
    ['with a header alone', 'Fp1,Fp2\n', {}, 'has no line with numbers'],
    ['with a short line', '1,2\n\n3\n', {}, 'line 3 has 1 value, not 2 as the first line'],
    ['with a long line', '1 2\n3 4 5\n', {}, 'line 2 has 3 values, not 2'],
    ['with NaN', 'Fp1,Fp2\n1,NaN\n', {}, 'line 2, column 2 (Fp2) is "NaN"; it must be a number'],
    ['with NaN in the first line', 'nan,2\n', {}, 'line 1, column 1 (Fp1) is "nan"'],
    ['with a gap', '1,2\n1,,\n', {}, 'line 2, column 2 (Fp2) is ""'],
    ['with hexadecimal numbers', '1,2\n0x10,2\n', {}, 'column 1 (Fp1) is "0x10"'],
    ['with words', '1,2\nfoo,2\n', {}, 'line 2, column 1 (Fp1) is "foo"'],
    [
      'without an EEG column',
      'time,class\n1,2\n',
      {},
      'the header names no EEG channel (time, class)',
    ],
    [
      'with one channel twice',
      'Fp1,FP1\n1,2\n',
      {},
      'the header holds "Fp1" and "FP1", which are the same',
    ],
    ['with zero bytes', 'a\0b', {}, 'holds zero bytes, so it is no text'],
    ['with a wrong rate', '1,2', { samplingRate: 0 }, 'sampling_rate is 0'],
    [
      'with wrong names',
      '1,2',
      { channelNames: ['a'] },
      'channel_names is an array of 1, the signal has 2',
    ],
  ])('%s', (_, text, options, sentence) => {
    const error = refusalOf(() => read(text, options))
    expect(error.code).toBe('invalid_request')
    expect(error.message).toContain(sentence)
  })

  test('with too many columns or channels', () => {
    const wide = refusalOf(() => read(new Array(600).fill('1').join(',')))
    expect(wide).toMatchObject({ code: 'too_large' })
    expect(wide.message).toContain('has 600 columns, the limit is 512')
    expect(refusalOf(() => read(new Array(200).fill('1').join(','))).message).toContain(
      'has 200 channels, the limit is 128',
    )
  })
})

describe('properties', () => {
  test('numbers survive being written and read', () => {
    const rows = fc.integer({ min: 1, max: 5 }).chain((width) =>
      fc.array(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
          minLength: width,
          maxLength: width,
        }),
        { minLength: 1, maxLength: 20 },
      ),
    )
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t', ' '), (table, delimiter) => {
        const text = table.map((row) => row.map(String).join(delimiter)).join('\n')
        const found = columns(text)
        table.forEach((row, at) => {
          expect(row.map((_, column) => found[column]?.[at])).toEqual(
            // A minus sign of zero is lost on the way through text.
            row.map((value) => value + 0),
          )
        })
      }),
      { numRuns: 200 },
    )
  })

  test('no bytes and no damage to a good file break the reader', () => {
    const good = bytesOf('time,Fp1,Fp2,class\n0,1.5,-2,0\n0.004,3,40,1\n0.008,3,40,1\n')
    const mutation = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(mutation, fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, Math.max(1, length))
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
        resultOrRefusal(() => readText(bytes))
      }),
      { numRuns: 1000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        resultOrRefusal(() => readText(bytes))
      }),
      { numRuns: 500 },
    )
  })
})

test.skipIf(!hasSample)('the real recording is read with its 14 channels and classes', () => {
  const { signal, classes } = readLabelledText(readSample(), { samplingRate: 128 })
  expect(signal.channels.map(({ name }) => name).join(' ')).toBe(
    'AF3 F7 F3 FC5 T7 P7 O1 O2 P8 T8 FC6 F4 F8 AF4',
  )
  expect(signal.channels[5]?.label).toBe('P')
  expect(signal.channels[0]?.samplesUv).toHaveLength(14_980)
  expect(signal.channels[0]?.samplesUv[0]).toBe(4329.23)
  expect(classes?.reduce((sum, one) => sum + one, 0)).toBe(6723)
})
