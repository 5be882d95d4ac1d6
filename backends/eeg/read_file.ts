/** Reads a recording file: EDF, BDF or text, detected by content. */
import { ProtocolError } from '../../protocol/errors.ts'
import { message, type PlainCode } from '../../protocol/messages.ts'
import { isEdf } from './edf_header.ts'
import { readEdf } from './read_edf.ts'
import type { ReadOptions } from './read_options.ts'
import { readText } from './read_text.ts'
import type { EegSignal } from './signal.ts'

const CONVERTED = 'eeg.fix_edfbrowser'
const EXPORTED_BY_MNE = 'eeg.fix_mne'
const OTHER_FORMATS: readonly { name: PlainCode; start: string; remedy: PlainCode }[] = [
  { name: 'eeg.kind_gdf', start: 'GDF ', remedy: EXPORTED_BY_MNE },
  { name: 'eeg.kind_brainvision', start: 'Brain Vision', remedy: EXPORTED_BY_MNE },
  { name: 'eeg.kind_brainvision', start: 'BrainVision', remedy: EXPORTED_BY_MNE },
  { name: 'eeg.kind_brainvision', start: '\xef\xbb\xbfBrain', remedy: EXPORTED_BY_MNE },
  // A FIF file starts with the tag FIFF_FILE_ID (100) of type 31.
  { name: 'eeg.kind_fif', start: '\0\0\0\x64\0\0\0\x1f', remedy: EXPORTED_BY_MNE },
  { name: 'eeg.kind_xdf', start: 'XDF:', remedy: EXPORTED_BY_MNE },
  { name: 'eeg.kind_cnt', start: 'Version 3.0', remedy: CONVERTED },
  { name: 'eeg.kind_matlab', start: 'MATLAB ', remedy: 'eeg.fix_csv' },
  {
    name: 'eeg.kind_hdf5',
    start: '\x89HDF',
    remedy: 'eeg.fix_csv',
  },
  {
    name: 'eeg.kind_zip',
    start: 'PK\x03\x04',
    remedy: 'eeg.fix_unpack_csv',
  },
  { name: 'eeg.kind_gzip', start: '\x1f\x8b', remedy: 'eeg.fix_unpack' },
  { name: 'eeg.kind_pdf', start: '%PDF', remedy: 'eeg.fix_send' },
  { name: 'eeg.kind_png', start: '\x89PNG', remedy: 'eeg.fix_send' },
  { name: 'eeg.kind_jpeg', start: '\xff\xd8\xff', remedy: 'eeg.fix_send' },
]

/** Throws ProtocolError for unreadable files, naming known formats. */
export function readFile(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  if (bytes.byteLength === 0) {
    throw new ProtocolError('invalid_request', message('eeg.empty_file'))
  }
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  if (isEdf(bytes)) return readEdf(bytes, options)
  const other = OTHER_FORMATS.find((format) => start.startsWith(format.start))
  if (other !== undefined) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.other_format', { name: message(other.name), remedy: message(other.remedy) }),
    )
  }
  return readText(bytes, options)
}
