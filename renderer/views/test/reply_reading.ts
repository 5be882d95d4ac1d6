/** What a reply means for the eye, whatever model gave it: things found in the picture, classes, one line for the list. Pure. */
import { z } from 'zod'
import { emotionResultSchema } from '../../../protocol/backend.ts'
import { number } from '../../format/number.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import type { Size } from './fitted.ts'

export interface ClassShare {
  label: string
  probability: number
}

/** One face or object, in pixels of the original picture. */
export interface Finding {
  box: { x: number; y: number } & Size
  label: string
  score: number
  landmarks: readonly (readonly [number, number])[]
  /** Of this finding alone; empty when the model gives none. */
  classes: readonly ClassShare[]
  prediction: string | null
  confidence: number
}

export interface Reading {
  /** "face 1 of 2". */
  noun: 'face' | 'object'
  image: Size
  prediction: string | null
  confidence: number
  /** Why there is no prediction. */
  reason: string | null
  findings: readonly Finding[]
  /** Of the whole picture, best first. */
  classes: readonly ClassShare[]
}

/** null when the reply is of a kind that the panel cannot draw; it is then shown as JSON alone. */
export function readingOf(exchange: Exchange): Reading | null {
  if (exchange.outcome.phase !== 'answered' || exchange.outcome.reply === null) return null
  const { data } = exchange.outcome.reply
  return emotionReading(data) ?? imageModelReading(data)
}

function emotionReading(data: unknown): Reading | null {
  const result = emotionResultSchema.safeParse(data).data
  if (!result) return null
  return {
    noun: 'face',
    image: result.image,
    prediction: result.prediction,
    confidence: result.confidence,
    reason: result.reason ?? null,
    classes: sharesOf(result.probabilities ?? {}),
    findings: result.faces.map((face) => ({
      box: face.box,
      label: 'face',
      score: face.score,
      landmarks: face.landmarks,
      classes: sharesOf(face.probabilities ?? {}),
      prediction: face.prediction ?? null,
      confidence: face.confidence ?? 0,
    })),
  }
}

const boxSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })

/** An image model from the configuration: classes in `top`, or boxes in `detections`. */
const imageModelSchema = z.looseObject({
  prediction: z.string().nullable(),
  confidence: z.number(),
  reason: z.string().optional(),
  image: z.object({ width: z.number(), height: z.number() }),
  top: z.array(z.object({ label: z.string(), probability: z.number() })).default([]),
  detections: z
    .array(z.object({ label: z.string(), score: z.number(), box: boxSchema }))
    .default([]),
})

function imageModelReading(data: unknown): Reading | null {
  const result = imageModelSchema.safeParse(data).data
  if (!result) return null
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
      prediction: null,
      confidence: 0,
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
      return { text: 'running', tone: 'normal' }
    case 'broken':
      return { text: 'no answer', tone: 'stop' }
    case 'refused':
      return { text: outcome.reply.code ?? 'error', tone: 'stop' }
    case 'answered': {
      const reading = readingOf(exchange)
      if (reading === null) return { text: 'answered', tone: 'normal' }
      if (reading.prediction === null) return { text: `no ${reading.noun}`, tone: 'warn' }
      return { text: `${reading.prediction} ${number(reading.confidence, 2)}`, tone: 'normal' }
    }
  }
}

/** What is drawn over the picture: the first answer that found something, or the first that can be read. */
export function drawnReading(run: Run | null): Reading | null {
  const readings = (run?.exchanges ?? []).flatMap((exchange) => readingOf(exchange) ?? [])
  return readings.find((reading) => reading.findings.length > 0) ?? readings[0] ?? null
}

/** The slowest exchange: that is how long the run took. */
export function roundTripOf(run: Run): number | null {
  const times = run.exchanges.flatMap(({ outcome }) =>
    outcome.phase === 'answered' || outcome.phase === 'refused' ? [outcome.roundTripMs] : [],
  )
  return times.length === 0 ? null : Math.max(...times)
}
