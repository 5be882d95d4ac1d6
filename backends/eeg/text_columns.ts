/** Classifies the columns of a text file by name, or by content. */
import { ProtocolError } from '../../protocol/errors.ts'
import { message, type PlainCode } from '../../protocol/messages.ts'
import { makeWarning, firstNames } from '../../protocol/warning_texts.ts'
import { chooseChannels } from './channel_choice.ts'
import { clockUnitNamed, secondsOfDay } from './clock.ts'
import { readLabel } from './labels.ts'
import { namedByRequest, type ReadOptions } from './read_options.ts'
import { type EegWarning, listed, type LeftOut, type SignalOrigin } from './signal.ts'
import { numberOf, type TextLayout } from './text_layout.ts'

export type ColumnKind = 'eeg' | 'time' | 'class' | 'other'

export interface ColumnPlan {
  kinds: ColumnKind[]
  labels: string[]
  names: string[]
  from: SignalOrigin['channels_from']
  isMicrovolts: boolean
  leftOut: LeftOut[]
  warnings: EegWarning[]
}

/** Formats documented as microvolts, such as `OpenBCI Raw EEG Data`. */
const MICROVOLT_REMARKS = /microvolt|openbci raw|units?:\s*emotiv|headset type:/i

/** A table index, which pandas leaves unnamed, may be a clock, and so may columns named `min` or `h`. */
const MAYBE_CLOCK = /^(unnamed.*|index|mins?|h|d)?$/i

/** By header, or the layout of a known recorder; throws ProtocolError if no column is EEG. */
export function planColumns(
  layout: TextLayout,
  rows: readonly (readonly string[])[],
  options: ReadOptions,
): ColumnPlan {
  const isMicrovolts =
    layout.remarks.some((line) => MICROVOLT_REMARKS.test(line)) ||
    layout.labels?.some((label) => /^raw_tp9$/i.test(label)) === true
  if (layout.labels !== null) {
    const labels = layout.labels.map((label, at) =>
      MAYBE_CLOCK.test(label) && columnFacts(layout, rows, at) === 'clock'
        ? clockLabel(label)
        : label,
    )
    return { ...planNamed(labels, options), isMicrovolts }
  }
  const plan = planUnnamed(layout, rows, options)
  return { ...plan, isMicrovolts: plan.isMicrovolts || isMicrovolts }
}

const clockLabel = (label: string) => (clockUnitNamed(label) === null ? 'time' : `time (${label})`)

function planNamed(
  labels: readonly string[],
  options: ReadOptions,
): Omit<ColumnPlan, 'isMicrovolts'> {
  const choice = namedByRequest(labels, options.channelNames) ?? chooseChannels(labels)
  if (choice.channels.length === 0) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.header_names', { labels: listed(labels) }),
    )
  }
  const names = new Map(choice.channels.map(({ at, name }) => [at, name]))
  const kinds = labels.map((label, at): ColumnKind => {
    if (names.has(at)) return 'eeg'
    const { kind } = readLabel(label)
    return kind === 'time' || kind === 'class' ? kind : 'other'
  })
  return {
    kinds,
    labels: [...labels],
    names: labels.flatMap((_, at) => names.get(at) ?? []),
    from: choice.from,
    leftOut: choice.leftOut.map(({ label, reason }) => ({
      label: label || '(no name)',
      reason: label === '' ? message('reply.nameless').message : reason,
    })),
    warnings: choice.warnings,
  }
}

/** BrainFlow boards by row count: EXG channels after the package number, and the clock's row. */
const BRAINFLOW_BOARDS: readonly { rows: number; channels: number; clock: number }[] = [
  // Cyton, Cyton Daisy and the synthetic board, Ganglion, Muse.
  { rows: 24, channels: 8, clock: 22 },
  { rows: 32, channels: 16, clock: 30 },
  { rows: 15, channels: 4, clock: 13 },
  { rows: 8, channels: 4, clock: 6 },
]

