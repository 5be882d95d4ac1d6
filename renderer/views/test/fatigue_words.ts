/** The parts of a fatigue score in words and figures. Pure. */
import { number, percent } from '../../format/number.ts'

/** Class 1 from this score on; the backend decides by it and does not send it. */
export const FATIGUE_CLASS_LIMIT = 50

const TERM_NAMES: Record<string, string> = {
  closure_share: 'Eyes shut',
  longest_closure: 'Longest closure',
  yawning: 'Yawning',
  head_down: 'Head down',
}

/** A part that this panel does not know keeps its key. */
export function termName(key: string): string {
  return TERM_NAMES[key] ?? key
}

export function termFigure(value: number, unit: string): string {
  return unit === 'share' ? percent(value) : `${number(value, 2)} ${unit}`
}
