import type { LogHistogram } from '../../../protocol/logs.ts'
import type { LogSpan } from '../../state/log_store.ts'

/** Bottom to top: the worst level stands out at the top. */
export const BAR_LAYERS = ['rest', 'warn', 'error'] as const
export type BarLayer = (typeof BAR_LAYERS)[number]

/** Share of a bucket's width; the rest is the gap. */
const BAR_SHARE = 0.78
/** Share of the height: one line among thousands stays visible. */
const LEAST = 0.04

export type BarPaths = Readonly<Record<BarLayer, string>>

/** For a viewBox of `buckets.length` by 1. Square roots of the counts keep quiet minutes visible beside a flood. */
export function barPaths({ buckets }: Pick<LogHistogram, 'buckets'>): BarPaths {
  const totals = buckets.map(totalOf)
  const peak = Math.max(...totals, 1)
  const paths = { rest: '', warn: '', error: '' }
  for (const [index, [debug, info, warn, error]] of buckets.entries()) {
    const total = totals[index] ?? 0
    if (total === 0) continue
    const height = Math.max(LEAST, Math.sqrt(total / peak))
    let bottom = 1
    for (const layer of BAR_LAYERS) {
      const count = { rest: debug + info, warn, error }[layer]
      if (count === 0) continue
      const part = Math.max(LEAST, (height * count) / total)
      const top = Math.max(0, bottom - part)
      paths[layer] +=
        `M${round(index)} ${round(bottom)}V${round(top)}h${BAR_SHARE}V${round(bottom)}z`
      bottom = top
    }
  }
  return paths
}

export function spanOfBuckets(
  { from, to, buckets }: LogHistogram,
  [first, last]: readonly [number, number],
): LogSpan {
  const width = (to - from) / Math.max(1, buckets.length)
  const [low, high] = first <= last ? [first, last] : [last, first]
  return { fromMs: from + low * width, toMs: from + (high + 1) * width }
}

export function bucketAt({ buckets }: Pick<LogHistogram, 'buckets'>, share: number): number {
  return Math.max(0, Math.min(buckets.length - 1, Math.floor(share * buckets.length)))
}

/** A span as shares of the width; null if it is outside the histogram. */
export function sharesOf(
  { from, to }: Pick<LogHistogram, 'from' | 'to'>,
  { fromMs, toMs }: LogSpan,
): { left: number; width: number } | null {
  if (to <= from || toMs < from || fromMs > to) return null
  const left = Math.max(0, (fromMs - from) / (to - from))
  return { left, width: Math.min(1, (toMs - from) / (to - from)) - left }
}

export function totalOf([debug, info, warn, error]: LogHistogram['buckets'][number]): number {
  return debug + info + warn + error
}

const round = (value: number) => Number(value.toFixed(3))
