import { providerName } from '../../../format/backend_text.ts'
import { number } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import type { Exchange, ExchangeContext, Run } from '../../../state/runs.ts'
import { answerOf, valuesOf, type ClassShare, type Reading, type Values } from '../reply_reading.ts'
import { timingSplit, type StageName } from '../timing_split.ts'
import { iouOf } from '../../../../protocol/box.ts'
import type { Side } from './pair.ts'
import {
  isRepetition,
  repetitionsOf,
  spreadOf,
  type Repetitions,
  type Spread,
} from './repetitions.ts'

export type RowName =
  | 'backend'
  | 'repetitions'
  | 'provider'
  | 'precision'
  | 'model'
  | 'config'
  | 'prediction'
  | 'confidence'
  | 'class_gap'
  | 'overlap'
  | 'score'
  | 'total'
  | StageName

export interface Cell {
  text: string
  /** Below the value: its spread, or a caveat. */
  note: string
}

export interface CompareRow {
  name: RowName
  /** Empty if the row is about both sides. */
  a: Cell
  b: Cell
  /** B minus A with its sign, or what both share; empty for text. */
  change: string
}

/** Times are medians over the repetitions of each side; two runs that repeat each other count alone. */
export function compareRows(a: Side, b: Side, runs: readonly Run[]): CompareRow[] {
  const of = isRepetition(a, b) ? [] : runs
  const [left, right] = [factsOf(a, of), factsOf(b, of)]
  const rows: CompareRow[] = [
    { name: 'backend', a: plain(a.exchange.backend), b: plain(b.exchange.backend), change: '' },
    { name: 'repetitions', a: countCell(left), b: countCell(right), change: '' },
  ]
  textRow(rows, 'provider', left.provider, right.provider)
  textRow(rows, 'precision', left.context?.precision, right.context?.precision)
  hashes(rows, 'model', modelHash(left, right), modelHash(right, left))
  hashes(rows, 'config', shortHash(left), shortHash(right))
  textRow(rows, 'prediction', left.prediction, right.prediction)
  numberRow(rows, 'confidence', left.confidence, right.confidence, 4)
  numberRow(rows, 'score', left.score, right.score, 1)
  const gap = classGap(left.reading?.classes ?? [], right.reading?.classes ?? [])
  if (gap !== null) rows.push({ name: 'class_gap', a: NONE, b: NONE, change: decimals(gap, 4) })
  const [one, other] = [left.reading?.findings[0]?.box, right.reading?.findings[0]?.box]
  if (one && other) {
    rows.push({ name: 'overlap', a: NONE, b: NONE, change: decimals(iouOf(one, other), 3) })
  }
  for (const name of left.times.keys()) {
    if (name !== 'total' && right.times.has(name)) times(rows, name, left, right)
  }
  times(rows, 'total', left, right)
  return rows
}

const NONE: Cell = { text: '', note: '' }
const plain = (text: string): Cell => ({ text, note: '' })

function countCell({ repetitions: { exchanges, isCold } }: Facts): Cell {
  return {
    text: t('test:say.n', { count: exchanges.length }),
    note: isCold ? t('test:compare.cold') : exchanges.length > 1 ? t('test:compare.median') : '',
  }
}

/** The first model that the other side lacks, or the first if both have the same; undefined if unknown. */
function modelHash({ context }: Facts, other: Facts): string | undefined {
  const hashes = context?.modelHashes ?? []
  const own = hashes.filter((hash) => other.context?.modelHashes.includes(hash) !== true)
  const [first, ...others] = own.length > 0 ? own : hashes
  if (first === undefined) return undefined
  const text = first.slice(0, HASH_SHOWN)
  return others.length === 0 ? text : `${text} +${others.length}`
}

const shortHash = ({ context }: Facts) => context?.configHash.slice(0, HASH_SHOWN)

const HASH_SHOWN = 6

export const TIME_ROWS: ReadonlySet<RowName> = new Set<RowName>([
  'socket',
  'queue',
  'preprocess',
  'inference',
  'postprocess',
  'rest',
  'total',
])

interface Facts extends Values {
  repetitions: Repetitions
  context: ExchangeContext | undefined
  provider: string | undefined
  reading: Reading | null
  times: ReadonlyMap<StageName | 'total', Spread>
}

