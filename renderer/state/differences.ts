/** How the answers of two exchanges differ, number by number. Pure. */
import type { Tolerance } from './kept/tolerance.ts'

export type Leaf = string | number | boolean | null

export interface Difference {
  /** `faces[0].box.x` */
  path: string
  /** undefined: that answer has no such value. */
  a: Leaf | undefined
  b: Leaf | undefined
  /** |b - a|; null when one of them is no number. */
  gap: number | null
}

/** How long it took, and whether it came from a cache, is not part of what was answered: `inference_time_ms`, `cached`. */
const IS_CIRCUMSTANCE = /_ms$|^cached$/

/** The values of a JSON document that are no objects or arrays, by their path; circumstances are left out. */
export function leavesOf(document: unknown): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries()) walk(one, `${path}[${index}]`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value))
        walk(one, path === '' ? key : `${path}.${key}`)
    } else if (value !== undefined && !IS_CIRCUMSTANCE.test(path)) {
      leaves.set(path, value as Leaf)
    }
  }
  walk(document, '')
  return leaves
}

/** Where the documents differ, the largest gap of numbers first, then what cannot be subtracted. */
export function differencesOf(a: unknown, b: unknown): Difference[] {
  const left = leavesOf(a)
  const right = leavesOf(b)
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
 * Differences that are larger than both tolerances allow, as numpy.isclose has it: |b - a| <= absolute + relative * |a|
 * (https://numpy.org/doc/stable/reference/generated/numpy.isclose.html). `expected` is a.
 */
export function failuresOf(
  expected: unknown,
  actual: unknown,
  { absolute, relative }: Tolerance,
): Difference[] {
  return differencesOf(expected, actual).filter(({ a, gap }) => {
    if (gap === null || typeof a !== 'number') return true
    // Written so that a gap that is no number fails.
    return !(gap <= absolute + relative * Math.abs(a))
  })
}
