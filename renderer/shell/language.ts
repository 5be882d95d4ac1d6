/** The language of the panel, and of the desktop app around it: the person's choice, or the browser's. */
import { errorText } from '../format/message.ts'
import { desktopBridge } from '../api/shell.ts'
import { setLanguage, systemLanguage, t, type Language } from '../i18n/i18n.ts'
import { noteFailure } from '../state/panel_store.ts'
import { useUi } from '../state/ui_store.ts'

function resolvedLanguage(choice: Language | 'system'): Language {
  return choice === 'system' ? systemLanguage() : choice
}

export function applyLanguage(): void {
  const apply = () => {
    const language = resolvedLanguage(useUi.getState().language)
    setLanguage(language)
    desktopBridge()
      ?.change({ language })
      .catch((error: unknown) => noteFailure(t('settings:desktop.failed'), errorText(error)))
  }
  apply()
  useUi.subscribe((state, before) => {
    if (state.language !== before.language) apply()
  })
  addEventListener('languagechange', apply)
}
