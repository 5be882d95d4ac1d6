/** Which two answers are compared. Pure. */
import type { Exchange, Run } from '../../../state/runs.ts'

/** Request ids that were chosen by hand. */
export interface Compared {
  a: string | null
  b: string | null
}

export interface Pair {
  a: Exchange | null
  b: Exchange | null
}

/**
 * The chosen ones as far as they still exist; otherwise A is the run that is shown, and B the second backend of that run, or the same
 * backend in the run before it, or any other answer.
 */
export function pairOf(runs: readonly Run[], currentId: number | null, { a, b }: Compared): Pair {
  const all = runs.flatMap(({ exchanges }) => exchanges)
  const chosen = (id: string | null) => all.find(({ requestId }) => requestId === id) ?? null
  const current = runs.find(({ id }) => id === currentId) ?? runs[0]
  const first = chosen(a) ?? current?.exchanges.find((one) => one.requestId !== b) ?? null
  if (first === null) return { a: null, b: chosen(b) }
  const others = all.filter((one) => one !== first)
  const beside = current?.exchanges.find((one) => one !== first)
  const before = others.find((one) => one.backend === first.backend)
  return { a: first, b: chosen(b) ?? beside ?? before ?? others[0] ?? null }
}
