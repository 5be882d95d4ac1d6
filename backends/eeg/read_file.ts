/** Reads a recording file: EDF, BDF or text, detected by content. */
import { ProtocolError } from '../../protocol/errors.ts'
import { isEdf } from './edf_header.ts'
import { readEdf } from './read_edf.ts'
import type { ReadOptions } from './read_options.ts'
import { readText } from './read_text.ts'
import type { EegSignal } from './signal.ts'

const CONVERTED = 'convert it to EDF, such as with EDFbrowser'
const EXPORTED_BY_MNE = 'convert it to EDF, such as with mne.export.export_raw in Python'
const OTHER_FORMATS: readonly { name: string; start: string; remedy: string }[] = [
  { name: 'a GDF file', start: 'GDF ', remedy: EXPORTED_BY_MNE },
  { name: 'a BrainVision header', start: 'Brain Vision', remedy: EXPORTED_BY_MNE },
  { name: 'a BrainVision header', start: 'BrainVision', remedy: EXPORTED_BY_MNE },
  { name: 'a BrainVision header', start: '\xef\xbb\xbfBrain', remedy: EXPORTED_BY_MNE },
  // A FIF file starts with the tag FIFF_FILE_ID (100) of type 31.
  { name: 'a FIF file', start: '\0\0\0\x64\0\0\0\x1f', remedy: EXPORTED_BY_MNE },
  { name: 'an XDF file', start: 'XDF:', remedy: EXPORTED_BY_MNE },
  { name: 'a Neuroscan CNT file', start: 'Version 3.0', remedy: CONVERTED },
  { name: 'a MATLAB file', start: 'MATLAB ', remedy: 'export it as CSV in microvolts' },
  {
    name: 'an HDF5 or MATLAB 7.3 file',
    start: '\x89HDF',
    remedy: 'export it as CSV in microvolts',
  },
  {
    name: 'a ZIP archive or Excel file',
    start: 'PK\x03\x04',
    remedy: 'unpack it, or save it as CSV',
  },
  { name: 'a gzip archive', start: '\x1f\x8b', remedy: 'unpack it' },
  { name: 'a PDF', start: '%PDF', remedy: 'send a recording as EDF or CSV' },
  { name: 'a PNG image', start: '\x89PNG', remedy: 'send a recording as EDF or CSV' },
  { name: 'a JPEG image', start: '\xff\xd8\xff', remedy: 'send a recording as EDF or CSV' },
]

/** Throws ProtocolError for unreadable files, naming known formats. */
export function readFile(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  if (bytes.byteLength === 0) {
    throw new ProtocolError(
      'invalid_request',
      'the EEG file is empty (0 bytes); send EDF, BDF, CSV or TXT',
    )
  }
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  if (isEdf(bytes)) return readEdf(bytes, options)
  const other = OTHER_FORMATS.find((format) => start.startsWith(format.start))
  if (other !== undefined) {
    throw new ProtocolError(
      'invalid_request',
      `the EEG file is ${other.name}, which is not supported; ${other.remedy}`,
    )
  }
  return readText(bytes, options)
}
