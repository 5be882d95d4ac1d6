/** Any reply as a prediction, single values, and lists of numbers. */
import { z } from 'zod'

export interface PlainResult {
  /** null when the answer has none. */
  prediction: string | null
  confidence: number | null
  values: readonly { key: string; value: string | number | boolean }[]
  /** Lists of numbers, with their labels if the reply has them. */
  series: readonly Series[]
  hidden: readonly string[]
}

export interface Series {
  key: string
  points: readonly { label: string; value: number }[]
}

/** Deeper values are listed by key only. */
const DEPTH_MAX = 3
const VALUES_MAX = 40
const SERIES_MAX = 12
/** Longer texts are shown only in the JSON. */
const TEXT_LENGTH_MAX = 2000
const WORDS_MAX = 20

const labelled = z.array(
  z
    .looseObject({ label: z.union([z.string(), z.number()]) })
    .refine((row) => valueOf(row) !== null),
)

export function plainResult(data: unknown): PlainResult | null {
  if (!isRecord(data)) return null
  const { prediction, confidence, ...rest } = data
  const result = {
    prediction: headline(prediction),
    confidence: typeof confidence === 'number' ? confidence : null,
    values: [] as { key: string; value: string | number | boolean }[],
    series: [] as Series[],
    hidden: [] as string[],
  }
  const left = {
    ...rest,
    ...(result.prediction === null && prediction !== undefined ? { prediction } : {}),
    ...(result.confidence === null && confidence !== undefined ? { confidence } : {}),
  }
  collect(left, '', 1, result)
  const isEmpty = result.prediction === null && Object.keys(left).length === 0
  return isEmpty && result.confidence === null ? null : result
}

interface Collected {
  values: { key: string; value: string | number | boolean }[]
  series: Series[]
  hidden: string[]
}

function collect(
  record: Record<string, unknown>,
  before: string,
  depth: number,
  found: Collected,
): void {
  for (const [own, value] of Object.entries(record)) {
    const key = `${before}${own}`
    const single = singleOf(value)
    const points = pointsOf(value)
    if (single !== null && found.values.length < VALUES_MAX)
      found.values.push({ key, value: single })
    else if (points !== null && found.series.length < SERIES_MAX) found.series.push({ key, points })
    else if (isRecord(value) && depth < DEPTH_MAX) collect(value, `${key}.`, depth + 1, found)
    else if (!isNothing(value)) found.hidden.push(key)
  }
}

function headline(prediction: unknown): string | null {
  if (typeof prediction === 'string') return prediction === '' ? null : prediction
  return typeof prediction === 'number' || typeof prediction === 'boolean'
    ? String(prediction)
    : null
}

function singleOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return value.length <= TEXT_LENGTH_MAX ? value : null
  if (isRecord(value)) return sizeOf(value)
  if (!Array.isArray(value) || value.length === 0 || value.length > WORDS_MAX) return null
  return value.every((one) => typeof one === 'string') ? value.join(', ') : null
}

/** Width and height form one value. */
function sizeOf({ width, height, ...others }: Record<string, unknown>): string | null {
  const isSize = typeof width === 'number' && typeof height === 'number'
  return isSize && Object.keys(others).length === 0 ? `${width} × ${height}` : null
}

/** From a list of numbers, an object of numbers, or rows with a label and a number. */
function pointsOf(value: unknown): Series['points'] | null {
  if (Array.isArray(value)) {
    if (value.length === 0) return null
    if (value.every((one) => typeof one === 'number')) {
      return value.map((one, index) => ({ label: String(index), value: one }))
    }
    const rows = labelled.safeParse(value).data
    return rows?.map((row) => ({ label: String(row.label), value: valueOf(row) ?? 0 })) ?? null
  }
  if (!isRecord(value)) return null
  const entries = Object.entries(value)
  const isNumbers = entries.length > 1 && entries.every(([, one]) => typeof one === 'number')
  return isNumbers ? entries.map(([label, one]) => ({ label, value: one as number })) : null
}

function valueOf(row: Record<string, unknown>): number | null {
  for (const key of ['probability', 'score', 'confidence', 'value']) {
    const value = row[key]
    if (typeof value === 'number') return value
  }
  return null
}

const isNothing = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
