/** CSV and TXT recordings: comma, semicolon, tab or blanks between the values, in microvolts, with or without a header. */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { kindOfLabel, nameChannels, type LabelKind } from './montage.ts'
import {
  defaultLabels,
  noteOnRate,
  requireChannelNames,
  requireDistinct,
  type ReadOptions,
} from './read_rows.ts'
import {
  FILE_BYTES_MAX,
  isSampleUv,
  LABEL_LENGTH_MAX,
  requireSamplingRate,
  requireSize,
  SAMPLING_RATE_HZ,
  VALUES_MAX,
  VALUE_UV_MAX,
  type EegSignal,
} from './signal.ts'

export interface LabelledSignal {
  signal: EegSignal
  /** The first class column, such as `eyeDetection`; null when there is none. */
  classes: Float64Array | null
}

/** Columns of one line: as many as a recording may have channels, and some beside. */
const COLUMNS_MAX = 512

export function readText(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  return readLabelledText(bytes, options).signal
}

/** As `readText`, with the class column for training and evaluation. */
export function readLabelledText(bytes: Uint8Array, options: ReadOptions = {}): LabelledSignal {
  if (options.samplingRate !== undefined) requireSamplingRate(options.samplingRate)
  const table = readTable(decodeText(bytes), options)
  const timed = rateOfTime(table)
  const given = options.samplingRate ?? timed ?? undefined
  const samplingRateHz = requireSamplingRate(given)
  const channels = table.columns.filter(({ kind }) => kind === 'eeg')
  const names = nameChannels(channels.map(({ label }) => label))
  requireSize('the text file', { channels: channels.length, samples: table.rows, samplingRateHz })
  const skipped = table.columns.filter(({ kind }) => kind !== 'eeg').map(({ label }) => label)
  const notes = [...noteOnRate(given, samplingRateHz)]
  if (timed !== null && timed === given) {
    notes.push(`sampling_rate was not given; the time column says ${timed} Hz`)
  }
  if (skipped.length > 0) notes.push(`columns that are no EEG were left out: ${listed(skipped)}`)
  return {
    signal: {
      channels: channels.map(({ label, values }, at) => ({
        name: names[at] as string,
        label,
        samplesUv: values.slice(0, table.rows),
      })),
      samplingRateHz,
      notes,
    },
    classes:
      table.columns.find(({ kind }) => kind === 'class')?.values.slice(0, table.rows) ?? null,
  }
}

interface Column {
  label: string
  kind: LabelKind
  /** Room for every line of the file. Columns of other kinds than EEG may hold NaN, or nothing. */
  values: Float64Array
}

interface Table {
  columns: Column[]
  rows: number
}

type Delimiter = ',' | ';' | '\t' | ' '

function readTable(text: string, options: ReadOptions): Table {
  let delimiter: Delimiter | null = null
  let columns: Column[] | null = null
  let rows = 0
  for (const { line, number } of contentLines(text)) {
    if (delimiter === null || columns === null) {
      delimiter = delimiterOf(line)
      const first = cellsOf(line, delimiter)
      const isHeader = first.some(isWord)
      columns = makeColumns(first, isHeader, countLines(text), options)
      if (isHeader) continue
    }
    const cells = cellsOf(line, delimiter)
    if (cells.length !== columns.length) throw wrongCount(number, cells.length, columns.length)
    for (const [at, column] of columns.entries()) {
      if (rows >= column.values.length) {
        if (column.kind === 'eeg') throw tooManyValues(columns)
        continue
      }
      const value = numberOf(cells[at] as string, delimiter)
      if (column.kind === 'eeg' && !isSampleUv(value)) {
        throw wrongCell(number, at, column.label, cells[at] as string)
      }
      column.values[rows] = value
    }
    rows++
  }
  if (columns === null || rows === 0) {
    throw new ProtocolError(
      'invalid_request',
      'the text file has no line with numbers; send one line per sample, such as "12.5,-3.1"',
    )
  }
  return { columns, rows }
}

function makeColumns(
  first: readonly string[],
  isHeader: boolean,
  lines: number,
  options: ReadOptions,
): Column[] {
  if (first.length > COLUMNS_MAX) {
    throw new ProtocolError(
      'too_large',
      `the text file has ${first.length} columns, the limit is ${COLUMNS_MAX}; leave some out`,
    )
  }
  const kinds = isHeader ? first.map(kindOfLabel) : first.map((): LabelKind => 'eeg')
  const width = kinds.filter((kind) => kind === 'eeg').length
  if (width === 0) {
    throw new ProtocolError(
      'invalid_request',
      `the header names no EEG channel (${listed(first)}); name the columns after electrodes, such as "Fp1,Fp2"`,
    )
  }
  const given = requireChannelNames(options.channelNames, width)
  const unnamed = defaultLabels(width)
  const room = Math.min(lines, Math.floor(VALUES_MAX / width))
  let channel = 0
  const columns = first.map((cell, at): Column => {
    const kind = kinds[at] as LabelKind
    const spoken = isHeader ? cell.trim().slice(0, LABEL_LENGTH_MAX) : ''
    // Of time and classes the first column is read; what else is no EEG needs no room.
    const isRead = kind === 'eeg' || (kind !== 'other' && kinds.indexOf(kind) === at)
    const values = new Float64Array(isRead ? room : 0)
    if (kind !== 'eeg') return { label: spoken, kind, values }
    const label = given?.[channel] ?? (spoken || (unnamed[channel] ?? cell))
    channel++
    return { label, kind, values }
  })
  const labels = columns.filter(({ kind }) => kind === 'eeg').map(({ label }) => label)
  requireDistinct('the header', labels)
  return columns
}

