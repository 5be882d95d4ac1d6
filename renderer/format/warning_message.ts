import { warningTextKey } from '../../protocol/warning_texts.ts'
import type { Warning, WarningValue } from '../../protocol/warnings.ts'
import { t } from '../i18n/i18n.ts'
import { punctuated } from './punctuated.ts'

/** Falls back to the reply's own text: external backends have their own codes. */
export function warningMessage(warning: Warning): string {
  const { message, values = {} } = warning
  const key = warningTextKey(warning)
  if (key === null) return punctuated(message)
  const count = values['count']
  const shown = Object.entries(values).map(([name, value]) => [name, textOf(value, count)] as const)
  const text = t(`warnings:${key as 'unit_assumed.text'}`, {
    ...Object.fromEntries(shown),
    ...(typeof count === 'number' ? { count } : {}),
  })
  return punctuated(text)
}

function textOf(value: WarningValue, count: WarningValue | undefined): string {
  if (!Array.isArray(value)) return String(value)
  const names = value.join(t('words:list_separator'))
  const more = typeof count === 'number' ? count - value.length : 0
  return more > 0 ? t('words:list_more', { names, more }) : names
}
