/** Desktop app only: start at login, tray, notifications, updates. Stored by the app. */
import { useEffect, useState } from 'react'
import type { DesktopSettings as Settings, DesktopState } from '../../../protocol/desktop.ts'
import { desktopBridge } from '../../api/shell.ts'
import { Switch } from '../../components/switch.tsx'
import { t, useLanguage } from '../../i18n/i18n.ts'
import { noteDone, noteFailure } from '../../state/panel_store.ts'
import { errorText } from '../../format/message.ts'
import { SettingRow } from './setting_row.tsx'
import { Button } from '../../components/button.tsx'

const SWITCHES = ['open_at_login', 'keep_in_tray', 'notifications', 'updates'] as const

export function DesktopSettings() {
  const bridge = desktopBridge()
  const [state, setState] = useState<DesktopState | null>(null)
  const [feed, setFeed] = useState<string | null>(null)
  const settle = (answer: Promise<DesktopState>) => {
    answer.then(setState, (error: unknown) =>
      noteFailure(t('settings:desktop.failed'), errorText(error)),
    )
  }
  const language = useLanguage()
  useEffect(() => {
    if (bridge !== null) settle(bridge.read())
    // The app words its notes in the language of the panel.
  }, [bridge, language])
  if (bridge === null || state === null) return null
  const { settings, notes, update } = state
  const change = (patch: Partial<Settings>) => {
    const before = Object.fromEntries(
      Object.keys(patch).map((key) => [key, settings[key as keyof Settings]]),
    )
    settle(bridge.change(patch))
    noteDone(t('settings:desktop.changed'), () => settle(bridge.change(before)))
  }
  return (
    <>
      {SWITCHES.map((key) => (
        <SettingRow
          key={key}
          title={t(`settings:desktop.title.${key}`)}
          text={t(`settings:desktop.text.${key}`)}
        >
          <Switch
            isOn={settings[key]}
            label={t(`settings:desktop.title.${key}`)}
            onChange={(isOn) => change({ [key]: isOn })}
          />
        </SettingRow>
      ))}
      <SettingRow title={t('settings:desktop.feed')} text={update}>
        <input
          className="field"
          type="url"
          aria-label={t('settings:desktop.feed')}
          placeholder="https://"
          value={feed ?? settings.update_feed}
          onChange={(event) => setFeed(event.target.value)}
          onBlur={() => {
            if (feed !== null && feed !== settings.update_feed) change({ update_feed: feed })
            setFeed(null)
          }}
        />
        <Button size="medium" onClick={() => settle(bridge.checkUpdate())}>
          {t('settings:desktop.look')}
        </Button>
      </SettingRow>
      {notes.map((note) => (
        <p key={note} className="small warn">
          {note}
        </p>
      ))}
    </>
  )
}
