import {
  emotionResultSchema,
  readResult,
  type DrawnKind,
  type EegResult,
  type EmotionResult,
  type FatigueResult,
  type ImageModelResult,
  type Result,
  type Results,
} from '../../../protocol/results.ts'
import { number } from '../../format/number.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import type { Size } from './fitted.ts'
import { plainResult } from './plain_result.ts'
import { loadText } from './signal_text.ts'
import { language, t } from '../../i18n/i18n.ts'

/** `reading` is null where nothing is drawn over a picture. */
export type Answer<K extends DrawnKind = DrawnKind> = {
  [P in K]: Result<P> & { reading: Reading | null }
}[K]

export interface ClassShare {
  label: string
  probability: number
}

export interface Finding {
  box: { x: number; y: number } & Size
  label: string
  score: number
  landmarks: readonly (readonly [number, number])[]
  classes: readonly ClassShare[]
  /** Short result: "happy 0.91". */
  verdict: string | null
  /** Name in a summary: "happy", "person"; null if it is only located. */
  kind: string | null
}

export interface Reading {
  noun: 'face' | 'object'
  image: Size
  prediction: string | null
  confidence: number
  reason: string | null
  findings: readonly Finding[]
  /** Of the whole picture, best first. */
  classes: readonly ClassShare[]
}

const read = {
  en: new WeakMap<object, Answer | null>(),
  zh: new WeakMap<object, Answer | null>(),
}

export function answerOf({ outcome, context }: Exchange): Answer | null {
  if (outcome.phase !== 'answered' || outcome.reply === null) return null
  const { data } = outcome.reply
  const known = read[language()].get(data)
  if (known !== undefined) return known
  const result = readResult(data, context?.returns)
  const answer = result && withReading(result)
  read[language()].set(data, answer)
  return answer
}

function withReading<K extends DrawnKind>(result: Result<K>): Answer | null {
  if (result.kind === 'json' && plainResult(result.result) === null) return null
  return { ...result, reading: READERS[result.kind].reading(result.result) } as Answer
}

/** What a comparison shows in its own rows. */
export interface Values {
  prediction: string | null
  confidence: number | undefined
  /** The one value of a result without classes: fatigue, or brain load. */
  score: number | undefined
}

interface ResultReader<K extends DrawnKind> {
  /** What is drawn over the picture. */
  reading: (result: Results[K]) => Reading | null
  /** In a few words, where something was found. */
  summary: (result: Results[K], reading: Reading | null) => Summary
  values: (result: Results[K]) => Partial<Values>
}

const FOUND = { summary: foundSummary, values: foundValues }

const READERS: { [K in DrawnKind]: ResultReader<K> } = {
  series: {
    reading: () => null,
    summary: ({ brain_load_score: score, state }) =>
      score === null
        ? { text: t('test:now.summary.no_score'), tone: 'warn' }
        : normal(
            `${t('test:now.summary.load', { score: number(score) })}${state === null ? '' : `, ${loadText(state)}`}`,
          ),
    values: ({ brain_load_score: score }) => ({ score: score ?? undefined }),
  },
  score: {
    reading: fatigueReading,
    summary: ({ fatigue_score: score }) =>
      normal(t('test:now.summary.fatigue', { score: number(score) })),
    values: ({ fatigue_score: score }) => ({ score }),
  },
  classification: {
    ...FOUND,
    reading: (result) => {
      const ofFaces = emotionResultSchema.safeParse(result).data
      return ofFaces ? emotionReading(ofFaces) : imageModelReading(result as ImageModelResult)
    },
  },
  detections: { ...FOUND, reading: imageModelReading },
  json: {
    reading: () => null,
    summary: (result) => normal(plainResult(result)?.prediction ?? t('test:now.summary.answered')),
    values: (result) => {
      const { prediction = null, confidence = null } = plainResult(result) ?? {}
      return { prediction, confidence: confidence ?? undefined }
    },
  },
}

export const valuesOf = <K extends DrawnKind>({ kind, result }: Answer<K>): Partial<Values> =>
  READERS[kind].values(result)

function foundValues({ prediction, confidence }: Results['classification']): Partial<Values> {
  return prediction === null ? {} : { prediction, confidence }
}

function fatigueReading({ faces, image, reason, ...result }: FatigueResult): Reading | null {
  if (!image) return null
  const score = number(result.fatigue_score)
  return {
    noun: 'face',
    image,
    prediction: faces.length === 0 ? null : t('test:now.summary.fatigue', { score }),
    confidence: result.confidence,
    reason: reason ?? null,
    classes: [],
    findings: faces.map((face) => ({
      box: face.box,
      label: t('test:say.noun.face'),
      score: face.score,
      landmarks: face.landmarks,
      classes: [],
      verdict: t('test:say.fatigue_verdict', { score }),
      kind: null,
    })),
  }
}

function emotionReading(result: EmotionResult): Reading {
  return {
    noun: 'face',
    image: result.image,
    prediction: result.prediction,
    confidence: result.confidence,
    reason: result.reason ?? null,
    classes: sharesOf(result.probabilities ?? {}),
    findings: result.faces.map((face) => ({
      box: face.box,
      label: t('test:say.noun.face'),
      score: face.score,
      landmarks: face.landmarks,
      classes: sharesOf(face.probabilities ?? {}),
      verdict: verdictOf(face.prediction, face.confidence),
      kind: face.prediction ?? null,
    })),
  }
}

