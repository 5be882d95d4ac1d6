/** What a person compares first in two answers: classes, boxes, times. Pure. */
import { providerName } from '../../../format/backend_words.ts'
import { number } from '../../../format/number.ts'
import type { Exchange } from '../../../state/runs.ts'
import { answerOf, type ClassShare, type Reading } from '../reply_reading.ts'
import { timingSplit, type StageName } from '../timing_split.ts'
import { overlapOf } from './overlap.ts'

export type RowName =
  | 'backend'
  | 'provider'
  | 'prediction'
  | 'confidence'
  | 'class_gap'
  | 'overlap'
  | 'score'
  | 'total'
  | StageName

export interface CompareRow {
  name: RowName
  /** Empty where the row is about both together. */
  a: string
  b: string
  /** B less A with its sign, or what both have together; empty for words. */
  change: string
}

export function compareRows(a: Exchange, b: Exchange): CompareRow[] {
  const [left, right] = [factsOf(a), factsOf(b)]
  const rows: CompareRow[] = [{ name: 'backend', a: a.backend, b: b.backend, change: '' }]
  words(rows, 'provider', left.provider, right.provider)
  words(rows, 'prediction', left.reading?.prediction, right.reading?.prediction)
  figures(rows, 'confidence', left.reading?.confidence, right.reading?.confidence, 4)
  figures(rows, 'score', left.score, right.score, 1)
  const gap = classGap(left.reading?.classes ?? [], right.reading?.classes ?? [])
  if (gap !== null) rows.push({ name: 'class_gap', a: '', b: '', change: decimals(gap, 4) })
  const [one, other] = [left.reading?.findings[0]?.box, right.reading?.findings[0]?.box]
  if (one && other) {
    rows.push({ name: 'overlap', a: '', b: '', change: decimals(overlapOf(one, other), 3) })
  }
  for (const [name, ms] of left.stages) {
    const otherMs = right.stages.get(name)
    if (otherMs !== undefined) figures(rows, name, ms, otherMs, 1)
  }
  figures(rows, 'total', left.totalMs, right.totalMs, 1)
  return rows
}

/** Rows whose values are milliseconds. */
export const TIME_ROWS: ReadonlySet<RowName> = new Set<RowName>([
  'socket',
  'queue',
  'preprocess',
  'inference',
  'postprocess',
  'rest',
  'total',
])

interface Facts {
  provider: string | undefined
  reading: Reading | null
  /** The one figure of an answer that is no class: fatigue, or brain load. */
  score: number | undefined
  stages: ReadonlyMap<StageName, number>
  totalMs: number | undefined
}

function factsOf(exchange: Exchange): Facts {
  const { outcome } = exchange
  if (outcome.phase !== 'answered') {
    return {
      provider: undefined,
      reading: null,
      score: undefined,
      stages: new Map(),
      totalMs: outcome.phase === 'refused' ? outcome.roundTripMs : undefined,
    }
  }
  const answer = answerOf(exchange)
  const provider = outcome.reply?.provider
  return {
    provider: provider === undefined ? undefined : providerName(provider),
    reading: answer?.reading ?? null,
    score:
      answer?.kind === 'fatigue'
        ? answer.result.fatigue_score
        : answer?.kind === 'eeg'
          ? (answer.result.brain_load_score ?? undefined)
          : undefined,
    stages: new Map(
      timingSplit(outcome.reply?.timing, outcome.roundTripMs).map(({ name, ms }) => [name, ms]),
    ),
    totalMs: outcome.roundTripMs,
  }
}

function words(
  rows: CompareRow[],
  name: RowName,
  a: string | null | undefined,
  b: string | null | undefined,
): void {
  if ((a ?? null) === null && (b ?? null) === null) return
  rows.push({ name, a: a ?? '–', b: b ?? '–', change: '' })
}

function figures(
  rows: CompareRow[],
  name: RowName,
  a: number | undefined,
  b: number | undefined,
  digits: number,
): void {
  if (a === undefined && b === undefined) return
  const text = (value: number | undefined) => (value === undefined ? '–' : decimals(value, digits))
  const change = a === undefined || b === undefined ? '' : signed(b - a, digits)
  rows.push({ name, a: text(a), b: text(b), change })
}

/** The largest difference of the probabilities of one class; null unless both have classes. */
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
