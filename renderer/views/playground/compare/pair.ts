import type { Exchange, Run } from '../../../state/runs.ts'

export interface Compared {
  a: string | null
  b: string | null
}

export interface Side {
  exchange: Exchange
  run: Run
}

export interface Pair {
  a: Side | null
  b: Side | null
}

/**
 * The chosen ones if they still exist. Otherwise an answer of the shown run and the nearest of the same backend,
 * preferably to the same input; failing that, another backend of that run.
 */
export function pairOf(runs: readonly Run[], currentId: number | null, { a, b }: Compared): Pair {
  const all = sidesOf(runs)
  const chosen = (id: string | null) =>
    all.find(({ exchange }) => exchange.requestId === id) ?? null
  const [one, other] = [chosen(a), chosen(b)]
  if (one && other) return { a: one, b: other }
  const fixed = one ?? other
  const current = runs.find(({ id }) => id === currentId) ?? runs[0]
  const starts = fixed ? [fixed] : all.filter(({ run }) => run === current)
  const found = best(starts, all)
  if (one) return { a: one, b: found?.partner ?? null }
  if (other) return { a: found?.partner ?? null, b: other }
  if (!found) return { a: starts[0] ?? null, b: null }
  const { start, partner } = found
  // Within a run, backends keep their order.
  const isEarlier = partner.run.id < start.run.id
  return isEarlier ? { a: partner, b: start } : { a: start, b: partner }
}

function best(starts: readonly Side[], all: readonly Side[]) {
  let found: { start: Side; partner: Side; rank: number } | null = null
  for (const start of starts) {
    for (const partner of all) {
      const rank = rankOf(start, partner)
      if (rank > 0 && (found === null || rank > found.rank)) found = { start, partner, rank }
    }
  }
  return found
}

/** Farther runs all count the same. */
const DISTANCE_MAX = 1000

/**
 * 0 for the same one. Same backend and input first, then another configuration or model, then earlier, then nearest.
 */
function rankOf(start: Side, other: Side): number {
  if (start.exchange === other.exchange) return 0
  const isSameBackend = start.exchange.backend === other.exchange.backend
  const isSameInput = isOneInput(start.run, other.run)
  const isChanged = isSameBackend && !hasSameContext(start.exchange, other.exchange)
  const kinship = (isSameBackend ? 8 : 0) + (isSameInput ? 4 : 0) + (isChanged ? 2 : 0)
  const isBefore = other.run.id < start.run.id ? 1 : 0
  const distance = Math.min(DISTANCE_MAX, Math.abs(start.run.id - other.run.id))
  return 1 + (kinship + isBefore) * 2 * DISTANCE_MAX + (DISTANCE_MAX - distance)
}

export function hasSameContext({ context: one }: Exchange, { context: other }: Exchange): boolean {
  return (
    one?.configHash === other?.configHash && one?.modelHashes.join() === other?.modelHashes.join()
  )
}

export function isOneInput(left: Run, right: Run): boolean {
  return left.input === right.input || left.input.file === right.input.file
}

export function sidesOf(runs: readonly Run[]): readonly Side[] {
  return runs.flatMap((run) => run.exchanges.map((exchange) => ({ exchange, run })))
}
