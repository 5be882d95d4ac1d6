/** Keyboard shortcuts of the backends view. Space and arrows act only while a row has the focus. */
import { copyText } from '../api/shell.ts'
import { isWanted } from '../state/pending_switches.ts'
import { backendAddress } from '../format/backend_text.ts'
import type { KeyHandlers } from './use_keys.ts'
import { useActions } from '../state/actions_context.ts'
import { focusLogs } from '../state/log_store.ts'
import { backendsOf, isConnected, usePanel } from '../state/panel_store.ts'
import { FILE_KINDS, takesFile } from '../../protocol/file_kind.ts'
import { aimAt } from '../state/playground_store.ts'
import {
  changePreferences,
  closeDrawer,
  selectBackend,
  showPane,
  showView,
  useUi,
} from '../state/ui_store.ts'
import { isNarrow } from '../state/pane_width.ts'
import { neighbourOf, selectedOf } from '../state/selection.ts'

export function useRowKeys(): KeyHandlers {
  const { panel } = useActions()
  const selected = () =>
    selectedOf(backendsOf(usePanel.getState()), useUi.getState().selectedBackend)
  const live = () => isConnected(usePanel.getState())
  const move = (step: number) => {
    const backends = backendsOf(usePanel.getState())
    const name = neighbourOf(backends, useUi.getState().selectedBackend, step)
    selectBackend(name)
    if (name !== null) rowOf(name)?.focus()
  }
  const onRow = (act: () => void) => (event: KeyboardEvent) =>
    isRow(event.target) && act() === undefined

  return {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: onRow(() => move(1)),
    ArrowUp: onRow(() => move(-1)),
    Home: onRow(() => move(-Infinity)),
    End: onRow(() => move(Infinity)),
    Space: onRow(() => {
      const backend = selected()
      if (!backend || !live()) return
      void panel.setWanted(backend.name, !isWanted(backend, usePanel.getState().switches))
    }),
    Enter: onRow(openPane),
    ']': togglePane,
    Escape: () => {
      if (!useUi.getState().drawerOpen) return false
      closeDrawer()
      return true
    },
    r: () => {
      const backend = selected()
      if (backend && live()) void panel.restart(backend.name)
    },
    t: () => {
      const backend = selected()
      if (backend) testBackend(backend.name)
    },
    l: () => {
      const backend = selected()
      if (backend) showLogsOf(backend.name)
    },
    e: () => {
      changePreferences({ paneTab: 'config' })
      openPane()
    },
    c: () => {
      const backend = selected()
      if (backend) void copyText(backendAddress(backend)).catch(() => undefined)
    },
  }
}

export function testBackend(name: string): void {
  const backend = backendsOf(usePanel.getState()).find((one) => one.name === name)
  for (const kind of FILE_KINDS) {
    if (backend && takesFile(backend.descriptor, kind)) aimAt(kind, name)
  }
  showView('test')
}

export function showLogsOf(name: string): void {
  focusLogs({ source: name })
  showView('logs')
}

export function editConfigOf(name: string): void {
  selectBackend(name, 'config')
  openPane()
}

function togglePane(): void {
  const { drawerOpen, paneOpen } = useUi.getState()
  showPane(!(isNarrow() ? drawerOpen : paneOpen))
}

function openPane(): void {
  showPane()
  // After the pane is drawn.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-pane]')?.focus())
}

function isRow(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('tr[data-backend]')
}

function rowOf(name: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`tr[data-backend="${CSS.escape(name)}"]`)
}
