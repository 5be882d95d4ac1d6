/** All settings. Changes apply immediately and can be undone. */
import { useRef, useState, type ReactNode } from 'react'
import { t } from '../../i18n/i18n.ts'
import type * as en from '../../i18n/en/index.ts'
import { AboutSettings } from './about_settings.tsx'
import { AccessSettings } from './access_settings.tsx'
import { BackendSettings } from './backend_settings.tsx'
import { desktopBridge } from '../../api/shell.ts'
import { DataSettings } from './data_settings.tsx'
import { DesktopSettings } from './desktop_settings.tsx'
import { GeneralSettings } from './general_settings.tsx'
import './settings_view.css'

type GroupName = keyof (typeof en)['settings']['group']

const GROUPS: Record<GroupName, () => ReactNode> = {
  general: GeneralSettings,
  desktop: DesktopSettings,
  backends: BackendSettings,
  access: AccessSettings,
  data: DataSettings,
  about: AboutSettings,
}

export function SettingsView() {
  const sheet = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState<GroupName>('general')
  const names = (Object.keys(GROUPS) as GroupName[]).filter(
    (name) => name !== 'desktop' || desktopBridge() !== null,
  )
  const show = (name: GroupName) => {
    setCurrent(name)
    const heading = sheet.current?.querySelector<HTMLElement>(`[data-group="${name}"]`)
    heading?.scrollIntoView({ block: 'start' })
    heading?.focus({ preventScroll: true })
  }
  return (
    <div className="view settings">
      <nav className="settings-nav" aria-label={t('settings:name')} data-region>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={name === current ? 'true' : undefined}
            onClick={() => show(name)}
          >
            {t(`settings:group.${name}`)}
          </button>
        ))}
      </nav>
      <div className="settings-sheet" ref={sheet} data-region tabIndex={-1}>
        {names.map((name) => {
          const Group = GROUPS[name]
          return (
            <section key={name} aria-labelledby={`settings-${name}`}>
              <h2 id={`settings-${name}`} data-group={name} tabIndex={-1}>
                {t(`settings:group.${name}`)}
              </h2>
              <Group />
            </section>
          )
        })}
      </div>
    </div>
  )
}
