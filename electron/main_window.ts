/** The window: its page, bounds, and handling of close and crash. */
import type { DesktopCommand } from '../protocol/desktop.ts'
import { APP_ORIGIN } from '../protocol/desktop.ts'
import { GATEWAY_ARGUMENT, TO_PAGE } from '../protocol/desktop_channels.ts'
import type { ElectronParts, WindowPart } from './parts.ts'
import type { Stored } from './stored.ts'
import { lockContents, SAFE_PREFERENCES, type Gestures } from './trust.ts'
import { placeOf, type WindowState } from './window_state.ts'

export interface MainWindowOptions {
  parts: Pick<ElectronParts, 'createWindow' | 'screen' | 'shell'>
  preload: string
  icon: string
  /** `ws://127.0.0.1:8765` */
  gateway: string
  place: Stored<WindowState | null>
  gestures: Gestures
  /** Whether closing hides the window, which the tray restores. */
  hidesOnClose: () => boolean
  onClosed: () => void
  onShown: () => void
  onFault: (reason: string) => void
}

/** Limits reloads of a page that keeps crashing. */
const RELOADS_MAX = 3
const RELOAD_MS = 60_000

export class MainWindow {
  private readonly options: MainWindowOptions
  private window: WindowPart | null = null
  /** Commands sent before the page listened. */
  private waiting: DesktopCommand[] = []
  private isListening = false
  private crashes: number[] = []

  constructor(options: MainWindowOptions) {
    this.options = options
  }

  show(): void {
    const { window } = this
    if (window === null) {
      this.open()
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  command(command: DesktopCommand): void {
    if (this.isListening && this.window !== null)
      this.window.webContents.send(TO_PAGE.command, command)
    else this.waiting.push(command)
  }

  listening(): void {
    this.isListening = true
    for (const command of this.waiting.splice(0)) this.command(command)
  }

  private open(): void {
    const { parts, preload, icon, gateway, place, gestures } = this.options
    const state = place.read()
    const window = parts.createWindow({
      ...placeOf(
        state,
        parts.screen.getAllDisplays().map(({ workArea }) => workArea),
      ),
      minWidth: 900,
      minHeight: 600,
      show: false,
      title: 'Switchyard',
      icon,
      backgroundColor: '#111514',
      autoHideMenuBar: true,
      webPreferences: {
        ...SAFE_PREFERENCES,
        preload,
        additionalArguments: [`${GATEWAY_ARGUMENT}${gateway}`],
      },
    })
    this.window = window
    this.isListening = false
    const { webContents: contents } = window
    lockContents(contents, (url) => {
      parts.shell.openExternal(url).catch((error: unknown) => {
        this.options.onFault(`${url} could not be opened: ${String(error)}`)
      })
    })
    gestures.watch(contents)
    if (state?.is_maximized === true) window.maximize()
    window.once('ready-to-show', () => {
      window.show()
      this.options.onShown()
    })
    contents.on('render-process-gone', (_event, { reason }) => {
      this.revive(reason)
    })
    window.on('close', (event) => {
      this.remember(window)
      if (!this.options.hidesOnClose()) return
      event.preventDefault()
      window.hide()
    })
    window.on('closed', () => {
      this.window = null
      this.isListening = false
      this.options.onClosed()
    })
    window.loadURL(`${APP_ORIGIN}/`).catch((error: unknown) => {
      this.options.onFault(`the panel could not be loaded: ${String(error)}`)
    })
  }

  private remember(window: WindowPart): void {
    this.options.place.write({ ...window.getNormalBounds(), is_maximized: window.isMaximized() })
  }

  private revive(reason: string): void {
    if (reason === 'clean-exit' || this.window === null) return
    const now = Date.now()
    this.isListening = false
    this.crashes = [...this.crashes.filter((at) => now - at < RELOAD_MS), now]
    this.options.onFault(`the panel's page ended (${reason}); the backends run on`)
    if (this.crashes.length <= RELOADS_MAX) this.window.webContents.reload()
  }
}
