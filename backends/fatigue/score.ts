/** Fatigue score: a weighted sum. A heuristic; weights and cut-offs are design choices, not fitted. */

export type TermName = 'closure_share' | 'longest_closure' | 'yawning' | 'head_down'

export interface ScoreTerm {
  name: TermName
  weight: number
  /** In the unit of `cut_off`; null if the frames have no time. */
  value: number | null
  /** The value at which the term saturates. */
  cut_off: number
  unit: 'share' | 's'
  points: number | null
}

/** From the valid frames of a window. Times need a frame duration. */
export interface WindowMeasures {
  /** Share of valid frames with shut eyes, in [0, 1]. */
  closureShare: number
  longestClosureS: number | null
  /** Share of valid frames in mouth openings of at least a second. */
  yawnShare: number | null
  /** Share of valid frames with the head well below its usual pitch. */
  headDownShare: number
}

/** The customary PERCLOS limit; one road study used 0.10. */
const CLOSURE_SHARE_FULL = 0.15
const LONGEST_CLOSURE_FULL_S = 1
export const CLASS_LIMIT = 50

/**
 * `100 * (0.60 min(P / 0.15, 1) + 0.15 L + 0.15 Y + 0.10 H)`: P closure, L longest closure over one second, Y
 * yawning, H head down. Missing terms pass their weight to the others.
 */
export function scoreOf(measures: WindowMeasures): { score: number; terms: ScoreTerm[] } {
  const terms = [
    term('closure_share', 0.6, measures.closureShare, CLOSURE_SHARE_FULL, 'share'),
    term('longest_closure', 0.15, measures.longestClosureS, LONGEST_CLOSURE_FULL_S, 's'),
    term('yawning', 0.15, measures.yawnShare, 1, 'share'),
    term('head_down', 0.1, measures.headDownShare, 1, 'share'),
  ]
  const present = terms.filter(({ value }) => value !== null)
  const weight = present.reduce((sum, one) => sum + one.weight, 0)
  for (const one of present) {
    one.points = (100 * one.weight * Math.min((one.value ?? 0) / one.cut_off, 1)) / weight
  }
  return { score: present.reduce((sum, one) => sum + (one.points ?? 0), 0), terms }
}

function term(
  name: TermName,
  weight: number,
  value: number | null,
  cutOff: number,
  unit: 'share' | 's',
): ScoreTerm {
  return { name, weight, value, cut_off: cutOff, unit, points: null }
}
