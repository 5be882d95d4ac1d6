/**
 * The words of the panel in the language that is in force. Components call `t` while they draw; a change of language draws the
 * whole panel anew (see app.tsx), so that no component has to listen for it.
 */
import i18next from 'i18next'
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

void i18next.init({
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

/** Puts words, formats and `<html lang>` into a language. Whoever calls it draws the panel anew. */
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
