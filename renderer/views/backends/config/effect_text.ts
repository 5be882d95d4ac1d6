import type { EditEffect } from '../../../../protocol/config_edits.ts'
import { t } from '../../../i18n/i18n.ts'

interface Circumstances {
  backend: string
  isRunning: boolean
  isEnabled: boolean
}

/** Follows the key's name: "applies immediately". */
export function effectText(
  { effect }: Pick<EditEffect, 'effect'>,
  { backend, isRunning, isEnabled }: Circumstances,
): string {
  switch (effect) {
    case 'live':
      return t('config:effect.live')
    case 'restart':
      return t(isRunning ? 'config:effect.restarts' : 'config:effect.next', { name: backend })
    case 'switch':
      if (isEnabled) {
        return isRunning
          ? t('config:effect.runs_already')
          : t('config:effect.starts', { name: backend })
      }
      return isRunning
        ? t('config:effect.stops', { name: backend })
        : t('config:effect.off_already')
  }
}
