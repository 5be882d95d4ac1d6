/** The fatigue score: a weighted sum of what was seen. A heuristic; weights and cut-offs are design choices, fitted to nothing. */

export type TermName = 'closure_share' | 'longest_closure' | 'yawning' | 'head_down'

export interface ScoreTerm {
  name: TermName
  weight: number
  /** What was measured, in the unit of `cut_off`; null when the frames have no time. */
  value: number | null
  /** The value at which the term is full. */
  cut_off: number
  unit: 'share' | 's'
  /** Points of the score that come from it; null when the term is left out. */
  points: number | null
}

/** Seen in the valid frames of a window. Times need the duration of a frame. */
export interface WindowMeasures {
  /** Share of valid frames with shut eyes, in [0, 1]. */
  closureShare: number
  longestClosureS: number | null
  /** Share of valid frames in openings of the mouth that last a second or more. */
  yawnShare: number | null
  /** Share of valid frames with the head well below its usual pitch. */
  headDownShare: number
}

/** 0.15 is the customary PERCLOS limit; one road study used 0.10. */
const CLOSURE_SHARE_FULL = 0.15
const LONGEST_CLOSURE_FULL_S = 1
/** Class 1 from this score on. */
export const CLASS_LIMIT = 50

/**
 * `100 * (0.60 min(P / 0.15, 1) + 0.15 L + 0.15 Y + 0.10 H)`: P closure share, L longest closure by one second, Y share of
 * yawning, H share of head down. Terms without a value are left out and the others share their weight.
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
