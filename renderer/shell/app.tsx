import { useEffect, useRef } from 'react'
import { useKeys } from '../hooks/use_keys.ts'
import { useLanguage } from '../i18n/i18n.ts'
import { isConnected, usePanel } from '../state/panel_store.ts'
import { VIEWS, type View } from '../../protocol/views.ts'
import { cycleTheme, showDialog, showView, useUi } from '../state/ui_store.ts'
import { BackendsView } from '../views/backends/backends_view.tsx'
import { EventsView } from '../views/events/events_view.tsx'
import { LogsView } from '../views/logs/logs_view.tsx'
import { PortsDialog } from '../views/ports/ports_dialog.tsx'
import { SettingsView } from '../views/settings/settings_view.tsx'
import { SystemView } from '../views/system/system_view.tsx'
import { PlaygroundView } from '../views/playground/playground_view.tsx'
import { WizardDialog } from '../views/wizard/wizard_dialog.tsx'
import { Announcer } from './announcer.tsx'
import './app.css'
import { Banners } from './banners.tsx'
import { DropTarget } from './drop_target.tsx'
import { Notices } from './notices.tsx'
import { Palette } from './palette/palette.tsx'
import { RefusedPage } from './refused_page.tsx'
import { ShortcutsDialog } from './shortcuts_dialog.tsx'
import { StatusBar } from './status_bar.tsx'
import { TopBar } from './top_bar.tsx'
import { viewTitle } from './view_titles.ts'

export function App() {
  const language = useLanguage()
  const phase = usePanel((state) => state.connection.phase)
  const isLive = usePanel(isConnected)
  const hasSnapshot = usePanel((state) => state.snapshot !== null)
  const view = useUi((state) => state.view)
  useGlobalKeys()
  useEffect(() => {
    document.title = `${viewTitle(view)} · Switchyard`
  }, [view, language])

  const main = useRef<HTMLElement>(null)
  const shownView = useRef(view)
  useEffect(() => {
    if (shownView.current === view) return
    shownView.current = view
    // The focused element was part of the previous view.
    if (document.activeElement === document.body) main.current?.focus()
  }, [view])

  if (phase === 'refused') return <RefusedPage />
  return (
    <div className="app" data-stale={hasSnapshot && !isLive ? '' : undefined}>
      <TopBar />
      <main ref={main} className="app-main" aria-label={viewTitle(view)} tabIndex={-1} data-region>
        <Banners />
        <CurrentView view={view} />
      </main>
      <StatusBar />
      <Announcer />
      <Notices />
      <DropTarget />
      <ShortcutsDialog />
      <Palette />
      <PortsDialog />
      <WizardDialog />
    </div>
  )
}

function CurrentView({ view }: { view: View }) {
  switch (view) {
    case 'backends':
      return <BackendsView />
    case 'test':
      return <PlaygroundView />
    case 'logs':
      return <LogsView />
    case 'system':
      return <SystemView />
    case 'events':
      return <EventsView />
    case 'settings':
      return <SettingsView />
  }
}

function useGlobalKeys(): void {
  useKeys({
    ...Object.fromEntries(VIEWS.map((view, index) => [`${index + 1}`, () => showView(view)])),
    '?': () => showDialog('shortcuts'),
    'Ctrl+k': () => showDialog('palette'),
    'Ctrl+Shift+t': cycleTheme,
    F6: () => nextRegion(1),
    'Shift+F6': () => nextRegion(-1),
  })
}

function nextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetParent !== null,
  )
  const current = regions.findLastIndex((region) => region.contains(document.activeElement))
  const next = regions[(current + step + regions.length) % regions.length]
  const inside = next?.querySelector<HTMLElement>(
    '[data-region-focus], button, input, [tabindex="0"]',
  )
  ;(inside ?? next)?.focus()
}
