/** One recording as the bytes of a file: EDF or text by its content, never by its name. */
import { ProtocolError } from '../../protocol/errors.ts'
import { readEdf } from './read_edf.ts'
import type { ReadOptions } from './read_rows.ts'
import { readText } from './read_text.ts'
import type { EegSignal } from './signal.ts'

/** Files that people try, by their first bytes, and what to do instead. */
const OTHER_FORMATS: readonly { name: string; start: string }[] = [
  { name: 'a BDF file (24 bit)', start: '\xffBIOSEMI' },
  { name: 'a GDF file', start: 'GDF ' },
  { name: 'a BrainVision header', start: 'Brain Vision' },
  { name: 'a MATLAB file', start: 'MATLAB ' },
  { name: 'an HDF5 or MATLAB 7.3 file', start: '\x89HDF' },
  { name: 'a ZIP archive or Excel file', start: 'PK\x03\x04' },
  { name: 'a gzip archive', start: '\x1f\x8b' },
  { name: 'a PDF', start: '%PDF' },
  { name: 'a PNG image', start: '\x89PNG' },
  { name: 'a JPEG image', start: '\xff\xd8\xff' },
]

/** `options` are for text; an EDF file says its own rate and names. */
export function readFile(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  if (bytes.byteLength === 0) {
    throw new ProtocolError(
      'invalid_request',
      'the EEG file is empty (0 bytes); send CSV, TXT or EDF',
    )
  }
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  if (start.startsWith('0       ')) return readEdf(bytes)
  const other = OTHER_FORMATS.find((format) => start.startsWith(format.start))
  if (other !== undefined) {
    throw new ProtocolError(
      'invalid_request',
      `the EEG file is ${other.name}, which is not read here; export it as EDF, or as CSV in microvolts`,
    )
  }
  return readText(bytes, options)
}
