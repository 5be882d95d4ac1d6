import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { makeWarning } from '../../protocol/warning_texts.ts'
import { clockUnitOf, rateOfClock, secondsOfDay, type ClockReading } from './clock.ts'
import { decideRate, decideUnits } from './decisions.ts'
import type { ReadOptions } from './read_options.ts'
import {
  type EegWarning,
  isSampleUv,
  memoryChannel,
  requireSize,
  tooManyChannels,
  CHANNELS_MAX,
  VALUES_MAX,
  VALUE_UV_MAX,
  type EegSignal,
} from './signal.ts'
import { statedRateOf } from './stated_rate.ts'
import { planColumns, type ColumnKind, type ColumnPlan } from './text_columns.ts'
import {
  cellsOf,
  isComment,
  isMissing,
  layoutOf,
  numberOf,
  type TextLayout,
  withoutSign,
} from './text_layout.ts'
import { countLines, decodeText, textLines } from './text_lines.ts'
import { statedUnitOf, voltageUnitOf } from './units.ts'
import { ANALYSIS_RATE_HZ } from './windows.ts'

export interface LabelledSignal {
  signal: EegSignal
  classes: Float64Array | null
}

const TEXT_FILE = message('eeg.text_file')
const COLUMNS_MAX = 1024
const SAMPLE_ROWS = 64

export function readText(bytes: Uint8Array, options: ReadOptions = {}): EegSignal {
  return readLabelledText(bytes, options).signal
}

/** `readText` with the class column, for training and evaluation. */
export function readLabelledText(bytes: Uint8Array, options: ReadOptions = {}): LabelledSignal {
  const text = decodeText(bytes)
  const layout = layoutOf(textLines(text))
  if (layout === null) throw noValues()
  if (layout.columns > COLUMNS_MAX) {
    throw new ProtocolError(
      'too_large',
      message('eeg.columns', { columns: layout.columns, max: COLUMNS_MAX }),
    )
  }
  const plan = planColumns(layout, firstRows(text, layout), options)
  if (plan.names.length > CHANNELS_MAX) throw tooManyChannels(TEXT_FILE, plan.names.length)
  const table = readTable(text, layout, plan)
  const clock = clockOf(table, layout)
  const stated = statedRateOf(layout.remarks) ?? table.statedHz
  const { names } = plan
  const rate = decideRate({ given: options.samplingRate, stated, clock, names })
  const eeg = table.columns.filter(({ kind }) => kind === 'eeg')
  const statedUnit = statedUnitOf([...layout.remarks, ...table.footer])
  const unit = decideUnits(
    eeg.map(({ at }) => voltageUnitOf(layout.units[at] ?? '') ?? statedUnit),
    options.unit,
    plan.isMicrovolts ? 'uV' : null,
  )
  const durationS = table.rows / rate.rateHz
  requireSize(TEXT_FILE, {
    channels: eeg.length,
    durationS,
    samplingRateHz: rate.rateHz,
    analysisRateHz: ANALYSIS_RATE_HZ,
  })
  const channels = eeg.map(({ at, values }, channel) => {
    const samplesUv = scaled(values, unit.factors[channel] as number)
    return memoryChannel(
      names[channel] as string,
      plan.labels[at] as string,
      rate.rateHz,
      samplesUv,
    )
  })
  return {
    signal: {
      channels,
      samplingRateHz: rate.rateHz,
      durationS,
      origin: {
        channels_from: plan.from,
        ...rate.origin,
        ...unit.origin,
        left_out: plan.leftOut,
      },
      warnings: [...table.warnings, ...rate.warnings, ...unit.warnings, ...plan.warnings],
      notes: table.notes,
    },
    classes: table.columns.find(({ kind }) => kind === 'class')?.values ?? null,
  }
}

interface Column {
  at: number
  label: string
  kind: ColumnKind
  isTimeOfDay: boolean
  /** EEG: NaN for missing values. Other columns may have NaN anywhere. */
  values: Float64Array
}

interface Table {
  columns: Column[]
  rows: number
  /** From a comment between the samples, or a line after them. */
  statedHz: number | null
  footer: string[]
  warnings: EegWarning[]
  notes: string[]
}

function* valueLines(text: string, { firstLine }: TextLayout, onComment?: (line: string) => void) {
  for (const one of textLines(text)) {
    if (one.number < firstLine) continue
    if (isComment(one.line)) onComment?.(one.line)
    else yield one
  }
}

function firstRows(text: string, layout: TextLayout): string[][] {
  const rows: string[][] = []
  for (const { line } of valueLines(text, layout)) {
    rows.push(cellsOf(line, layout.delimiter))
    if (rows.length === SAMPLE_ROWS) break
  }
  return rows
}

