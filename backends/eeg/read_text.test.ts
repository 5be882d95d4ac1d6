import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLabelledText, readText } from './read_text.ts'
import type { ReadOptions } from './read_options.ts'
import { refusalOf, resultOrRefusal } from './testing/refusals.ts'
import { hasSample, readSample } from './testing/samples.ts'
import { samplesOf } from './testing/signals.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string, options: ReadOptions = {}) => readText(bytesOf(text), options)
const columns = (text: string, options: ReadOptions = {}) =>
  read(text, options).channels.map(({ readUv, samples }) => [...readUv(0, samples)])
const codes = (text: string, options: ReadOptions = {}) =>
  read(text, options).warnings.map(({ code }) => code)

describe('two columns are read', () => {
  test.each([
    ['parted by commas', '1.5,-2\n3,4e1\n'],
    ['parted by semicolons', '1.5;-2\n3;40'],
    ['parted by tabs', '1.5\t-2\n3\t40\n'],
    ['parted by blanks', '  1.5   -2\n3 40  \n\n'],
    ['with decimal commas', '1,5;-2,0\n3;40,0\n'],
    ['with decimal commas in quotes', '"1,5","-2,0"\n"3","40,0"\n'],
    ['with lines of Windows', '1.5,-2\r\n3,40\r\n'],
    ['with lines of old Macs', '1.5,-2\r3,40\r'],
    ['with a delimiter at the end of each line', '1.5,-2,\n3,40,\n'],
    ['in quotes', '"1.5","-2"\n"3","40"\n'],
    ['with lines of all kinds', 'Fp1,Fp2\r\n1.5,-2\r3,40\n'],
    ['with blank lines', 'Fp1,Fp2\r\r\n1.5,-2\n\n3,40\n'],
    ['after comments', '%OpenBCI Raw EXG Data\n# a comment\n1.5,-2\n3,40\n'],
    ['after a byte order mark', '\ufeff1.5,-2\n3,40\n'],
    ['under a header', 'Fp1,Fp2\n1.5,-2\n3,40\n'],
    ['under a header in a comment', '# Fp1,Fp2\n1.5,-2\n3,40\n'],
    ['under a header of numbers', ',0,1\n0,1.5,-2\n1,3.0,40\n'],
    ['under a header without the column of row names', 'Fp1\tFp2\n1\t1.5\t-2\n2\t3\t40\n'],
    ['under a separator line of Excel', 'sep=;\nFp1;Fp2\n1,5;-2\n3;40\n'],
    ['above a line of units', 'time,Fp1,Fp2\ns,uV,uV\n0,1.5,-2\n0.004,3,40\n'],
    ['below lines about the file', 'Subject,5\nSample Rate,128\nFp1,Fp2\n1.5,-2\n3,40\n'],
    ['between bars', 'Fp1|Fp2\n1.5|-2\n3|40\n'],
    [
      'in single quotes',
      "'Time','Fp1','Fp2'\n'hh:mm:ss.mmm','uV','uV'\n'0:00.000',1.5,-2\n'0:00.004',3,40\n",
    ],
    ['above text behind the samples', 'Fp1,Fp2\n1.5,-2\n3,40\nRecorded by,Ann\n'],
    [
      'above text in the column of time',
      'time,Fp1,Fp2\n0,1.5,-2\n0.004,3,40\nGain,24,1\nEnd of recording\n',
    ],
    ['under a header in a comment, above another comment', '# Fp1,Fp2\n1.5,-2\n3,40\n# a,b\n'],
    ['with the minus sign of print', 'Fp1,Fp2\n1.5,\u22122\n3,40\n'],
    ['without the cells of an empty last column', 'Fp1,Fp2,marker\n1.5,-2\n3,40\n'],
    ['with an empty last column', 'Fp1,Fp2,marker\n1.5,-2,\n3,40,\n'],
    ['with a column of notes that hold the delimiter', 'Fp1,Fp2,note\n1.5,-2,"a, b"\n3,40,\n'],
    ['between lines of events', 'Fp1,Fp2,Elements\n1.5,-2,\n,,/muse/elements/blink\n3,40,\n'],
    ['before a cut last line', 'Fp1,Fp2\n1.5,-2\n3,40\n7'],
    ['before a last line cut within a number', 'Fp1,Fp2\n1.5,-2\n3,40\n7,-'],
    [
      'beside columns that are not EEG',
      'Sample Index,FP1,class,FP2,ECG\n0,1.5,1,-2,x\n1,3,0,40,y\n',
    ],
  ])('%s', (_, text) => {
    expect(columns(text)).toEqual([
      [1.5, 3],
      [-2, 40],
    ])
    expect(read(text).channels).toHaveLength(2)
  })

  test('in UTF-16', () => {
    for (const mark of ['\ufeff', '']) {
      const utf16 = new Uint8Array(Buffer.from(`${mark}1.5\t-2\r\n2.5\t-3\r\n`, 'utf16le'))
      expect([...samplesOf(readText(utf16), 1)]).toEqual([-2, -3])
      expect([...samplesOf(readText(utf16.slice().map((_, at) => utf16[at ^ 1] ?? 0)), 1)]).toEqual(
        [-2, -3],
      )
    }
  })
})

