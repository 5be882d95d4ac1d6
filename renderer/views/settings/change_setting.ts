/** Changes a preference at once and says so, with the way back. */
import { t } from '../../i18n/i18n.ts'
import { noteDone } from '../../state/panel_store.ts'
import type { Preferences } from '../../state/preferences.ts'
import { useUi } from '../../state/ui_store.ts'

/** `what` and `to` say in words what has become of it: "Theme: Dark". */
export function changeSetting(change: Partial<Preferences>, what: string, to: string): void {
  const before = useUi.getState()
  const keys = Object.keys(change) as (keyof Preferences)[]
  const undo = Object.fromEntries(keys.map((key) => [key, before[key]])) as Partial<Preferences>
  useUi.setState(change)
  noteDone(t('settings:changed', { what, to }), () => useUi.setState(undo))
}