/** Samples per second by the first and last value of a time column in seconds or milliseconds; null when it has none. */
function rateOfTime({ columns, rows }: Table): number | null {
  const time = columns.find(({ kind }) => kind === 'time')?.values
  if (time === undefined || rows < 2) return null
  const perUnit = (rows - 1) / ((time[rows - 1] as number) - (time[0] as number))
  // A column that counts up by one is a count of samples, whatever its name.
  if (perUnit === 1) return null
  // The two ranges do not meet: 32 to 2048 samples in a second are at most 2.05 in a millisecond.
  for (const rate of [perUnit, perUnit * 1000].map(Math.round)) {
    if (rate >= SAMPLING_RATE_HZ.min && rate <= SAMPLING_RATE_HZ.max) return rate
  }
  return null
}

function decodeText(bytes: Uint8Array): string {
  if (bytes.byteLength > FILE_BYTES_MAX) {
    throw new ProtocolError(
      'too_large',
      `the text file has ${bytes.byteLength} bytes, the limit is ${FILE_BYTES_MAX}; split the recording`,
    )
  }
  const [a, b] = bytes
  const encoding =
    a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  if (text.includes('\0')) {
    throw new ProtocolError(
      'invalid_request',
      'the file holds zero bytes, so it is no text; send CSV or TXT as UTF-8, or an EDF file',
    )
  }
  return text
}

/** Lines that hold values, with their numbers in the file. Blank lines and comments (`%`, `#`) are passed over. */
function* contentLines(text: string): Generator<{ line: string; number: number }> {
  const end = lineEnd(text)
  for (let from = 0, number = 1; from < text.length; number++) {
    const to = text.indexOf(end, from)
    const line = text.slice(from, to === -1 ? text.length : to).replace(/[\r ]+$/, '')
    from = to === -1 ? text.length : to + 1
    if (line.trim() !== '' && !/^\s*[%#]/.test(line)) yield { line, number }
  }
}

const lineEnd = (text: string) => (text.includes('\n') ? '\n' : '\r')

function countLines(text: string): number {
  const end = lineEnd(text)
  let lines = 1
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + 1)) lines++
  return lines
}

function delimiterOf(line: string): Delimiter {
  return ([';', '\t', ','] as const).find((one) => line.includes(one)) ?? ' '
}

function cellsOf(line: string, delimiter: Delimiter): string[] {
  if (delimiter === ' ') return line.trim().split(/\s+/).map(unquoted)
  // A delimiter behind the last value is how some recorders end every line.
  const cut = line.endsWith(delimiter) ? line.slice(0, -1) : line
  return cut.split(delimiter).map(unquoted)
}

function unquoted(cell: string): string {
  const bare = cell.trim()
  return bare.length >= 2 && bare.startsWith('"') && bare.endsWith('"')
    ? bare.slice(1, -1).trim()
    : bare
}

/** A cell that only a header can hold: it has a letter and is no number gone wrong. */
function isWord(cell: string): boolean {
  return /\p{L}/u.test(cell) && !/^[+-]?(nan|inf(inity)?|null|na|[\d.]+e[+-]?\d+)$/i.test(cell)
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** NaN when the cell is no plain number. */
function numberOf(cell: string, delimiter: Delimiter): number {
  // Where the comma does not part values, it is a decimal comma.
  const plain = delimiter === ',' ? cell : cell.replace(',', '.')
  return NUMBER.test(plain) ? Number(plain) : NaN
}

const NAMES_LISTED_MAX = 8

/** Names for a sentence; a header may be long. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_LISTED_MAX).map((name) => name.slice(0, 24) || '(no name)')
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

function wrongCount(line: number, found: number, expected: number): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    `line ${line} has ${found} ${found === 1 ? 'value' : 'values'}, not ${expected} as the first line; every line must hold one value per column`,
  )
}

function wrongCell(line: number, at: number, label: string, cell: string): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    `line ${line}, column ${at + 1} (${label}) is ${preview(cell)}; it must be a number of microvolts between -${VALUE_UV_MAX} and ${VALUE_UV_MAX}; fill gaps before sending`,
  )
}

function tooManyValues(columns: readonly Column[]): ProtocolError {
  const width = columns.filter(({ kind }) => kind === 'eeg').length
  return new ProtocolError(
    'too_large',
    `the text file has more than ${Math.floor(VALUES_MAX / width)} lines of ${width} channels, the limit is ${VALUES_MAX} values in all; split the recording`,
  )
}
