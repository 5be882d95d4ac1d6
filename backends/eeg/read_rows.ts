/** `eeg_signal` as JSON rows, `[[ch1, ch2, ..], ..]`, in microvolts or the request's `unit`. */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
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
    throw new ProtocolError(
      'invalid_request',
      `eeg_signal is ${preview(rows)}; it must be a list of rows, such as [[12.5, -3.1], [13.0, -2.8]]`,
    )
  }
  const width = widthOf(rows)
  const labels = defaultLabels(width)
  const choice = namedByRequest(labels, options.channelNames)
  const channels = choice?.channels ?? labels.map((name, at) => ({ at, name }))
  if (channels.length === 0) {
    const left = choice?.leftOut.map(({ label }) => label).join(', ')
    throw new ProtocolError(
      'invalid_request',
      `channel_names holds no EEG channel (${left}); name at least one electrode, such as "Fp1"`,
    )
  }
  const names = channels.map(({ name }) => name)
  const rate = decideRate({ given: options.samplingRate, stated: null, clock: null, names })
  const unit = decideUnits(
    names.map(() => null),
    options.unit,
    options.unit === undefined ? 'uV' : null,
  )
  const durationS = rows.length / rate.rateHz
  requireSize('eeg_signal', {
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

const turned = (rows: number) =>
  `its ${rows} rows look like channels: transpose it, so that each row is one sample with a value per channel`

function widthOf(rows: readonly unknown[]): number {
  const first = rows[0]
  if (first === undefined) {
    throw new ProtocolError(
      'invalid_request',
      'eeg_signal is an empty list; send at least 2 s of samples',
    )
  }
  if (!Array.isArray(first) || first.length === 0) throw wrongRow(first, 0, null)
  // Transposed: a recording has more samples than channels, and no rate makes a window of so few rows.
  const isTurned = rows.length < Math.min(ROWS_MIN, first.length)
  if (first.length > CHANNELS_MAX || (isTurned && first.length >= ROWS_MIN)) {
    throw tooManyChannels(
      'eeg_signal',
      first.length,
      rows.length < first.length ? turned(rows.length) : '',
    )
  }
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
