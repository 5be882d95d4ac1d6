import { t } from '../../i18n/i18n.ts'
import { number, percent } from '../../format/number.ts'

/** Class 1 from this score on; the backend does not send its limit. */
export const FATIGUE_CLASS_LIMIT = 50

const TERMS = ['closure_share', 'longest_closure', 'yawning', 'head_down'] as const

/** Unknown terms keep their key. */
export function termName(key: string): string {
  const known = TERMS.find((term) => term === key)
  return known === undefined ? key : t(`test:say.term.${known}`)
}

export function termFigure(value: number, unit: string): string {
  return unit === 'share' ? percent(value) : `${number(value, 2)} ${unit}`
}