const RATE_HZ = 160
/** A hundred samples below a time column; `time` returns each cell. */
const timed = (time: (at: number) => string, header = 'Time,Fp1 (uV)') =>
  [header, ...Array.from({ length: 100 }, (_, at) => `${time(at)},${at % 7}`)].join('\n')
/** ISO 8601 at midday. */
const iso = (ms: number) => new Date(Date.UTC(2024, 4, 1, 10) + ms).toISOString()
const stepMs = 1000 / RATE_HZ

describe('the sampling rate comes from a clock', () => {
  test.each<[string, string]>([
    ['in seconds', timed((at) => (at / RATE_HZ).toFixed(5))],
    ['in milliseconds', timed((at) => String(at * stepMs))],
    ['in microseconds', timed((at) => String(at * stepMs * 1e3))],
    ['in nanoseconds', timed((at) => String(at * stepMs * 1e6))],
    ['in seconds since 1970', timed((at) => (1.7e9 + at / RATE_HZ).toFixed(6))],
    ['in milliseconds since 1970', timed((at) => (1.7e12 + at * stepMs).toFixed(2))],
    ['in microseconds since 1970', timed((at) => String(1.7e15 + at * stepMs * 1e3))],
    [
      'in nanoseconds since 1970',
      timed(
        (at) =>
          `17${'0'.repeat(9)}${String(at * 6_250_000)
            .padStart(9, '0')
            .slice(-9)}`,
      ),
    ],
    ['rounded to milliseconds', timed((at) => (at / RATE_HZ).toFixed(3))],
    ['in ISO 8601', timed((at) => iso(at * stepMs))],
    [
      'in ISO 8601 with microseconds and an offset',
      timed((at) => iso(at * stepMs).replace('Z', '000+02:00')),
    ],
    [
      'as date and time',
      timed((at) =>
        iso(at * stepMs)
          .replace('T', ' ')
          .replace('Z', ''),
      ),
    ],
    ['as date and time of Europe', timed((at) => `01.05.2024 ${iso(at * stepMs).slice(11, 23)}`)],
    ['as date and time of America', timed((at) => `5/1/2024 ${iso(at * stepMs).slice(11, 23)} PM`)],
    ['as time of day', timed((at) => iso(at * stepMs).slice(11, 23))],
    [
      'as minutes and seconds',
      timed((at) => `01:${(at / RATE_HZ + 4).toFixed(4).padStart(7, '0')}`),
    ],
    ['over midnight', timed((at) => iso(at * stepMs + 14 * 3600_000 - 200).slice(11, 23))],
    ['in packets', timed((at) => ((Math.floor(at / 10) * 10) / RATE_HZ).toFixed(5))],
    ['that has jitter', timed((at) => (at / RATE_HZ + (at % 3) * 1e-4).toFixed(5))],
    ['in an index without a name', timed((at) => (at / RATE_HZ).toFixed(5), ',Fp1 (uV)')],
    ['in an index of dates', timed((at) => iso(at * stepMs), 'Unnamed: 0,Fp1 (uV)')],
    ['of milliseconds by its name', timed((at) => String(at * stepMs), 'timestamp_ms,Fp1 (uV)')],
    [
      'of minutes by its name',
      timed((at) => (at / RATE_HZ / 60).toFixed(9), 'Time (min),Fp1 (uV)'),
    ],
    [
      'of minutes by its name alone',
      timed((at) => (at / RATE_HZ / 60).toFixed(9), 'minutes,Fp1 (uV)'),
    ],
    ['called min', timed((at) => (at / RATE_HZ / 60).toFixed(9), 'min,Fp1 (uV)')],
    ['of hours by its name', timed((at) => (at / RATE_HZ / 3600).toFixed(11), 'time_h,Fp1 (uV)')],
    [
      'of hours by its camel case',
      timed((at) => (at / RATE_HZ / 3600).toFixed(11), 'elapsedHours,Fp1 (uV)'),
    ],
    [
      'of minutes in Chinese',
      timed((at) => (at / RATE_HZ / 60).toFixed(9), '时间（分钟）,Fp1 (uV)'),
    ],
    [
      'of days by its name',
      timed((at) => (at / RATE_HZ / 86_400).toFixed(13), 'Time (days),Fp1 (uV)'),
    ],
    ['in days of a spreadsheet', timed((at) => (45_292.5 + at / RATE_HZ / 86_400).toFixed(11))],
    [
      'in days of MATLAB',
      timed((at) => (738_000.5 + at / RATE_HZ / 86_400).toFixed(11), 'datenum time,Fp1 (uV)'),
    ],
    ['with the unit in its name', timed((at) => String(at * stepMs), 'Time [ms],Fp1 (uV)')],
  ])('%s', (_, text) => {
    expect(read(text)).toMatchObject({
      samplingRateHz: RATE_HZ,
      origin: { sampling_rate_from: 'clock' },
    })
    expect(codes(text)).toEqual([])
  })

  test('behind the values it stands for, under decimal commas', () => {
    const rows = Array.from({ length: 50 }, (_, at) => `${at % 7};${(at / 250).toFixed(3)}`)
    const text = ['Fp1;Time', ...rows].join('\n').replaceAll('.', ',')
    expect(read(text).samplingRateHz).toBe(250)
  })

  test('that counts by one in milliseconds: 1000 Hz only where the header gives the unit', () => {
    expect(read(timed(String, 'Time (ms),Fp1 (uV)')).samplingRateHz).toBe(1000)
    expect(codes(timed(String))).toEqual(['sampling_rate_assumed'])
    expect(read(timed(String)).warnings[0]?.message).toContain('its time column counts by 1')
  })

  test('with gaps: they do not count, and are named', () => {
    const text = timed((at) => (at / RATE_HZ + (at < 40 ? 0 : 12)).toFixed(5))
    expect(read(text).samplingRateHz).toBe(RATE_HZ)
    expect(codes(text)).toEqual(['recording_gap'])
    expect(read(text).warnings[0]?.message).toContain('by 12 s before sample 41')
    // Epochs with their own time.
    expect(codes(timed((at) => ((at % 50) / RATE_HZ).toFixed(5)))).toEqual(['recording_gap'])
  })

  test('that cannot be understood: never without a warning', () => {
    for (const time of [() => 'x', () => '5', (at: number) => String((at * 7919) % 100)]) {
      expect(codes(timed(time))).toEqual(['sampling_rate_assumed', 'clock_unusable'])
    }
    expect(
      codes(
        timed(() => 'x'),
        { samplingRate: 128 },
      ),
    ).toEqual(['clock_unusable'])
  })

  test('that is far too slow: refused, unless a rate is given', () => {
    const slow = timed((at) => iso(at * 1000))
    expect(refusalOf(() => read(slow)).message).toContain(
      'its time stamps are 1 s apart on average, which is 1 Hz; 32 to 20000 Hz are supported',
    )
    expect(codes(slow, { samplingRate: 256 })).toEqual(['clock_unusable'])
  })
})

