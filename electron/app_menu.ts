import type { MenuItemConstructorOptions } from 'electron'
import type { DesktopCommand } from '../protocol/desktop.ts'
import { message, type PlainCode, type TextOf } from '../protocol/messages.ts'
import { VIEWS } from '../protocol/views.ts'

export interface MenuActions {
  command(command: DesktopCommand): void
  openFolder(which: 'state' | 'crashes' | 'settings'): void
  restartSafely(): void
  quit(): void
}

type Label = Extract<PlainCode, `menu.${string}`> extends `menu.${infer Name}` ? Name : never
type Role = Extract<Label, NonNullable<MenuItemConstructorOptions['role']>>

/** `isMac`: the first menu is that of the app. No developer tools, which the packaged panel lacks. */
export function appMenu(
  actions: MenuActions,
  { isMac, isPackaged, text }: { isMac: boolean; isPackaged: boolean; text: TextOf },
): MenuItemConstructorOptions[] {
  const label = (name: Label) => text(message(`menu.${name}`))
  const roles = (...names: Role[]) => names.map((role) => ({ role, label: label(role) }))
  const folder = (
    which: Parameters<MenuActions['openFolder']>[0],
    name: Label,
  ): MenuItemConstructorOptions => ({
    label: label(name),
    click: () => {
      actions.openFolder(which)
    },
  })
  const quit: MenuItemConstructorOptions = {
    label: label('quit'),
    accelerator: 'CmdOrCtrl+Q',
    click: actions.quit,
  }
  return [
    isMac
      ? {
          label: 'Switchyard',
          submenu: [...roles('about', 'services', 'hide', 'hideOthers', 'unhide'), quit],
        }
      : { label: label('file'), submenu: [...roles('close'), quit] },
    { label: label('edit'), submenu: roles('undo', 'redo', 'cut', 'copy', 'paste', 'selectAll') },
    {
      label: label('view'),
      submenu: [
        ...VIEWS.map((view, index): MenuItemConstructorOptions => ({
          label: label(view),
          accelerator: `CmdOrCtrl+${index + 1}`,
          click: () => {
            actions.command({ kind: 'view', view })
          },
        })),
        { type: 'separator' },
        ...roles('resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen'),
        ...(isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    ...(isMac ? [{ role: 'windowMenu' as const, label: label('window') }] : []),
    {
      role: 'help',
      label: label('help'),
      submenu: [
        folder('state', 'state'),
        folder('crashes', 'crashes'),
        folder('settings', 'preferences'),
        { type: 'separator' },
        { label: label('safe_mode'), click: actions.restartSafely },
      ],
    },
  ]
}
