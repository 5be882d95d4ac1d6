import { Switch } from '../../components/switch.tsx'
import { LANGUAGES, t } from '../../i18n/i18n.ts'
import { changePreferences, useUi } from '../../state/ui_store.ts'
import { LANGUAGE_NAMES } from '../../shell/palette/palette_commands.ts'
import { Choice, SettingRow } from './setting_row.tsx'
import { noteDone } from '../../state/panel_store.ts'
import type { Preferences } from '../../state/preferences.ts'

const THEMES = ['system', 'light', 'dark'] as const
const ROW_HEIGHTS = ['comfortable', 'compact'] as const

export function GeneralSettings() {
  const { theme, language, rowHeight, singleKeys } = useUi()
  return (
    <>
      <SettingRow title={t('settings:theme')} text={t('settings:theme_text')}>
        <Choice
          label={t('settings:theme')}
          value={theme}
          options={THEMES.map((value) => ({ value, words: t(`shell:theme.${value}`) }))}
          onChoose={(value) =>
            changeSetting({ theme: value }, t('settings:theme'), t(`shell:theme.${value}`))
          }
        />
      </SettingRow>
      <SettingRow title={t('settings:language')} text={t('settings:language_text')}>
        <Choice
          label={t('settings:language')}
          value={language}
          options={[
            { value: 'system', words: t('settings:language_system') },
            ...LANGUAGES.map((value) => ({
              value,
              words: LANGUAGE_NAMES[value],
              lang: value,
            })),
          ]}
          onChoose={(value) =>
            changeSetting(
              { language: value },
              t('settings:language'),
              value === 'system' ? t('settings:language_system') : LANGUAGE_NAMES[value],
            )
          }
        />
      </SettingRow>
      <SettingRow title={t('settings:rows')} text={t('settings:rows_text')}>
        <Choice
          label={t('settings:rows')}
          value={rowHeight}
          options={ROW_HEIGHTS.map((value) => ({
            value,
            words: t(`settings:row_height.${value}`),
          }))}
          onChoose={(value) =>
            changeSetting(
              { rowHeight: value },
              t('settings:rows'),
              t(`settings:row_height.${value}`),
            )
          }
        />
      </SettingRow>
      <SettingRow title={t('settings:keys')} text={t('settings:keys_text')}>
        <Switch
          isOn={singleKeys}
          label={t('settings:keys')}
          onChange={(isOn) =>
            changeSetting(
              { singleKeys: isOn },
              t('settings:keys'),
              t(isOn ? 'settings:on' : 'settings:off'),
            )
          }
        />
      </SettingRow>
    </>
  )
}

/** For the confirmation: "Theme: Dark". */
function changeSetting(change: Partial<Preferences>, what: string, to: string): void {
  const before = useUi.getState()
  const keys = Object.keys(change) as (keyof Preferences)[]
  const undo = Object.fromEntries(keys.map((key) => [key, before[key]])) as Partial<Preferences>
  changePreferences(change)
  noteDone(t('settings:changed', { what, to }), () => changePreferences(undo))
}