describe('the sampling rate is stated', () => {
  test.each([
    '%Sample Rate = 125 Hz',
    '# fs: 125',
    '# Fs=125Hz',
    'Sample Rate: 125',
    '# sampling rate 125',
    '// Sampling frequency [Hz] = 125',
    '# {"sfreq": 125.0}',
    'SampleRate,125',
    'sampling rate:eeg_125',
    '# srate = 125,0',
    '# Sampled at 125 Hz',
    '# SamplingInterval=8000',
    '# Sampling interval: 8 ms',
    '# Sample rate: 0.125 kHz',
    '# Sampling rate [kHz]: 0.125',
    '# Fs=1.25e2',
    '# f_s = 125',
    '# sampled @ 125 Hz',
    '# Samples per second: 125',
    '# Acquisition rate: 125 Hz',
    '# Abtastrate: 125 Hz',
    '采样率：125 Hz',
    '# Sampling interval: 0.008',
    '# dt = 0.008',
  ])('by %s', (line) => {
    const text = `${line}\nFp1 (uV),Fp2 (uV)\n1.5,2\n3,4\n`
    expect(read(text)).toMatchObject({
      samplingRateHz: 125,
      origin: { sampling_rate_from: 'file' },
      channels: [{ name: 'Fp1' }, { name: 'Fp2' }],
    })
    expect(codes(text)).toEqual([])
  })

  test.each([
    '# Notch frequency: 50 Hz',
    '# heart rate: 70',
    '# offset: 3',
    '# baud rate = 115200',
  ])('not by %s', (line) => {
    expect(codes(`${line}\nFp1 (uV)\n1.5\n3\n`)).toEqual(['sampling_rate_assumed'])
  })

  test.each([
    '# Sample Rate: 125 Hz',
    'Sample Rate,125',
    'Sampling frequency = 125 Hz',
    '"Sampling rate: 125 Hz",""',
    '[Info]\nfs=125\nsubject=5',
    '-- sampling rate: 125 Hz --',
    '# end\n# fs 125',
  ])('behind the samples by %j', (footer) => {
    for (const samples of [3, 500]) {
      const rows = Array.from({ length: samples }, (_, at) => `${at},${at % 7},${at % 5}`)
      for (const [header, values] of [
        ['index,Fp1 (uV),Fp2 (uV)', rows],
        ['Fp1 (uV),Fp2 (uV)', rows.map((row) => row.replace(/^\d+,/, ''))],
      ] as const) {
        const signal = read([header, ...values, footer, ''].join('\n'))
        expect(signal).toMatchObject({
          samplingRateHz: 125,
          origin: { sampling_rate_from: 'file' },
          warnings: [],
        })
        expect(samplesOf(signal)).toHaveLength(samples)
      }
    }
  })

  test('by the name of the time column of OpenViBE', () => {
    expect(read('Time:512Hz,Epoch,Fp1\n0,0,1\n0.001953,0,2\n').samplingRateHz).toBe(512)
  })

  test('and wins over a clock; the request wins over both; each contradiction is a warning', () => {
    const text = `# fs: 500\n${timed((at) => (at / RATE_HZ).toFixed(5))}`
    expect(read(text).samplingRateHz).toBe(500)
    expect(read(text).warnings).toEqual([
      {
        code: 'sampling_rate_conflict',
        message:
          'The file states 500 Hz, but its time stamps imply 160 Hz. 500 Hz was used; all times and bands depend on it.',
        field: 'data.sampling_rate',
        values: { case: 'file_clock', used: 500, other: 160 },
      },
    ])
    expect(read(text, { samplingRate: 128 })).toMatchObject({
      samplingRateHz: 128,
      origin: { sampling_rate_from: 'request' },
    })
    expect(codes(text, { samplingRate: 128 })).toEqual(['sampling_rate_conflict'])
    expect(codes(text, { samplingRate: 500 })).toEqual(['sampling_rate_conflict'])
    expect(codes(`# fs: 161\n${timed((at) => (at / RATE_HZ).toFixed(5))}`)).toEqual([])
  })
})

