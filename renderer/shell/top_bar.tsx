import { Keyboard, Monitor, Moon, Search, Sun } from 'lucide-react'
import { t } from '../i18n/i18n.ts'
import { unseenTrouble, useEvents } from '../state/event_store.ts'
import { backendsOf, useNow, usePanel } from '../state/panel_store.ts'
import { VIEWS } from '../../protocol/views.ts'
import { cycleTheme, showDialog, showView, useUi } from '../state/ui_store.ts'
import './top_bar.css'
import { viewTitle } from './view_titles.ts'
import { IconButton } from '../components/button.tsx'

export function TopBar() {
  const current = useUi((state) => state.view)
  return (
    <header className="top-bar row">
      <div className="brand row">
        <Logo />
        <span className="brand-name">Switchyard</span>
      </div>
      <nav aria-label={t('shell:views')} data-region>
        {VIEWS.map((view, index) => (
          <button
            key={view}
            type="button"
            aria-current={view === current ? 'page' : undefined}
            aria-keyshortcuts={`${index + 1}`}
            onClick={() => showView(view)}
          >
            {viewTitle(view)}
            {view === 'backends' && <FailedCount />}
            {view === 'events' && <UnseenCount />}
          </button>
        ))}
      </nav>
      <span className="grow" />
      <button
        type="button"
        className="command-field"
        aria-label={t('palette:name')}
        aria-keyshortcuts="Control+K"
        onClick={() => showDialog('palette')}
      >
        <Search size={15} strokeWidth={1.5} aria-hidden />
        <span className="command-label ellipsis">{t('palette:name')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <IconButton
        icon={Keyboard}
        label={t('words:keyboard_shortcuts')}
        isLarge
        title={`${t('words:keyboard_shortcuts')} (?)`}
        aria-keyshortcuts="?"
        onClick={() => showDialog('shortcuts')}
      />
      <ThemeButton />
    </header>
  )
}

function Logo() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 22 22"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M3 17h16" />
      <path d="M5 17c5 0 6-11 11-11h3" />
      <circle cx="5" cy="17" r="2.2" fill="var(--accent)" stroke="none" />
    </svg>
  )
}

/** Failed backends plus a rejected configuration. */
function FailedCount() {
  const failed = usePanel((state) => {
    const refused = (state.snapshot?.plane.config.problems.length ?? 0) > 0 ? 1 : 0
    return backendsOf(state).filter((backend) => backend.state === 'failed').length + refused
  })
  if (failed === 0) return null
  return (
    <span className="count" title={t('shell:top.problems', { count: failed })}>
      {failed}
      <span className="sr-only"> {t('shell:top.to_solve')}</span>
    </span>
  )
}

/** The badge counts only recent failures; older ones are in the events view. */
const RECENT_MS = 60 * 60_000

/** Crashes and failures of the last hour that no window of this browser has shown yet. */
function UnseenCount() {
  const seenSeq = useUi((state) => state.eventsSeenSeq)
  const sinceMs = useNow((nowMs) => Math.floor(nowMs / 60_000) * 60_000 - RECENT_MS)
  const unseen = useEvents((state) => unseenTrouble(state.events, { seenSeq, sinceMs }))
  if (unseen === 0) return null
  return (
    <span className="count count-warn" title={t('shell:top.unseen_title', { count: unseen })}>
      {unseen}
      <span className="sr-only"> {t('shell:top.unseen')}</span>
    </span>
  )
}

const THEME_ICONS = { light: Sun, dark: Moon, system: Monitor }

function ThemeButton() {
  const theme = useUi((state) => state.theme)
  const Icon = THEME_ICONS[theme]
  const label = t('words:theme_now', { theme: t(`shell:theme.${theme}`) })
  return (
    <IconButton
      icon={Icon}
      label={label}
      isLarge
      title={`${label} (Ctrl Shift T)`}
      aria-keyshortcuts="Control+Shift+T"
      onClick={cycleTheme}
    />
  )
}