function readTable(text: string, layout: TextLayout, plan: ColumnPlan): Table {
  const { delimiter } = layout
  const width = plan.names.length
  const room = Math.min(countLines(text), Math.floor(VALUES_MAX / width))
  const columns = keptColumns(layout, plan, room)
  const eeg = columns.filter(({ kind }) => kind === 'eeg')
  const others = columns.filter(({ kind }) => kind !== 'eeg')
  const lastEeg = Math.max(...eeg.map(({ at }) => at))
  let rows = 0
  let missing = 0
  let events = 0
  let fault: { error: ProtocolError; number: number } | null = null
  let statedHz: number | null = null
  let footer: Footer | null = null
  const onComment = (line: string) => {
    statedHz ??= statedRateOf([withoutSign(line)])
  }
  for (const { line, number } of valueLines(text, layout, onComment)) {
    const cells = cellsOf(line, delimiter)
    if (isText(cells[0]) && !isText(layout.firstRow[0])) {
      footer ??= { lines: [], rows, missing, events, fault }
      footer.lines.push(line)
      if (footer.lines.length > FOOTER_LINES_MAX) footer = null
    } else {
      footer = null
    }
    // Only the last line may be faulty: an interrupted recorder truncates it.
    if (fault !== null && (footer === null || fault === footer.fault)) throw fault.error
    if (cells.length <= lastEeg || !hasColumns(cells, layout)) {
      fault ??= { error: wrongCount(number, cells.length, layout.columns), number }
      continue
    }
    if (isEvent(cells, eeg, others)) {
      events++
      continue
    }
    if (rows >= room) throw tooManyValues(width)
    let missingHere = 0
    for (const { at, label, values } of eeg) {
      const cell = cells[at] as string
      const value = numberOf(cell)
      values[rows] = value
      if (isSampleUv(value)) continue
      if (!isMissing(cell)) {
        fault ??= { error: wrongCell(number, at, label, cell), number }
        break
      }
      missingHere++
      values[rows] = NaN
    }
    if (fault !== null) continue
    for (const { at, isTimeOfDay, values } of others) {
      const cell = cells[at] ?? ''
      values[rows] = isTimeOfDay ? secondsOfDay(cell) : numberOf(cell)
    }
    missing += missingHere
    rows++
  }
  if (footer !== null) {
    ;({ rows, missing, events, fault } = footer)
    statedHz ??= statedRateOf(footer.lines)
  }
  if (rows === 0) throw fault?.error ?? noValues()
  return {
    statedHz,
    footer: footer?.lines ?? [],
    columns: columns.map((column) => ({ ...column, values: column.values.subarray(0, rows) })),
    rows,
    warnings: [
      ...(fault === null ? [] : [cutWarning(fault.number)]),
      ...(missing === 0 ? [] : [missingWarning(missing)]),
    ],
    notes: [
      ...(events === 0 ? [] : [message('reply.events', { lines: events }).message]),
      ...(footer === null ? [] : [message('reply.footer', { lines: footer.lines.length }).message]),
    ],
  }
}

/** Text lines after the samples, and the fault before them. */
interface Footer {
  lines: string[]
  rows: number
  missing: number
  events: number
  fault: { error: ProtocolError; number: number } | null
}

/** More text lines are a damaged recording, not a footer. */
const FOOTER_LINES_MAX = 20

/** True if a cell begins with a word; dates and numbers do not. */
const isText = (cell = '') => /^[^\p{L}\d]*\p{L}{2}/u.test(cell) && !isMissing(cell)

/** The first time and class columns and all EEG columns, with room for every line. */
function keptColumns(layout: TextLayout, plan: ColumnPlan, room: number): Column[] {
  const clocks = plan.kinds.flatMap((kind, at) => (kind === 'time' ? [at] : []))
  const kept = new Set([...clocks.slice(0, CLOCKS_MAX), plan.kinds.indexOf('class')])
  return plan.kinds.flatMap((kind, at): Column[] => {
    if (kind !== 'eeg' && !kept.has(at)) return []
    const cell = layout.firstRow[at] ?? ''
    const isNumber = !Number.isNaN(numberOf(cell))
    return [
      {
        at,
        label: plan.labels[at] || `column ${at + 1}`,
        kind,
        isTimeOfDay: kind === 'time' && !isNumber,
        values: new Float64Array(room),
      },
    ]
  })
}

/** Some of several time columns are only informative. */
const CLOCKS_MAX = 4

/** All columns, or all without empty ones at the end, or with one empty one more. */
function hasColumns(cells: readonly string[], { columns }: TextLayout): boolean {
  if (cells.length === columns + 1) return cells[columns] === ''
  return cells.length <= columns
}

/** A Mind Monitor line with a blink or marker instead of a sample. */
function isEvent(
  cells: readonly string[],
  eeg: readonly Column[],
  others: readonly Column[],
): boolean {
  if (eeg.some(({ at }) => cells[at] !== '')) return false
  const known = new Set([...eeg, ...others].map(({ at }) => at))
  return cells.some((cell, at) => cell !== '' && !known.has(at))
}

/** The first usable clock; otherwise the fault of the first. */
function clockOf({ columns }: Table, { units }: TextLayout): ClockReading | null {
  const readings = columns
    .filter(({ kind }) => kind === 'time')
    .map(({ at, label, values, isTimeOfDay }) =>
      rateOfClock(values, { unit: clockUnitOf(units[at] ?? label), isTimeOfDay }),
    )
  return readings.find(({ kind }) => kind === 'rate') ?? readings[0] ?? null
}

function scaled(values: Float64Array, factor: number): Float64Array {
  if (factor === 1) return values
  return values.map((value) => value * factor)
}

const noValues = () => new ProtocolError('invalid_request', message('eeg.no_numbers'))

function wrongCount(line: number, found: number, expected: number): ProtocolError {
  return new ProtocolError('invalid_request', message('eeg.line', { line, count: found, expected }))
}

function wrongCell(line: number, at: number, label: string, cell: string): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    message('eeg.cell', { line, column: at + 1, label, value: preview(cell), max: VALUE_UV_MAX }),
  )
}

function tooManyValues(width: number): ProtocolError {
  return new ProtocolError(
    'too_large',
    message('eeg.many_lines', {
      lines: Math.floor(VALUES_MAX / width),
      channels: width,
      max: VALUES_MAX,
    }),
  )
}

const cutWarning = (line: number): EegWarning =>
  makeWarning('recording_cut', { case: 'line', line, field: 'data.eeg_signal' })

const missingWarning = (count: number): EegWarning =>
  makeWarning('samples_missing', { count, field: 'data.eeg_signal' })
