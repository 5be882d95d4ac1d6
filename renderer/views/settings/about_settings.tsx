import { desktopBridge } from '../../api/shell.ts'
import { fieldText } from '../../format/message.ts'
import { duration } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { useNow, usePanel } from '../../state/panel_store.ts'
import { SettingRow } from './setting_row.tsx'

/** A browser shows the same panel; `notice` explains why no desktop window opened. */
function windowText(notice: string | null): string {
  if (desktopBridge() !== null) return t('settings:shell_desktop')
  return [t('settings:shell_browser'), notice ?? ''].join(' ').trim()
}

export function AboutSettings() {
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  const uptime = useNow((nowMs) => duration(nowMs - (plane?.started_at ?? nowMs)))
  if (plane === null) return null
  return (
    <>
      <SettingRow
        title={t('words:switchyard')}
        text={t('settings:version_text', {
          uptime,
          pid: plane.pid,
        })}
      >
        <b>{plane.version}</b>
      </SettingRow>
      <SettingRow title={t('settings:shell')} text={windowText(fieldText(plane, 'shell_notice'))}>
        {null}
      </SettingRow>
      <SettingRow title={t('settings:licences')} text={t('settings:licences_text')}>
        {null}
      </SettingRow>
    </>
  )
}
