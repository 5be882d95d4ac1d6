/** The log line of an answered request: input, result and durations. Bounded in length. */
import type { InferenceRequest, Timing } from '../../protocol/backend.ts'

/** A request may hold any number of keys, a reply any number of pictures; a line of a log may not. */
const KEYS_MAX = 32
const RESULTS_MAX = 16
const TEXT_LENGTH_MAX = 200

export interface AnswerLine {
  message: string
  /** Keys of a model's answer are nested, so that they cannot collide with the log's keys. */
  fields: Record<string, unknown>
}

/** `data` is that of the reply: one result, or `results` with one for each picture. */
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

/** The short values as they are, and of each list how long it is: `prediction: "happy", faces: 2`. */
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

/** Pixels of a reply's `image`, such as `640x480`; null when it has none. */
function sizeOf(image: unknown): string | null {
  if (!isObject(image)) return null
  const { width, height } = image
  return typeof width === 'number' && typeof height === 'number' ? `${width}x${height}` : null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const shorten = (text: string) =>
  text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
