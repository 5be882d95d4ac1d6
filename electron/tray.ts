import type { MenuItemConstructorOptions } from 'electron'
import type { BackendState, BackendView, Snapshot } from '../protocol/control.ts'
import { message, messageIn, type TextOf } from '../protocol/messages.ts'
import type { ElectronParts, TrayPart } from './parts.ts'

export interface TrayActions {
  show(): void
  start(name: string): void
  stop(name: string): void
  startAll(): void
  stopAll(): void
  quit(): void
}

const DOWN: readonly BackendState[] = ['failed', 'backoff', 'unreachable']

/** The worst state of the enabled backends. */
export type TrayMood = 'off' | 'ready' | 'busy' | 'failed'

export function moodOf(backends: readonly BackendView[]): TrayMood {
  if (backends.some(({ state }) => DOWN.includes(state))) return 'failed'
  const running = backends.filter(({ state }) => state !== 'disabled')
  if (running.length === 0) return 'off'
  return running.every(({ state }) => state === 'ready' || state === 'busy') ? 'ready' : 'busy'
}

/** The switch shows the wanted state, as in the panel; external backends have none. */
export function trayMenu(
  backends: readonly BackendView[],
  actions: TrayActions,
  text: TextOf,
): MenuItemConstructorOptions[] {
  return [
    { label: text(message('menu.show')), click: actions.show },
    { type: 'separator' },
    ...backends.map((backend): MenuItemConstructorOptions => {
      const { name, runtime, wanted: isOn } = backend
      const state = text(message(`state.${backend.state}`))
      const detail = messageIn(backend, 'detail')
      return {
        label: `${name}: ${state}${detail === null ? '' : `, ${text(detail)}`}`.slice(0, 80),
        type: 'checkbox',
        checked: isOn,
        enabled: runtime !== 'external',
        click: () => {
          if (isOn) actions.stop(name)
          else actions.start(name)
        },
      }
    }),
    { type: 'separator' },
    { label: text(message('menu.start_all')), click: actions.startAll },
    { label: text(message('menu.stop_all')), click: actions.stopAll },
    { type: 'separator' },
    { label: text(message('menu.quit')), click: actions.quit },
  ]
}

export interface SwitchyardTray {
  update(snapshot: Snapshot): void
  dispose(): void
}

/** `iconOf` returns a mood's icon file. */
export function openTray(
  parts: Pick<ElectronParts, 'createTray' | 'menu' | 'nativeImage'>,
  platform: NodeJS.Platform,
  iconOf: (mood: TrayMood) => string,
  actions: TrayActions,
  text: TextOf,
): SwitchyardTray {
  const imageOf = (mood: TrayMood) => parts.nativeImage.createFromPath(iconOf(mood))
  const tray: TrayPart = parts.createTray(imageOf('off'))
  let shown = ''
  // On macOS a click opens the menu, and comes as well.
  if (platform !== 'darwin') tray.on('click', actions.show)
  return {
    update: ({ backends }) => {
      const template = trayMenu(backends, actions, text)
      // Snapshots arrive five times a second, and replacing an open menu closes it.
      const key = JSON.stringify(template)
      if (key === shown) return
      shown = key
      const mood = moodOf(backends)
      tray.setImage(imageOf(mood))
      const ready = backends.filter(({ state }) => state === 'ready' || state === 'busy').length
      tray.setToolTip(text(message('app.ready', { ready, total: backends.length })))
      tray.setContextMenu(parts.menu.buildFromTemplate(template))
    },
    dispose: () => {
      tray.destroy()
    },
  }
}
