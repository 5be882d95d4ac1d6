import { useState } from 'react'
import { keepPageKey } from '../../api/page_key.ts'
import { panelOrigin } from '../../api/shell.ts'
import { t } from '../../i18n/i18n.ts'
import { useControlCall } from '../../state/control_context.tsx'
import { isConnected, noteFailure, usePanel } from '../../state/panel_store.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { SettingRow } from './setting_row.tsx'
import { Button } from '../../components/button.tsx'

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
        <ReplaceToken />
      </SettingRow>
    </>
  )
}

type Replacement = { phase: 'idle' | 'asked' | 'under way' } | { phase: 'done'; link: string }

function ReplaceToken() {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const [state, setState] = useState<Replacement>({ phase: 'idle' })
  const replace = async () => {
    setState({ phase: 'under way' })
    try {
      const { key, token } = await call('token.replace', {})
      keepPageKey(key)
      setState({ phase: 'done', link: `${panelOrigin()}/?token=${token}` })
    } catch (error) {
      noteFailure(t('settings:token_not_replaced'), (error as Error).message)
      setState({ phase: 'idle' })
    }
  }
  switch (state.phase) {
    case 'idle':
    case 'under way':
      return (
        <Button
          disabled={!isLive || state.phase === 'under way'}
          onClick={() => setState({ phase: 'asked' })}
        >
          {t('settings:token_replace')}
        </Button>
      )
    case 'asked':
      return (
        <>
          <Button look="danger" disabled={!isLive} autoFocus onClick={() => void replace()}>
            {t('settings:token_confirm')}
          </Button>
          <Button onClick={() => setState({ phase: 'idle' })}>{t('words:cancel')}</Button>
        </>
      )
    case 'done':
      return (
        <span className="small" role="status">
          {t('settings:token_replaced')}. {t('settings:token_replaced_text')}{' '}
          <CopyButton text={() => state.link} label={t('settings:token')} />
        </span>
      )
  }
}
