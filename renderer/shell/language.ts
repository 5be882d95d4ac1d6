import { setLanguage, systemLanguage, type Language } from '../i18n/i18n.ts'
import { useUi } from '../state/ui_store.ts'

function resolvedLanguage(choice: Language | 'system'): Language {
  return choice === 'system' ? systemLanguage() : choice
}

export function applyLanguage(): void {
  const apply = () => {
    setLanguage(resolvedLanguage(useUi.getState().language))
  }
  apply()
  useUi.subscribe((state, before) => {
    if (state.language !== before.language) apply()
  })
  addEventListener('languagechange', apply)
}
