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
      'the EEG file is empty (0 bytes); send CSV, TXT or EDF',
    )
  })

  test.each([
    ['\xffBIOSEMI', 'a BDF file (24 bit)'],
    ['PK\x03\x04', 'a ZIP archive or Excel file'],
    ['\x89HDF\r\n', 'an HDF5 or MATLAB 7.3 file'],
    ['MATLAB 5.0 MAT-file', 'a MATLAB file'],
    ['Brain Vision Data Exchange', 'a BrainVision header'],
    ['\x1f\x8b\x08', 'a gzip archive'],
    ['\x89PNG\r\n', 'a PNG image'],
  ])('of another kind is named: %j', (start, name) => {
    expect(refusalOf(() => readFile(latin1(start))).message).toContain(
      `the EEG file is ${name}, which is not read here; export it as EDF, or as CSV`,
    )
  })
})
