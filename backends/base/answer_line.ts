import type { InferenceRequest, Timing } from '../../protocol/backend.ts'

/** Bounds for the log line: requests and replies may have any number of keys and pictures. */
const KEYS_MAX = 32
const RESULTS_MAX = 16
const TEXT_LENGTH_MAX = 200

export interface AnswerLine {
  message: string
  /** Result keys are nested so that they cannot collide with the log's keys. */
  fields: Record<string, unknown>
}

export function describeAnswer(
  { request_id, data: asked }: Pick<InferenceRequest, 'request_id' | 'data'>,
  data: Readonly<Record<string, unknown>>,
  timing: Timing,
): AnswerLine {
  const { results } = data
  return {
    message: `response ${predictionOf(data)}, total ${timing.total_ms.toFixed(1)} ms`,
    fields: {
      request_id,
      data_keys: Object.keys(asked).slice(0, KEYS_MAX).map(shorten),
      ...(Array.isArray(results) ? severalFields(results) : resultFields(data)),
      ...timing,
    },
  }
}

function severalFields(results: readonly unknown[]): Record<string, unknown> {
  return {
    answers: results.length,
    results: results
      .slice(0, RESULTS_MAX)
      .map((result) => (isObject(result) ? resultFields(result) : {})),
  }
}

function resultFields(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const size = sizeOf(data.image)
  return { ...(size === null ? {} : { image_size: size }), result: summaryOf(data) }
}

/** Short values, and the lengths of lists: `prediction: "happy", faces: 2`. */
function summaryOf(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const summary: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(data).slice(0, KEYS_MAX)) {
    if (Array.isArray(value)) summary[key] = value.length
    else if (typeof value === 'string') summary[key] = shorten(value)
    else if (value === null || typeof value !== 'object') summary[key] = value
  }
  return summary
}

const predictionOf = ({ prediction, confidence }: Readonly<Record<string, unknown>>) =>
  typeof prediction === 'string' || typeof prediction === 'number'
    ? `${prediction} ${Number(confidence).toFixed(2)}`
    : 'no prediction'

function sizeOf(image: unknown): string | null {
  if (!isObject(image)) return null
  const { width, height } = image
  return typeof width === 'number' && typeof height === 'number' ? `${width}x${height}` : null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const shorten = (text: string) =>
  text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
