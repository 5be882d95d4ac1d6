/** Selects EEG signals by their labels; others are left out with a reason. */
import { message } from '../../protocol/messages.ts'
import { makeWarning, firstNames } from '../../protocol/warning_texts.ts'
import { readLabel, type LabelReading } from './labels.ts'
import { EMOTIV_14 } from './montage.ts'
import type { EegWarning, LeftOut } from './signal.ts'
import { withoutVoltage } from './units.ts'

export interface ChosenChannel {
  at: number
  name: string
}

export interface ChannelChoice {
  channels: ChosenChannel[]
  from: 'electrode_names' | 'generic_names'
  leftOut: LeftOut[]
  warnings: EegWarning[]
}

/** Prefers electrodes and pairs over generic names. `acceptsUnknown`: unknown names count if there are no others. */
export function chooseChannels(
  labels: readonly string[],
  { acceptsUnknown = false } = {},
): ChannelChoice {
  const readings = readLabels(labels)
  // A net of numbered electrodes names only its reference, the vertex.
  const electrodes = new Set(readings.map(electrodeName).filter((name) => name !== null))
  const isNet = numberedBanks(labels).size > 0 && electrodes.size === 1 && electrodes.has('Cz')
  const named = electrodes.size > 0 && !isNet
  const isGeneric = readings.some(({ kind }) => kind === 'generic')
  const others: LabelReading['kind'][] = isGeneric
    ? ['generic', 'electrode']
    : acceptsUnknown
      ? ['unknown']
      : []
  const channels: ChosenChannel[] = []
  const leftOut: LeftOut[] = []
  const unknown: string[] = []
  const twice: string[] = []
  const firstLabels = new Map<string, string>()
  for (const [at, reading] of readings.entries()) {
    const label = labels[at] as string
    const name = named
      ? electrodeName(reading)
      : others.includes(reading.kind)
        ? withoutVoltage(label)
        : null
    const first = name === null ? undefined : firstLabels.get(name)
    if (name === null) {
      leftOut.push({ label, reason: reasonFor(reading) })
      if (reading.kind === 'unknown' && label.trim() !== '') unknown.push(label)
    } else if (first === undefined) {
      channels.push({ at, name })
      firstLabels.set(name, label)
    } else {
      leftOut.push({ label, reason: message('reply.same_channel', { first }).message })
      twice.push(label)
    }
  }
  const hasChannels = channels.length > 0
  const nameable = nameableAmong(readings).map((at) => labels[at] as string)
  return {
    channels,
    from: named ? 'electrode_names' : 'generic_names',
    leftOut,
    warnings: [
      ...(hasChannels && !named ? [unnamedWarning(channels, nameable)] : []),
      ...(hasChannels && unknown.length > 0 ? [unknownWarning(unknown, nameable)] : []),
      ...(twice.length > 0 ? [twiceWarning(twice)] : []),
    ],
  }
}

export function nameableSignals(labels: readonly string[]): number[] {
  return nameableAmong(readLabels(labels))
}

const NEVER_EEG: readonly LabelReading['kind'][] = ['time', 'class', 'other', 'reference']

const nameableAmong = (readings: readonly LabelReading[]): number[] =>
  readings.flatMap(({ kind }, at) => (NEVER_EEG.includes(kind) ? [] : [at]))

/** Reply name of a label chosen by the client: the electrode, or the label itself. */
export function channelName(label: string): string {
  return electrodeName(readLabel(label)) ?? withoutVoltage(label)
}

const electrodeName = (reading: LabelReading): string | null =>
  reading.kind === 'electrode' || reading.kind === 'pair' ? reading.name : null

function readLabels(labels: readonly string[]): LabelReading[] {
  const banks = numberedBanks(labels)
  const readings = labels.map((label): LabelReading => {
    const bank = NUMBERED.exec(label.trim())?.[1]?.toUpperCase()
    if (banks.size > 0 && EXTERNAL.test(label))
      return { kind: 'other', what: message('reply.auxiliary').message }
    return bank !== undefined && banks.has(bank) ? { kind: 'generic' } : readLabel(label)
  })
  return withLoneP(labels, withCommonReference(readings))
}

