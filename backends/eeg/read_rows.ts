/** `eeg_signal` as rows of a JSON request, `[[ch1, ch2, ..], ..]` in microvolts. */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { electrodeOf, nameChannels } from './montage.ts'
import {
  isSampleUv,
  LABEL_LENGTH_MAX,
  requireSamplingRate,
  requireSize,
  VALUE_UV_MAX,
  type EegSignal,
} from './signal.ts'

export interface ReadOptions {
  /** Hz; undefined means that the client gave none. */
  samplingRate?: unknown
  /** One name per channel, as the client gave them. */
  channelNames?: unknown
}

export function readRows(rows: unknown, options: ReadOptions = {}): EegSignal {
  const samplingRateHz = requireSamplingRate(options.samplingRate)
  if (!Array.isArray(rows)) {
    throw new ProtocolError(
      'invalid_request',
      `eeg_signal is ${preview(rows)}; it must be a list of rows, such as [[12.5, -3.1], [13.0, -2.8]]`,
    )
  }
  const width = widthOf(rows)
  requireSize('eeg_signal', { channels: width, samples: rows.length, samplingRateHz })
  const labels = requireChannelNames(options.channelNames, width) ?? defaultLabels(width)
  const columns = labels.map(() => new Float64Array(rows.length))
  rows.forEach((row: unknown, at) => {
    if (!Array.isArray(row) || row.length !== width) throw wrongRow(row, at, width)
    for (let column = 0; column < width; column++) {
      const value: unknown = row[column]
      if (!isSampleUv(value)) throw wrongValue(value, at, column)
      ;(columns[column] as Float64Array)[at] = value
    }
  })
  const names = nameChannels(labels)
  return {
    channels: columns.map((samplesUv, at) => ({
      name: names[at] as string,
      label: labels[at] as string,
      samplesUv,
    })),
    samplingRateHz,
    notes: noteOnRate(options.samplingRate, samplingRateHz),
  }
}

/** The names that a client gave, checked against the number of channels; null when it gave none. */
export function requireChannelNames(value: unknown, width: number): string[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value) || value.length !== width) {
    throw new ProtocolError(
      'invalid_request',
      `channel_names is ${preview(value)}, the signal has ${width} channels; give a list of ${width} names, or leave it out`,
    )
  }
  const labels = value.map((label: unknown, at) => {
    if (typeof label === 'string' && label.trim() !== '' && label.length <= LABEL_LENGTH_MAX) {
      return label.trim()
    }
    throw new ProtocolError(
      'invalid_request',
      `channel_names[${at}] is ${preview(label)}; a name is a text of 1 to ${LABEL_LENGTH_MAX} characters, such as "Fp1"`,
    )
  })
  requireDistinct('channel_names', labels)
  return labels
}

/** Two channels of one name cannot be told apart in the reply. */
export function requireDistinct(what: string, labels: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const label of labels) {
    const name = electrodeOf(label) ?? label.trim()
    const first = seen.get(name)
    if (first !== undefined) {
      throw new ProtocolError(
        'invalid_request',
        `${what} holds ${preview(first)} and ${preview(label)}, which are the same channel; give every channel a name of its own`,
      )
    }
    seen.set(name, label)
  }
}

/** Two columns without names are the platform's headband: Fp1, Fp2. */
export function defaultLabels(width: number): string[] {
  if (width === 2) return ['Fp1', 'Fp2']
  return Array.from({ length: width }, (_, at) => `Ch${at + 1}`)
}

/** Says so when the rate is an assumption: every frequency in the reply depends on it. */
export function noteOnRate(given: unknown, samplingRateHz: number): string[] {
  if (given !== undefined && given !== null) return []
  return [`sampling_rate was not given; ${samplingRateHz} Hz is assumed`]
}

function widthOf(rows: readonly unknown[]): number {
  const first = rows[0]
  if (first === undefined) {
    throw new ProtocolError(
      'invalid_request',
      'eeg_signal is an empty list; send at least 2 s of samples',
    )
  }
  if (!Array.isArray(first) || first.length === 0) throw wrongRow(first, 0, null)
  return first.length
}

function wrongRow(row: unknown, at: number, width: number | null): ProtocolError {
  const expected = width === null ? 'a list with one number per channel' : `${width} numbers`
  const found = Array.isArray(row)
    ? `has ${row.length} ${row.length === 1 ? 'value' : 'values'}, not ${width ?? 'one or more'}`
    : `is ${preview(row)}`
  return new ProtocolError(
    'invalid_request',
    `row ${at + 1} of eeg_signal ${found}; every row must be ${expected}, in microvolts`,
  )
}

function wrongValue(value: unknown, at: number, column: number): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    `row ${at + 1} of eeg_signal holds ${preview(value)} as value ${column + 1}; it must be a number of microvolts between -${VALUE_UV_MAX} and ${VALUE_UV_MAX}; fill gaps before sending`,
  )
}
