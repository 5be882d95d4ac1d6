/** Values of an EEG reply in words; those of newer backends as received. */
import { t } from '../../i18n/i18n.ts'

const REASONS = ['flat', 'amplitude', 'gradient', 'repaired'] as const
const LEVELS = ['good', 'fair', 'bad'] as const
const LOADS = ['low', 'high'] as const
const EYES = ['open', 'closed'] as const

export function artefactText(reasons: readonly string[]): string {
  const texts = reasons.map((reason) => {
    const known = REASONS.find((one) => one === reason)
    return known === undefined ? reason : t(`test:say.artefact.${known}`)
  })
  return texts.join(t('words:list_separator'))
}

export function qualityText(level: string): string {
  const known = LEVELS.find((one) => one === level)
  return known === undefined ? level : t(`test:say.quality.${known}`)
}

export function loadText(state: string): string {
  const known = LOADS.find((one) => one === state)
  return known === undefined ? state : t(`test:say.load_state.${known}`)
}

export function eyesText(prediction: string): string {
  const known = EYES.find((one) => one === prediction)
  return known === undefined ? prediction : t(`test:say.eyes.${known}`)
}
