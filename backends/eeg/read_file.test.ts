import { describe, expect, test } from 'vitest'
import { readFile } from './read_file.ts'
import { refusalOf } from './testing/refusals.ts'

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

describe('a file', () => {
  test('that is text is read as text', () => {
    expect(readFile(latin1('1,2\n3,4\n'), { samplingRate: 128 })).toMatchObject({
      samplingRateHz: 128,
      channels: [{ name: 'Fp1' }, { name: 'Fp2' }],
    })
  })

  test('that is empty is refused', () => {
    expect(refusalOf(() => readFile(new Uint8Array())).message).toBe(
      'the EEG file is empty (0 bytes); send EDF, BDF, CSV or TXT',
    )
  })

  test.each([
    ['GDF 2.20', 'a GDF file, which is not supported; convert it to EDF, such as with mne'],
    [
      'Brain Vision Data Exchange',
      'a BrainVision header, which is not supported; convert it to EDF',
    ],
    ['\0\0\0\x64\0\0\0\x1f', 'a FIF file, which is not supported; convert it to EDF'],
    ['PK\x03\x04', 'a ZIP archive or Excel file'],
    ['\x89HDF\r\n', 'an HDF5 or MATLAB 7.3 file'],
    ['MATLAB 5.0 MAT-file', 'a MATLAB file'],
    ['\x1f\x8b\x08', 'a gzip archive'],
    ['\x89PNG\r\n', 'a PNG image'],
  ])('of another kind is named: %j', (start, sentence) => {
    expect(refusalOf(() => readFile(latin1(start))).message).toContain(
      `the EEG file is ${sentence}`,
    )
  })

  test('of numbers that begins as an EDF file does is read as text', () => {
    expect(readFile(latin1('0       1\n2       3\n')).channels).toHaveLength(2)
  })
})
