/** Runs that repeat one another, and what their times come to. Pure. */
import type { Exchange, Run } from '../../../state/runs.ts'
import { hasSameContext, isOneInput, sidesOf, type Side } from './pair.ts'

export interface Repetitions {
  /** The answers that count, this one among them. */
  exchanges: readonly Exchange[]
  /** The only one there is came right after a start: it shows the start, not the model. */
  isCold: boolean
}

/**
 * Answers of the same backend to the same input, with the same configuration and models. The first after a start is left out
 * where there are others.
 */
export function repetitionsOf({ exchange, run }: Side, runs: readonly Run[]): Repetitions {
  const alike = sidesOf(runs.filter((one) => isOneInput(one, run)))
    .map((side) => side.exchange)
    .filter((one) => one.outcome.phase === 'answered' && isAlike(one, exchange))
  const warm = alike.filter(({ context }) => context?.isFirst !== true)
  if (warm.length > 0) return { exchanges: warm, isCold: false }
  return { exchanges: [exchange], isCold: exchange.context?.isFirst === true }
}

function isAlike(one: Exchange, other: Exchange): boolean {
  return one.backend === other.backend && hasSameContext(one, other)
}

export interface Spread {
  median: number
  /** Half of the distance between the quartiles; null below four values, where it means nothing. */
  deviation: number | null
}

const QUARTILES_MIN = 4

/** null without values. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const low = sorted[Math.floor(place)] ?? 0
    const high = sorted[Math.ceil(place)] ?? 0
    return low + (high - low) * (place - Math.floor(place))
  }
  return {
    median: at(0.5),
    deviation: sorted.length < QUARTILES_MIN ? null : (at(0.75) - at(0.25)) / 2,
  }
}
