/** View, selection, theme and pane of this window. preferences.ts stores the remembered parts. */
import { create } from 'zustand'
import { createJSONStorage, persist, type StateStorage } from 'zustand/middleware'
import { VIEWS, type View } from '../../protocol/views.ts'
import { isNarrow } from './pane_width.ts'
import { focusLogs, jumpTo, showFilesOf, type LogSpan } from './log_store.ts'
import {
  DEFAULT_PREFERENCES,
  PREFERENCES_KEY,
  preferencesIn,
  preferencesOf,
  type PaneTab,
  type Preferences,
} from './preferences.ts'

export interface UiState extends Preferences {
  view: View
  selectedBackend: string | null
  drawerOpen: boolean
  shortcutsOpen: boolean
  paletteOpen: boolean
  portsOpen: boolean
  wizardOpen: boolean
  /** Sent with EEG files; not stored, since the next recording has other channels. */
  eegChannelNames: readonly string[] | null
}

/** Storage may be blocked or full: the choice then lasts as long as the page. */
const browserStorage: StateStorage = {
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => {
    try {
      localStorage.setItem(name, value)
    } catch {
      // Not stored.
    }
  },
  removeItem: (name) => localStorage.removeItem(name),
}

/** Stores the bare preferences, as earlier versions did, without zustand's `{ state, version }`. */
const storage = createJSONStorage<Preferences>(() => browserStorage, {
  reviver: (key, value) => (key === '' ? { state: value } : value),
  replacer: (key, value) => (key === '' ? (value as { state: Preferences }).state : value),
})

export const useUi = create<UiState>()(
  persist<UiState, [], [], Preferences>(
    () => ({
      ...DEFAULT_PREFERENCES,
      view: viewOfHash(location.hash),
      selectedBackend: null,
      drawerOpen: false,
      shortcutsOpen: false,
      paletteOpen: false,
      portsOpen: false,
      wizardOpen: false,
      eegChannelNames: null,
    }),
    {
      name: PREFERENCES_KEY,
      storage,
      partialize: preferencesOf,
      merge: (stored, state) => ({ ...state, ...preferencesOf(stored) }),
    },
  ),
)

// Seen in one window counts as seen in all.
window.addEventListener('storage', (event) => {
  if (event.key !== null && event.key !== PREFERENCES_KEY) return
  const { eventsSeenSeq } = preferencesIn(event.newValue)
  if (eventsSeenSeq !== useUi.getState().eventsSeenSeq) useUi.setState({ eventsSeenSeq })
})

type Dialog = 'shortcuts' | 'palette' | 'ports' | 'wizard'

export function showDialog(dialog: Dialog, isOpen = true): void {
  useUi.setState({ [`${dialog}Open`]: isOpen })
}

export function changePreferences(change: Partial<Preferences>): void {
  useUi.setState(change)
}

export function selectBackend(name: string | null, tab?: PaneTab): void {
  useUi.setState({ selectedBackend: name, ...(tab && { paneTab: tab }) })
}

export function showPane(isOpen = true): void {
  useUi.setState(isNarrow() ? { drawerOpen: isOpen } : { paneOpen: isOpen })
}

export function closeDrawer(): void {
  useUi.setState({ drawerOpen: false })
}

export function showView(view: View): void {
  useUi.setState({ view })
  history.replaceState(null, '', `#${view}`)
}

export interface LogPlace {
  /** null: all processes. */
  backend: string | null
  /** Unix milliseconds. */
  time: number
}

/** Opens the logs of a backend, paused at its first line at or after `time`. */
export function showLogsAt({ backend, time }: LogPlace): void {
  focusLogs(backend === null ? {} : { source: backend })
  jumpTo(time)
  showView('logs')
}

/** Opens the logs of a backend for a span that may belong to an earlier run. */
export function showLogsOfSpan(backend: string, span: LogSpan): void {
  focusLogs({ source: backend })
  showFilesOf(span)
  showView('logs')
}

export function cycleTheme(): void {
  const next = { light: 'dark', dark: 'system', system: 'light' } as const
  useUi.setState((state) => ({ theme: next[state.theme] }))
}

function viewOfHash(hash: string): View {
  return VIEWS.find((view) => `#${view}` === hash) ?? 'backends'
}
