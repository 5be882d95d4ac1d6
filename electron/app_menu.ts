import type { MenuItemConstructorOptions } from 'electron'
import type { DesktopCommand } from '../protocol/desktop.ts'
import { VIEWS } from '../protocol/views.ts'

export interface MenuActions {
  command(command: DesktopCommand): void
  openFolder(which: 'state' | 'crashes' | 'settings'): void
  restartSafely(): void
  quit(): void
}

const VIEW_WORDS = {
  backends: 'Backends',
  test: 'Test',
  logs: 'Logs',
  system: 'GPU and system',
  events: 'Events',
  settings: 'Settings',
} as const

/** `isMac`: the first menu is that of the app. No developer tools, which the packaged panel lacks. */
export function appMenu(
  actions: MenuActions,
  { isMac, isPackaged }: { isMac: boolean; isPackaged: boolean },
): MenuItemConstructorOptions[] {
  const quit: MenuItemConstructorOptions = {
    label: 'Quit Switchyard',
    accelerator: 'CmdOrCtrl+Q',
    click: actions.quit,
  }
  return [
    ...(isMac
      ? [
          {
            label: 'Switchyard',
            submenu: [
              { role: 'about' as const },
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              quit,
            ],
          },
        ]
      : [{ label: 'File', submenu: [{ role: 'close' as const, label: 'Close window' }, quit] }]),
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        ...VIEWS.map((view, index): MenuItemConstructorOptions => ({
          label: VIEW_WORDS[view],
          accelerator: `CmdOrCtrl+${index + 1}`,
          click: () => {
            actions.command({ kind: 'view', view })
          },
        })),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    {
      role: 'help',
      submenu: [
        folder('Logs and measurements', 'state', actions),
        folder('Crash reports of the app', 'crashes', actions),
        folder('Settings of the app', 'settings', actions),
        { type: 'separator' },
        { label: 'Restart in safe mode', click: actions.restartSafely },
      ],
    },
  ]
}

function folder(
  label: string,
  which: Parameters<MenuActions['openFolder']>[0],
  actions: MenuActions,
): MenuItemConstructorOptions {
  return {
    label,
    click: () => {
      actions.openFolder(which)
    },
  }
}
