import { t } from '../i18n/i18n.ts'
import type { View } from '../../protocol/views.ts'

export const viewTitle = (view: View): string => t(`shell:view.${view}`)