function planUnnamed(
  layout: TextLayout,
  rows: readonly (readonly string[])[],
  options: ReadOptions,
): ColumnPlan {
  const facts = Array.from({ length: layout.columns }, (_, at) => columnFacts(layout, rows, at))
  const isCounted = facts[0] === 'counter'
  const stated = /channels\s*[:=]\s*(\d+)/i.exec(layout.remarks.join('\n'))?.[1]
  const clock = facts.findIndex((fact) => fact === 'clock')
  const board = BRAINFLOW_BOARDS.find(
    (one) => one.rows === layout.columns && isCounted && facts[one.clock] === 'clock',
  )
  if (board === undefined && stated === undefined && isCounted && clock > 1) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.no_header', { columns: layout.columns }),
    )
  }
  const channels = board?.channels ?? (stated === undefined ? null : Number(stated))
  // These recorders put a counter before the channels.
  const first = isCounted ? 1 : 0
  const kinds = facts.map((fact, at): ColumnKind => {
    if (fact === 'clock') return 'time'
    if (fact !== 'signal' && (channels === null || at < first)) return 'other'
    return channels === null || (at >= first && at < first + channels) ? 'eeg' : 'other'
  })
  return namedByPosition(kinds, facts, { options, isKnownFormat: channels !== null })
}

type ColumnFact = 'counter' | 'clock' | 'text' | 'signal'

/** Why a column without a name is left out. */
const REASONS = {
  clock: 'reply.time',
  counter: 'reply.sample_number',
  text: 'reply.text',
  signal: 'reply.no_channel',
} as const satisfies Record<ColumnFact, PlainCode>

function columnFacts(
  { columns }: TextLayout,
  rows: readonly (readonly string[])[],
  at: number,
): ColumnFact {
  const cells = rows.map((row) => row[at] ?? '')
  const values = cells.map((cell) => numberOf(cell))
  if (cells.every((cell) => !Number.isNaN(secondsOfDay(cell)))) return 'clock'
  if (values.every(Number.isNaN)) return 'text'
  if (values.length < 3 || values.some(Number.isNaN)) return 'signal'
  const steps = values.slice(1).map((value, row) => value - (values[row] as number))
  // Packet counters wrap around to 0.
  if (steps.every((step) => step === 1 || step <= -15) && steps.includes(1)) return 'counter'
  const rising = steps.every((step) => step >= 0) && steps.some((step) => step > 0)
  const isEpoch = (values[0] as number) > 1e9
  const isEven = rising && Math.max(...steps) < 1.5 * Math.min(...steps)
  return (rising && isEpoch) || (at === 0 && isEven && columns > 1) ? 'clock' : 'signal'
}

/** Two unnamed columns are the platform's headband: Fp1, Fp2. */
export function defaultLabels(width: number): string[] {
  if (width === 2) return ['Fp1', 'Fp2']
  return Array.from({ length: width }, (_, at) => `Ch${at + 1}`)
}

function namedByPosition(
  kinds: ColumnKind[],
  facts: readonly ColumnFact[],
  { options, isKnownFormat }: { options: ReadOptions; isKnownFormat: boolean },
): ColumnPlan {
  const width = kinds.filter((kind) => kind === 'eeg').length
  if (width === 0) {
    throw new ProtocolError('invalid_request', message('eeg.no_columns'))
  }
  const positions = isKnownFormat
    ? Array.from({ length: width }, (_, at) => `EXG Channel ${at}`)
    : defaultLabels(width)
  const named = namedByRequest(positions, options.channelNames)
  const chosen = new Map(named?.channels.map(({ at, name }) => [at, name]))
  const labels: string[] = []
  const leftOut: LeftOut[] = [...(named?.leftOut ?? [])]
  const names: string[] = []
  let channel = 0
  const kept = kinds.map((kind, at): ColumnKind => {
    if (kind !== 'eeg') {
      labels.push('')
      const reason = message(REASONS[facts[at] as ColumnFact]).message
      leftOut.push({ label: `column ${at + 1}`, reason })
      return kind
    }
    const label = positions[channel] as string
    labels.push(label)
    const name = named === null ? label : chosen.get(channel)
    channel++
    if (name === undefined) return 'other'
    names.push(name)
    return 'eeg'
  })
  return {
    kinds: kept,
    labels,
    names,
    from: named === null ? (isKnownFormat ? 'format' : 'position') : 'request',
    isMicrovolts: isKnownFormat,
    leftOut,
    warnings: named === null ? positionWarnings(positions, isKnownFormat) : named.warnings,
  }
}

export function positionWarnings(labels: readonly string[], isKnownFormat = false): EegWarning[] {
  return [
    makeWarning('channels_unnamed', {
      case: isKnownFormat ? 'format' : 'position',
      ...firstNames(labels),
      labels: [...labels],
      field: 'data.channel_names',
    }),
  ]
}
