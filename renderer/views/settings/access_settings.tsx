/** Who can connect: where the control plane listens, and the token. */
import { t } from '../../i18n/i18n.ts'
import { usePanel } from '../../state/panel_store.ts'
import { CopyButton } from '../backends/copy_button.tsx'
import { SettingRow } from './setting_row.tsx'

export function AccessSettings() {
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  if (plane === null) return null
  const address = `${plane.host.includes(':') ? `[${plane.host}]` : plane.host}:${plane.port}`
  const isLocal = /^(127\.|::1$|localhost$)/.test(plane.host)
  return (
    <>
      <SettingRow
        title={t('settings:address')}
        text={t(isLocal ? 'settings:address_local' : 'settings:address_wide')}
      >
        <span className="mono">{address}</span>
        <CopyButton text={() => address} label={t('settings:address')} />
      </SettingRow>
      <SettingRow title={t('settings:token')} text={t('settings:token_text')}>
        <span className="small ink-3">{t('settings:token_kept')}</span>
      </SettingRow>
    </>
  )
}
