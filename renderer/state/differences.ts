import { circumstancesOf } from '../../protocol/results.ts'
import type { Tolerance } from './kept/tolerance.ts'

export type Leaf = string | number | boolean | null

export interface Difference {
  path: string
  /** undefined: missing in that answer. */
  a: Leaf | undefined
  b: Leaf | undefined
  /** |b - a|; null if one of them is not a number. */
  gap: number | null
}

/** Leaf values of a JSON document by path, without those of `circumstances`. */
export function leavesOf(document: unknown, circumstances: RegExp): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries()) walk(one, `${path}[${index}]`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value))
        walk(one, path === '' ? key : `${path}.${key}`)
    } else if (value !== undefined && !circumstances.test(path)) {
      leaves.set(path, value as Leaf)
    }
  }
  walk(document, '')
  return leaves
}

/** Largest numeric gap first, then values that cannot be subtracted. */
export function differencesOf(a: unknown, b: unknown): Difference[] {
  const circumstances = circumstancesOf(a)
  const left = leavesOf(a, circumstances)
  const right = leavesOf(b, circumstances)
  const paths = new Set([...left.keys(), ...right.keys()])
  const differences: Difference[] = []
  for (const path of paths) {
    const [one, other] = [left.get(path), right.get(path)]
    if (one === other) continue
    const gap = typeof one === 'number' && typeof other === 'number' ? Math.abs(other - one) : null
    differences.push({ path, a: one, b: other, gap })
  }
  return differences.sort((x, y) => (y.gap ?? -1) - (x.gap ?? -1))
}

/**
 * Differences above both tolerances, as in numpy.isclose: |b - a| <= absolute + relative * |a|
 * (https://numpy.org/doc/stable/reference/generated/numpy.isclose.html); a is `expected`.
 */
export function failuresOf(
  expected: unknown,
  actual: unknown,
  { absolute, relative }: Tolerance,
): Difference[] {
  return differencesOf(expected, actual).filter(({ a, gap }) => {
    if (gap === null || typeof a !== 'number') return true
    // Written so that NaN fails.
    return !(gap <= absolute + relative * Math.abs(a))
  })
}
