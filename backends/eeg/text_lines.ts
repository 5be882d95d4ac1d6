/** Lines of a text file in any encoding, with any line end. */
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { FILE_BYTES_MAX } from './signal.ts'

export interface TextLine {
  line: string
  number: number
}

/** UTF-8, UTF-16 with or without byte order mark, otherwise Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.byteLength > FILE_BYTES_MAX) {
    throw new ProtocolError(
      'too_large',
      message('eeg.file_size', {
        file: message('eeg.text_file'),
        bytes: bytes.byteLength,
        max: FILE_BYTES_MAX,
      }),
    )
  }
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes)
  if (text.includes('\0')) {
    throw new ProtocolError('invalid_request', message('eeg.zero_bytes'))
  }
  return text
}

const SNIFFED_BYTES = 512
const ZEROS_MIN = 4

function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  // ASCII characters in UTF-16 have a zero in every second byte.
  const start = bytes.subarray(0, SNIFFED_BYTES)
  const zeros = [0, 0]
  start.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] as number) + 1
  })
  const [even, odd] = zeros as [number, number]
  const many = Math.max(ZEROS_MIN, start.length / 4)
  if (odd >= many && even === 0) return 'utf-16le'
  if (even >= many && odd === 0) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}

/** Non-blank lines, split at any mixture of LF, CR LF and CR. */
export function* textLines(text: string): Generator<TextLine> {
  let number = 1
  for (const { start, end } of spans(text)) {
    const line = text.slice(start, end).replace(/[\s]+$/, (blank) => blank.replace(/[^\t]/g, ''))
    if (line.trim() !== '') yield { line, number }
    number++
  }
}

export function countLines(text: string): number {
  let lines = 0
  for (const _ of spans(text)) lines++
  return lines
}

function* spans(text: string): Generator<{ start: number; end: number }> {
  let feed = text.indexOf('\n')
  let carriage = text.indexOf('\r')
  let start = 0
  while (start < text.length) {
    if (feed !== -1 && feed < start) feed = text.indexOf('\n', start)
    if (carriage !== -1 && carriage < start) carriage = text.indexOf('\r', start)
    const ends = [feed, carriage].filter((at) => at !== -1)
    const end = ends.length === 0 ? text.length : Math.min(...ends)
    yield { start, end }
    start = end + (end === carriage && feed === end + 1 ? 2 : 1)
  }
}
