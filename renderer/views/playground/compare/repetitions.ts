import type { Exchange, Run } from '../../../state/runs.ts'
import { hasSameContext, isOneInput, sidesOf, type Side } from './pair.ts'

export interface Repetitions {
  exchanges: readonly Exchange[]
  /** The only answer followed a start, so it measures the start instead of the model. */
  isCold: boolean
}

/** Same backend, input, configuration and models. Leaves out the first after a start if there are others. */
export function repetitionsOf({ exchange, run }: Side, runs: readonly Run[]): Repetitions {
  const alike = sidesOf(runs)
    .filter((side) => isRepetition(side, { exchange, run }))
    .map((side) => side.exchange)
    .filter(({ outcome }) => outcome.phase === 'answered')
  const warm = alike.filter(({ context }) => context?.isFirst !== true)
  if (warm.length > 0) return { exchanges: warm, isCold: false }
  return { exchanges: [exchange], isCold: exchange.context?.isFirst === true }
}

export function isRepetition(one: Side, other: Side): boolean {
  return (
    one.exchange.backend === other.exchange.backend &&
    isOneInput(one.run, other.run) &&
    hasSameContext(one.exchange, other.exchange)
  )
}

export interface Spread {
  median: number
  /** Half the interquartile range; null below four values. */
  deviation: number | null
}

const QUARTILES_MIN = 4

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
