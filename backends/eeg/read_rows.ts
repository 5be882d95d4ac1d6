/** `eeg_signal` as JSON rows, `[[ch1, ch2, ..], ..]`, in microvolts or the request's `unit`. */
import { shown } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message, quoted } from '../../protocol/messages.ts'
import { decideRate, decideUnits } from './decisions.ts'
import { namedByRequest, type ReadOptions } from './read_options.ts'
import {
  CHANNELS_MAX,
  isSampleUv,
  memoryChannel,
  requireSize,
  SAMPLING_RATE_HZ,
  tooManyChannels,
  VALUE_UV_MAX,
  type EegSignal,
} from './signal.ts'
import { defaultLabels, positionWarnings } from './text_columns.ts'
import { ANALYSIS_RATE_HZ, WINDOW_S } from './windows.ts'

export function readRows(rows: unknown, options: ReadOptions = {}): EegSignal {
  if (!Array.isArray(rows)) {
    throw new ProtocolError('invalid_request', message('eeg.rows_kind', { value: shown(rows) }))
  }
  const width = widthOf(rows)
  const labels = defaultLabels(width)
  const choice = namedByRequest(labels, options.channelNames)
  const channels = choice?.channels ?? labels.map((name, at) => ({ at, name }))
  if (channels.length === 0) {
    const left = choice?.leftOut.map(({ label }) => label).join(', ') ?? ''
    throw new ProtocolError('invalid_request', message('eeg.no_named', { left }))
  }
  const names = channels.map(({ name }) => name)
  const rate = decideRate({ given: options.samplingRate, stated: null, clock: null, names })
  const unit = decideUnits(
    names.map(() => null),
    options.unit,
    options.unit === undefined ? 'uV' : null,
  )
  const durationS = rows.length / rate.rateHz
  requireSize(quoted('eeg_signal'), {
    channels: channels.length,
    durationS,
    samplingRateHz: rate.rateHz,
    analysisRateHz: ANALYSIS_RATE_HZ,
  })
  const columns = labels.map(() => new Float64Array(rows.length))
  rows.forEach((row: unknown, at) => {
    if (!Array.isArray(row) || row.length !== width) throw wrongRow(row, at, width)
    for (let column = 0; column < width; column++) {
      const value: unknown = row[column]
      if (!isSampleUv(value)) throw wrongValue(value, at, column)
      ;(columns[column] as Float64Array)[at] = value
    }
  })
  return {
    channels: channels.map(({ at, name }, channel) => {
      const factor = unit.factors[channel] as number
      const samplesUv = (columns[at] as Float64Array).map((value) => value * factor)
      return memoryChannel(
        name,
        givenLabel(options.channelNames, at) ?? name,
        rate.rateHz,
        samplesUv,
      )
    }),
    samplingRateHz: rate.rateHz,
    durationS,
    origin: {
      channels_from: choice === null ? 'position' : 'request',
      ...rate.origin,
      ...unit.origin,
      left_out: choice?.leftOut ?? [],
    },
    warnings: [
      ...rate.warnings,
      ...unit.warnings,
      ...(choice === null ? positionWarnings(names) : choice.warnings),
    ],
    notes: [],
  }
}

function givenLabel(channelNames: unknown, at: number): string | null {
  const label: unknown = Array.isArray(channelNames) ? channelNames[at] : null
  return typeof label === 'string' ? label.trim() : null
}

/** Rows of the shortest window at the lowest rate. */
const ROWS_MIN = WINDOW_S * SAMPLING_RATE_HZ.min

const turned = (rows: number) => message('eeg.turned', { rows })

function widthOf(rows: readonly unknown[]): number {
  const first = rows[0]
  if (first === undefined) {
    throw new ProtocolError('invalid_request', message('eeg.no_rows'))
  }
  if (!Array.isArray(first) || first.length === 0) throw wrongRow(first, 0, null)
  // Transposed: a recording has more samples than channels, and no rate makes a window of so few rows.
  const isTurned = rows.length < Math.min(ROWS_MIN, first.length)
  if (first.length > CHANNELS_MAX || (isTurned && first.length >= ROWS_MIN)) {
    throw tooManyChannels(
      quoted('eeg_signal'),
      first.length,
      rows.length < first.length ? turned(rows.length) : undefined,
    )
  }
  return first.length
}

function wrongRow(row: unknown, at: number, width: number | null): ProtocolError {
  const found = Array.isArray(row)
    ? message('eeg.row_has', {
        count: row.length,
        wanted: width ?? message('eeg.one_or_more'),
      })
    : message('eeg.row_is', { value: shown(row) })
  const expected =
    width === null ? message('eeg.row_any') : message('eeg.row_numbers', { count: width })
  return new ProtocolError('invalid_request', message('eeg.row', { row: at + 1, found, expected }))
}

function wrongValue(value: unknown, at: number, column: number): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    message('eeg.row_value', {
      row: at + 1,
      value: shown(value),
      column: column + 1,
      max: VALUE_UV_MAX,
    }),
  )
}