/** BioSemi's external electrodes, for eyes and mastoids. */
const EXTERNAL = /^\s*exg\s*\d\s*$/i

/** A letter and a number, as BioSemi (A1 to A32) and EGI (E1 to E256) name their electrodes. */
const NUMBERED = /^([a-z])(\d{1,3})$/i
const BANK_CHANNELS_MIN = 7

/** Letters with numbers 1 to 7 or more that are not all electrode names. */
function numberedBanks(labels: readonly string[]): Set<string> {
  const numbers = new Map<string, { found: Set<number>; isMontage: boolean }>()
  for (const label of labels) {
    const [, letter, digits] = NUMBERED.exec(label.trim()) ?? []
    if (letter === undefined || digits === undefined) continue
    const key = letter.toUpperCase()
    const bank = numbers.get(key) ?? { found: new Set(), isMontage: true }
    bank.found.add(Number(digits))
    bank.isMontage &&= readLabel(label).kind === 'electrode'
    numbers.set(key, bank)
  }
  const isBank = (found: Set<number>) =>
    Array.from({ length: BANK_CHANNELS_MIN }, (_, at) => at + 1).every((one) => found.has(one))
  return new Set(
    [...numbers]
      .filter(([, { found, isMontage }]) => !isMontage && isBank(found))
      .map(([key]) => key),
  )
}

const COMMON_PAIRS_MIN = 3

/** If every pair ends with the same electrode, it is the reference: `F3-Cz`, `F4-Cz`, `O1-Cz`. */
function withCommonReference(readings: readonly LabelReading[]): LabelReading[] {
  const pairs = readings.filter((reading) => reading.kind === 'pair')
  const isCommon =
    pairs.length >= COMMON_PAIRS_MIN && pairs.every(({ second }) => second === pairs[0]?.second)
  if (!isCommon) return [...readings]
  return readings.map((reading) =>
    reading.kind === 'pair' ? { kind: 'electrode', name: reading.first } : reading,
  )
}

/** The UCI file writes P7 as "P"; unambiguous if it is the only one of the fourteen missing. */
function withLoneP(labels: readonly string[], readings: readonly LabelReading[]): LabelReading[] {
  const names = new Set(readings.map(electrodeName))
  const lone = labels.findIndex((label) => label.trim() === 'P')
  const fits =
    lone !== -1 && EMOTIV_14.every((name) => (name === 'P7' ? !names.has(name) : names.has(name)))
  return readings.map((reading, at) =>
    fits && at === lone ? { kind: 'electrode', name: 'P7' } : reading,
  )
}

function reasonFor(reading: LabelReading): string {
  switch (reading.kind) {
    case 'time':
      return message('reply.time').message
    case 'class':
      return message('reply.class').message
    case 'reference':
      return message('reply.reference').message
    case 'other':
      return reading.what
    case 'generic':
      return message('reply.no_electrode').message
    case 'electrode':
    case 'pair':
    case 'unknown':
      return message('reply.unknown_name').message
  }
}

const NAMES_FIELD = 'data.channel_names'

function unnamedWarning(channels: readonly ChosenChannel[], labels: readonly string[]): EegWarning {
  return makeWarning('channels_unnamed', {
    case: 'labels',
    ...firstNames(channels.map(({ name }) => name)),
    labels: [...labels],
    field: NAMES_FIELD,
  })
}

function unknownWarning(unknown: readonly string[], labels: readonly string[]): EegWarning {
  return makeWarning('channels_unknown', {
    ...firstNames(unknown),
    labels: [...labels],
    field: NAMES_FIELD,
  })
}

const twiceWarning = (twice: readonly string[]): EegWarning =>
  makeWarning('channel_duplicate', { ...firstNames(twice), field: 'data.eeg_signal' })
