import type { Descriptor } from '../protocol/descriptor.ts'
import { readResult, type DrawnKind, type Result, type Results } from '../protocol/results.ts'

export function resultText(data: unknown, returns: Descriptor['returns'] | undefined): string {
  const result = readResult(data, returns)
  return result === null ? 'no prediction (no reason given)' : textFor(result)
}

const textFor = <K extends DrawnKind>({ kind, result }: Result<K>): string => PRINTERS[kind](result)

const PRINTERS: { [K in DrawnKind]: (result: Results[K]) => string } = {
  series: ({ brain_load_score: score, state, message = 'no reason given' }) =>
    score === null ? `no score (${message})` : `score ${score} of 100, ${state}`,
  score: ({ fatigue_score: score, confidence, reason }) =>
    reason === undefined
      ? `score ${score} of 100, confidence ${confidence.toFixed(2)}`
      : `no score (${reason})`,
  classification: predictionText,
  detections: predictionText,
  json: predictionText,
}

function predictionText({
  prediction,
  confidence,
  reason,
  message,
}: Record<string, unknown>): string {
  if (prediction === null || prediction === undefined) {
    return `no prediction (${textOf(reason ?? message ?? 'no reason given')})`
  }
  return `${textOf(prediction)}${typeof confidence === 'number' ? ` ${confidence.toFixed(2)}` : ''}`
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
