/** Engagement index beta / (alpha + theta) of Pope, Bogart & Bartolome (1995) as a score. Published, not trained. */
import type { BandName } from './dsp_spectrum.ts'
import type { EegOptions } from './options.ts'

export type BandPowers = Record<BandName, number | null>
export type IndexBand = 'theta' | 'alpha' | 'beta'
export type LoadState = 'low' | 'high'

/** Sums the powers of the channels, as the paper sums four sites. Null if a band is missing or all is silent. */
export function engagementOf(channels: readonly Pick<BandPowers, IndexBand>[]): number | null {
  let beta = 0
  let slow = 0
  for (const powers of channels) {
    if (powers.beta === null || powers.alpha === null || powers.theta === null) return null
    beta += powers.beta
    slow += powers.alpha + powers.theta
  }
  return slow > 0 ? beta / slow : null
}

/** 0 for no beta, 50 at the midpoint, approaching 100. A design choice; monotone, so it ranks windows as the index. */
export function scoreOf(engagement: number, midpoint: number): number {
  return (100 * engagement) / (engagement + midpoint)
}

export interface SmoothedScore {
  scoreEma: number
  state: LoadState
  stateChanged: boolean
}

/** The first window starts the average and is not a state change. */
export function smoothScores(
  scores: readonly number[],
  { smoothing, high_at: highAt, low_at: lowAt }: EegOptions,
): SmoothedScore[] {
  let previous: SmoothedScore | null = null
  return scores.map((score) => {
    const scoreEma: number =
      previous === null ? score : smoothing * previous.scoreEma + (1 - smoothing) * score
    const before: LoadState | null = previous?.state ?? null
    const state = nextState(before ?? 'low', scoreEma, highAt, lowAt)
    previous = { scoreEma, state, stateChanged: before !== null && state !== before }
    return previous
  })
}

/** Between both thresholds the state stays. */
function nextState(state: LoadState, score: number, highAt: number, lowAt: number): LoadState {
  if (score >= highAt) return 'high'
  return score <= lowAt ? 'low' : state
}
