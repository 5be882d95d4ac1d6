/** What to do about each error code; the error's message explains what happened. */
import type { ErrorCode } from '../../../protocol/errors.ts'
import { t } from '../../i18n/i18n.ts'

export const errorRemedy = (code: ErrorCode): string => t(`test:say.remedy.${code}`)