function factsOf(side: Side, runs: readonly Run[]): Facts {
  const { exchange } = side
  const repetitions = repetitionsOf(side, runs)
  const answer = answerOf(exchange)
  const provider =
    exchange.outcome.phase === 'answered' ? exchange.outcome.reply?.provider : undefined
  return {
    repetitions,
    context: exchange.context,
    provider: provider === undefined ? undefined : providerName(provider),
    reading: answer?.reading ?? null,
    times: timesOf(repetitions.exchanges),
    ...NO_VALUES,
    ...(answer && valuesOf(answer)),
  }
}

const NO_VALUES: Values = { prediction: null, confidence: undefined, score: undefined }

function timesOf(exchanges: readonly Exchange[]): Facts['times'] {
  const values = new Map<StageName | 'total', number[]>()
  const add = (name: StageName | 'total', ms: number) => {
    values.set(name, [...(values.get(name) ?? []), ms])
  }
  for (const { outcome } of exchanges) {
    if (outcome.phase === 'answered') {
      for (const { name, ms } of timingSplit(outcome.reply?.timing, outcome.roundTripMs))
        add(name, ms)
    }
    if (outcome.phase === 'answered' || outcome.phase === 'refused')
      add('total', outcome.roundTripMs)
  }
  const spreads = [...values].flatMap(([name, all]) => {
    const spread = spreadOf(all)
    return spread === null ? [] : [[name, spread] as const]
  })
  return new Map(spreads)
}

function times(rows: CompareRow[], name: StageName | 'total', left: Facts, right: Facts): void {
  const [a, b] = [left.times.get(name), right.times.get(name)]
  if (!a && !b) return
  const cell = (spread: Spread | undefined): Cell => {
    if (spread === undefined) return plain('–')
    const { median, deviation } = spread
    return {
      text: decimals(median, 1),
      note: deviation === null ? '' : `± ${decimals(deviation, 1)}`,
    }
  }
  rows.push({ name, a: cell(a), b: cell(b), change: a && b ? signed(b.median - a.median, 1) : '' })
}

function hashes(
  rows: CompareRow[],
  name: RowName,
  a: string | undefined,
  b: string | undefined,
): void {
  if (a === undefined && b === undefined) return
  const isKnown = a !== undefined && b !== undefined
  const change = isKnown ? t(a === b ? 'test:compare.same' : 'test:compare.other') : ''
  rows.push({ name, a: plain(a ?? '–'), b: plain(b ?? '–'), change })
}

function textRow(
  rows: CompareRow[],
  name: RowName,
  a: string | null | undefined,
  b: string | null | undefined,
): void {
  if ((a ?? null) === null && (b ?? null) === null) return
  rows.push({ name, a: plain(a ?? '–'), b: plain(b ?? '–'), change: '' })
}

function numberRow(
  rows: CompareRow[],
  name: RowName,
  a: number | undefined,
  b: number | undefined,
  digits: number,
): void {
  if (a === undefined && b === undefined) return
  const text = (value: number | undefined) =>
    plain(value === undefined ? '–' : decimals(value, digits))
  const change = a === undefined || b === undefined ? '' : signed(b - a, digits)
  rows.push({ name, a: text(a), b: text(b), change })
}

/** Largest probability difference of one class; null unless both have classes. */
function classGap(a: readonly ClassShare[], b: readonly ClassShare[]): number | null {
  if (a.length === 0 || b.length === 0) return null
  const right = new Map(b.map(({ label, probability }) => [label, probability]))
  const left = new Map(a.map(({ label, probability }) => [label, probability]))
  const labels = new Set([...left.keys(), ...right.keys()])
  return Math.max(
    ...[...labels].map((label) => Math.abs((left.get(label) ?? 0) - (right.get(label) ?? 0))),
  )
}

const decimals = (value: number, digits: number) =>
  digits <= 3 ? number(value, digits) : value.toFixed(digits).replace('-', '\u2212')

function signed(value: number, digits: number): string {
  const text = decimals(Math.abs(value), digits)
  if (Number(text.replaceAll(',', '')) === 0) return text
  return `${value < 0 ? '\u2212' : '+'}${text}`
}
