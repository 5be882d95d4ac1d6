/** Texts in the current language. Components call `t` while rendering; App re-renders when the language changes. */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import type { Language } from '../../protocol/messages_zh.ts'
import * as en from './en/index.ts'
import * as zh from './zh/index.ts'

export const LANGUAGES = ['en', 'zh'] as const
export type { Language }

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell'
    resources: typeof en
    returnNull: false
  }
}

/**
 * Shape of a translation: every English key. Of the plural forms (`key_one`, `key_other`) Chinese has only `_other`:
 * https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
 */
type Translated<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Translated<T[K]>
}

void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  supportedLngs: [...LANGUAGES],
  ns: Object.keys(en),
  defaultNS: 'shell',
  resources: { en, zh: zh satisfies Translated<typeof en> },
  // Synchronous, so that the first paint has its texts. React escapes the values.
  initAsync: false,
  interpolation: { escapeValue: false },
  returnNull: false,
})

/** Keys and values are type-checked: `t('logs:matches', { count: 3 })`. @public */
export const t = i18next.t

export const language = (): Language => (i18next.language === 'zh' ? 'zh' : 'en')

/** Re-renders on a language change. Needed by memoized components that call `t`: a parent's render skips them. */
export const useLanguage = (): Language => {
  useTranslation()
  return language()
}

export function setLanguage(chosen: Language): void {
  void i18next.changeLanguage(chosen)
  document.documentElement.lang = chosen === 'zh' ? 'zh-Hans' : 'en'
}

export function systemLanguage(preferred: readonly string[] = navigator.languages): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return 'zh'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}
