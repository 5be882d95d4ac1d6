/** The panel's texts in the current language. Components call `t` while they render; App renders again when the language changes. */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import { en } from './en/index.ts'
import { zh } from './zh/index.ts'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell'
    resources: typeof en
    returnNull: false
  }
}

void i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  supportedLngs: [...LANGUAGES],
  ns: Object.keys(en),
  defaultNS: 'shell',
  resources: { en, zh },
  // Synchronously: the first draw has its words. React escapes what it is given.
  initAsync: false,
  interpolation: { escapeValue: false },
  returnNull: false,
})

/** `t('logs:clear')`, `t('logs:matches', { count: 3 })`: keys and their values are checked by the compiler. @public */
export const t = i18next.t

/** The language in force. @public */
export const language = (): Language => (i18next.language === 'zh' ? 'zh' : 'en')

/** Renders the component again when the language changes. Memoized components that call `t` need it: a parent's render skips them. */
export const useLanguage = (): Language => {
  useTranslation()
  return language()
}

/** Switches texts, formats and `<html lang>` to a language. */
export function setLanguage(chosen: Language): void {
  void i18next.changeLanguage(chosen)
  document.documentElement.lang = chosen === 'zh' ? 'zh-Hans' : 'en'
}

/** The first of the browser's languages that the panel speaks. */
export function systemLanguage(preferred: readonly string[] = navigator.languages): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return 'zh'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}
