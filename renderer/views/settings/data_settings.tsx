import { fileSize, number } from '../../format/number.ts'
import { clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { noteDone, usePanel, useToday } from '../../state/panel_store.ts'
import { DEFAULT_PREFERENCES, type Preferences } from '../../state/preferences.ts'
import { changePreferences, useUi } from '../../state/ui_store.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { useReply } from '../../hooks/use_reply.ts'
import { SettingRow } from './setting_row.tsx'
import { Button } from '../../components/button.tsx'

export function DataSettings() {
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  const today = useToday()
  const { value: files, problem } = useReply('logs.files', {})
  if (plane === null) return null
  const { config } = plane
  return (
    <>
      <SettingRow
        title={t('words:configuration')}
        text={`${t('settings:config_text')} ${
          config.problems.length > 0
            ? t('settings:config_refused')
            : config.loaded_at === null
              ? ''
              : t('settings:config_read', { time: clockSeconds(config.loaded_at, today) })
        }`}
      >
        <Path path={config.file} label={t('words:configuration')} />
      </SettingRow>
      <SettingRow title={t('settings:state')} text={t('settings:state_text')}>
        <Path path={plane.state_dir} label={t('settings:state')} />
      </SettingRow>
      <SettingRow
        title={t('words:log_files')}
        text={
          files !== null && files.not_written > 0
            ? t('settings:logs_failed', { lines: number(files.not_written) })
            : t('settings:logs_text')
        }
      >
        {problem !== null && <span className="small stop">{problem}</span>}
        {files !== null && <span className="num">{fileSize(files.bytes)}</span>}
      </SettingRow>
      <SettingRow title={t('settings:browser')} text={t('settings:browser_text')}>
        <Button onClick={resetPreferences}>{t('settings:browser_reset')}</Button>
      </SettingRow>
    </>
  )
}

function Path({ path, label }: { path: string; label: string }) {
  return (
    <>
      <span className="mono setting-path" title={path}>
        <bdi>{path}</bdi>
      </span>
      <CopyButton text={() => path} label={label} />
    </>
  )
}

function resetPreferences(): void {
  const before = useUi.getState()
  const keys = Object.keys(DEFAULT_PREFERENCES) as (keyof Preferences)[]
  const undo = Object.fromEntries(keys.map((key) => [key, before[key]])) as Partial<Preferences>
  // Seen events are not a preference.
  changePreferences({ ...DEFAULT_PREFERENCES, eventsSeenSeq: before.eventsSeenSeq })
  noteDone(t('settings:browser_done'), () => changePreferences(undo))
}