function verdictOf(prediction: string | undefined, confidence = 0): string | null {
  return prediction === undefined ? null : `${prediction} ${number(confidence, 2)}`
}

function imageModelReading(result: ImageModelResult): Reading {
  return {
    noun: 'object',
    image: result.image,
    prediction: result.prediction,
    confidence: result.confidence,
    reason: result.reason ?? null,
    classes: result.top,
    findings: result.detections.map((detection) => ({
      ...detection,
      landmarks: [],
      classes: [],
      verdict: null,
      kind: detection.label,
    })),
  }
}

function sharesOf(probabilities: Readonly<Record<string, number>>): readonly ClassShare[] {
  return Object.entries(probabilities)
    .map(([label, probability]) => ({ label, probability }))
    .sort((left, right) => right.probability - left.probability)
}

export interface Summary {
  text: string
  tone: 'normal' | 'warn' | 'stop'
}

export function summaryOf(exchange: Exchange): Summary {
  const { outcome } = exchange
  switch (outcome.phase) {
    case 'busy':
      return { text: t('test:now.summary.running'), tone: 'normal' }
    case 'broken':
      return { text: t('test:now.summary.no_answer'), tone: 'stop' }
    case 'refused':
      return { text: outcome.reply.code ?? t('test:now.summary.error'), tone: 'stop' }
    case 'answered': {
      const summary = answerSummary(answerOf(exchange))
      const hasWarnings = (outcome.reply?.warnings ?? []).length > 0
      return hasWarnings && summary.tone === 'normal' ? { ...summary, tone: 'warn' } : summary
    }
  }
}

/** One line; shared parts appear once: "happy 0.88, running ×7". */
export function summaryLine(summaries: readonly Summary[]): string {
  const times = new Map<string, number>()
  for (const { text } of summaries) times.set(text, (times.get(text) ?? 0) + 1)
  return [...times].map(([text, count]) => (count === 1 ? text : `${text} ×${count}`)).join(', ')
}

function answerSummary(answer: Answer | null): Summary {
  if (answer === null) return { text: t('test:now.summary.answered'), tone: 'normal' }
  const { reading } = answer
  if (reading?.prediction === null)
    return { text: t(`test:now.summary.none.${reading.noun}`), tone: 'warn' }
  return kindSummary(answer)
}

const kindSummary = <K extends DrawnKind>({ kind, result, reading }: Answer<K>): Summary =>
  READERS[kind].summary(result, reading)

function normal(text: string): Summary {
  return { text, tone: 'normal' }
}

function foundSummary(
  { prediction, confidence }: Results['classification'],
  reading: Reading | null,
): Summary {
  const counted = reading && reading.findings.length > 1 ? countedFindings(reading) : null
  return normal(counted ?? `${prediction} ${number(confidence, 2)}`)
}

const KINDS_SHOWN = 3

/** "6 faces: 4 happy, 2 neutral", most frequent first; null if the findings have no kind. */
function countedFindings({ noun, findings }: Reading): string | null {
  const counts = new Map<string, number>()
  for (const { kind } of findings) if (kind !== null) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  if (counts.size === 0) return null
  const all = t('test:say.found', { count: findings.length, noun: t(`test:say.noun.${noun}`) })
  const ranked = [...counts].toSorted(([, left], [, right]) => right - left)
  const shown = ranked.slice(0, KINDS_SHOWN).map(([kind, count]) => `${count} ${kind}`)
  const rest = findings.length - sumOf(ranked.slice(0, KINDS_SHOWN))
  if (rest > 0) shown.push(t('test:say.others', { count: rest }))
  return t('test:say.counted', { all, kinds: shown.join(', ') })
}

const sumOf = (counts: readonly (readonly [string, number])[]) =>
  counts.reduce((sum, [, count]) => sum + count, 0)

export interface Drawn {
  backend: string
  reading: Reading
}

/** The reply drawn over the picture: the chosen one, else the one with most findings, else the first readable. */
export function drawnOf(run: Run | null, chosen: string | null): Drawn | null {
  const all = readingsOf(run)
  const drawable = drawablesOf(run)
  return drawable.find(({ backend }) => backend === chosen) ?? drawable[0] ?? all[0] ?? null
}

/** Replies with findings, most findings first, then in run order. */
export function drawablesOf(run: Run | null): readonly Drawn[] {
  const found = readingsOf(run).filter(({ reading }) => reading.findings.length > 0)
  return found.toSorted(
    (left, right) => right.reading.findings.length - left.reading.findings.length,
  )
}

function readingsOf(run: Run | null): readonly Drawn[] {
  return (run?.exchanges ?? []).flatMap((exchange) => {
    const reading = answerOf(exchange)?.reading
    return reading ? [{ backend: exchange.backend, reading }] : []
  })
}

export function eegOf(run: Run | null): EegResult | null {
  for (const exchange of run?.exchanges ?? []) {
    const answer = answerOf(exchange)
    if (answer?.kind === 'series') return answer.result
  }
  return null
}

/** The slowest exchange is the duration of the run. */
export function roundTripOf(run: Run): number | null {
  const times = run.exchanges.flatMap(({ outcome }) =>
    outcome.phase === 'answered' || outcome.phase === 'refused' ? [outcome.roundTripMs] : [],
  )
  return times.length === 0 ? null : Math.max(...times)
}