describe('the unit', () => {
  test.each([
    ['in brackets', 'Fp1 [mV],Fp2 [mV]\n1,2\n3,4\n', 'mV', 1000],
    ['in parentheses', 'Fp1 (V),Fp2 (V)\n1,2\n3,4\n', 'V', 1e6],
    ['behind the name', 'Fp1_nV,Fp2_nV\n1,2\n3,4\n', 'nV', 1e-3],
    ['in a line of units', 'Fp1,Fp2\nmV,mV\n1,2\n3,4\n', 'mV', 1000],
    ['in a line of units in brackets', 'Fp1,Fp2,ECG\n[mV],[mV],[%]\n1,2,0\n3,4,0\n', 'mV', 1000],
    ['behind a hyphen', 'Fp1-mV,Fp2-mV\n1,2\n3,4\n', 'mV', 1000],
    ['as a power of ten', 'Fp1 (10^-3 V),Fp2 (1e-3 V)\n1,2\n3,4\n', 'mV', 1000],
    ['in a comment', '# Units: mV\nFp1,Fp2\n1,2\n3,4\n', 'mV', 1000],
    ['in a sentence', '# amplitude in volts\nFp1,Fp2\n1,2\n3,4\n', 'V', 1e6],
    ['above the header', 'Unit,mV\nFp1,Fp2\n1,2\n3,4\n', 'mV', 1000],
    ['behind the samples', 'Fp1,Fp2\n1,2\n3,4\nUnits: mV\n', 'mV', 1000],
    ['in Chinese', '单位：毫伏\nFp1,Fp2\n1,2\n3,4\n', 'mV', 1000],
    ['with a Greek letter', 'Fp1 (\u03bcV),Fp2 (\u00b5V)\n1,2\n3,4\n', 'uV', 1],
  ])('%s scales the values', (_, text, unit, factor) => {
    const signal = read(text, { samplingRate: 250 })
    expect([...samplesOf(signal)]).toEqual([factor, 3 * factor])
    expect(signal.channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect(signal.origin).toMatchObject({ unit, unit_from: 'file' })
    expect(signal.warnings).toEqual([])
  })

  test('in Windows-1252 and code page 437 is read', () => {
    for (const micro of [0xb5, 0xe6]) {
      const bytes = new Uint8Array(Buffer.from('Fp1 (?V)\n1\n2\n', 'latin1'))
      bytes[5] = micro
      expect(readText(bytes).origin).toMatchObject({ unit: 'uV', unit_from: 'file' })
    }
  })

  test('is that of the request where it is given, and assumed with a warning where there is none', () => {
    expect(columns('Fp1\n1\n2', { unit: 'mV' })).toEqual([[1000, 2000]])
    expect(codes('Fp1\n1\n2', { unit: 'mV', samplingRate: 250 })).toEqual([])
    expect(codes('Fp1\n1\n2', { samplingRate: 250 })).toEqual(['unit_assumed'])
    expect(codes('Fp1 (V)\n1\n2', { unit: 'mV', samplingRate: 250 })).toEqual(['unit_conflict'])
    expect(codes('%OpenBCI Raw EXG Data\nFp1\n1\n2', { samplingRate: 250 })).toEqual([])
  })
})

test('thousands may be grouped where both signs are in the number', () => {
  expect(columns('Fp1;Fp2\n1.234,5;-2.000,25\n4.200,0;1\n')).toEqual([
    [1234.5, 4200],
    [-2000.25, 1],
  ])
  expect(columns('Fp1;Fp2\n1,234.5;1\n4;2\n')[0]).toEqual([1234.5, 4])
})

describe('missing values', () => {
  test.each(['NaN', '', 'null', 'n/a', 'inf'])('%j is a gap in the samples', (cell) => {
    const text = `Fp1,Fp2\n1,2\n${cell},4\n5,6\n`
    expect(columns(text)[0]).toEqual([1, NaN, 5])
    expect(codes(text, { samplingRate: 250, unit: 'uV' })).toEqual(['samples_missing'])
  })
})

describe('a file without a header', () => {
  const board = (columns: number, exg: number, clock: number) =>
    Array.from({ length: 300 }, (_, row) =>
      Array.from({ length: columns }, (_, at) => {
        if (at === 0) return String(row % 256)
        if (at === clock) return (1_671_576_040 + row / 200).toFixed(6)
        return ((((row + 1) * (at + 3) * 7919) % 97) / (at <= exg ? 1 : 50)).toFixed(4)
      }).join('\t'),
    ).join('\n')

  test.each([
    ['a Cyton', 24, 8, 22],
    ['a Cyton with Daisy', 32, 16, 30],
    ['a Ganglion', 15, 4, 13],
    ['a Muse', 8, 4, 6],
  ])('of BrainFlow with %s has its EXG channels and its rate', (_, columns, exg, clock) => {
    const signal = read(board(columns, exg, clock))
    expect(signal.channels).toHaveLength(exg)
    expect(signal.channels[0]).toMatchObject({ name: 'EXG Channel 0' })
    expect(signal).toMatchObject({ samplingRateHz: 200, origin: { channels_from: 'format' } })
    expect(signal.warnings.map(({ code }) => code)).toEqual(['channels_unnamed'])
  })

  test('of an unknown board is refused', () => {
    expect(refusalOf(() => read(board(19, 8, 17))).message).toContain(
      'the text file has no header, and its 19 columns begin with a counter and end with a clock; which of them are EEG is not known; add a header line',
    )
  })

  test('that begins with a column of time has its rate', () => {
    const rows = Array.from({ length: 100 }, (_, at) => `${at / 200} ${(at * 7919) % 97} 3.5`)
    const signal = read(rows.join('\n'))
    expect(signal.samplingRateHz).toBe(200)
    expect(signal.channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect(signal.origin.left_out).toEqual([{ label: 'column 1', reason: 'time' }])
  })
})

test('the class column is given to training and left out of the signal', () => {
  const { signal, classes } = readLabelledText(bytesOf('O1,eyeDetection\n5,0\n6,1\n'))
  expect(signal.channels.map(({ name }) => name)).toEqual(['O1'])
  expect(signal.origin.left_out).toEqual([{ label: 'eyeDetection', reason: 'class or state' }])
  expect(classes && [...classes]).toEqual([0, 1])
  expect(readLabelledText(bytesOf('1,2\n')).classes).toBeNull()
})

test('only a few of many time columns take memory, however many lines are blank', () => {
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
    ['with a short line', '1,2\n\n3\n4,5\n', {}, 'line 3 has 1 value, not 2 as the lines before'],
    ['with a long line', '1 2\n3 4 5\n6 7\n', {}, 'line 2 has 3 values, not 2'],
    [
      'with text among the samples',
      'Fp1,Fp2\n1,2\nGain,24\n3,4\n',
      {},
      'line 3, column 1 (Fp1) is "Gain"',
    ],
    [
      'with more text behind the samples than a footer has',
      `Fp1\n1\n${'Gain\n'.repeat(50)}`,
      {},
      'line 3, column 1 (Fp1) is "Gain"',
    ],
    ['with hexadecimal numbers', '1,2\n0x10,2\n3,4\n', {}, 'column 1 (Fp1) is "0x10"'],
    ['with words', '1,2\nfoo,2\n3,4\n', {}, 'line 2, column 1 (Fp1) is "foo"'],
    [
      'without an EEG column',
      'time,class\n1,2\n',
      {},
      'the header names no EEG channel (time, class)',
    ],
    ['with zero bytes', 'a\0b', {}, 'holds zero bytes, so it is not text'],
    ['with a wrong rate', '1,2', { samplingRate: 0 }, 'sampling_rate is 0'],
    [
      'with wrong names',
      '1,2',
      { channelNames: ['a'] },
      'channel_names holds 1 names, the signal has 2 channels',
    ],
  ])('%s', (_, text, options, sentence) => {
    const error = refusalOf(() => read(text, options))
    expect(error.code).toBe('invalid_request')
    expect(error.message).toContain(sentence)
  })

  test('with too many columns or channels', () => {
    const wide = refusalOf(() => read(new Array(1100).fill('1').join(',')))
    expect(wide).toMatchObject({ code: 'too_large' })
    expect(wide.message).toContain('has 1100 columns, the limit is 1024')
    expect(refusalOf(() => read(new Array(600).fill('1').join(','))).message).toContain(
      'has 600 channels, the limit is 512',
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
        const header = (table[0] ?? []).map((_, at) => `Ch${at + 1}`)
        const text = [header, ...table].map((row) => row.map(String).join(delimiter)).join('\n')
        const found = columns(text)
        table.forEach((row, at) => {
          expect(row.map((_, column) => found[column]?.[at])).toEqual(
            // Text loses the sign of -0.
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
  expect(samplesOf(signal)).toHaveLength(14_980)
  expect(samplesOf(signal)[0]).toBe(4329.23)
  expect(classes?.reduce((sum, one) => sum + one, 0)).toBe(6723)
})
