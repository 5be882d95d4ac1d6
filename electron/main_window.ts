/** The window: its page, bounds, and handling of close and crash. */
import type { DesktopCommand } from '../protocol/desktop.ts'
import { Timer } from '../protocol/disposables.ts'
import { APP_ORIGIN } from '../protocol/desktop.ts'
import { GATEWAY_ARGUMENT, TO_PAGE } from '../protocol/desktop_channels.ts'
import type { ElectronParts, WindowPart } from './parts.ts'
import type { Stored } from './stored.ts'
import { lockContents, SAFE_PREFERENCES, type Gestures } from './trust.ts'
import { placeOf, type WindowState } from './window_state.ts'

export interface MainWindowOptions {
  parts: Pick<ElectronParts, 'createWindow' | 'screen' | 'shell'>
  platform: NodeJS.Platform
  preload: string
  icon: string
  /** `ws://127.0.0.1:8765` */
  gateway: string
  place: Stored<WindowState | null>
  gestures: Gestures
  /** Whether closing hides the window, which the tray restores. */
  hidesOnClose: () => boolean
  /** Whether the window may close, when it does not hide; asked only for a person's request. */
  mayClose: () => boolean
  onClosed: () => void
  /** The page has loaded. */
  onLoaded: () => void
  /** The page's process ended; `isLoop`: too often for another reload. */
  onPageGone: (isLoop: boolean) => void
  /** The system ends the session (Windows); `isCertain`: it can no longer wait. */
  onSessionEnd: (isCertain: boolean) => void
  onFault: (reason: string) => void
}

/** Limits reloads of a page that keeps crashing. */
const RELOADS_MAX = 3
const RELOAD_MS = 60_000
/** On Wayland a hidden window may never be drawn: https://github.com/electron/electron/issues/48859 */
const DRAWN_MS_MAX = 4000

export class MainWindow {
  private readonly options: MainWindowOptions
  private window: WindowPart | null = null
  /** Commands sent before the page listened. */
  private waiting: DesktopCommand[] = []
  private isListening = false
  private crashes: number[] = []
  private readonly shownAnyway = new Timer()
  /** Shows the window for the first time; null when it was shown. */
  private reveal: (() => void) | null = null

  constructor(options: MainWindowOptions) {
    this.options = options
  }

  show(): void {
    const { window } = this
    if (window === null) {
      this.open()
      return
    }
    if (this.reveal !== null) this.reveal()
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  /** Opens it where no tray can bring it back: in the task bar. */
  showMinimized(): void {
    if (this.window === null) this.open()
    this.shownAnyway.clear()
    this.reveal = null
    this.window?.minimize()
  }

  /** Another attempt after a loop of crashes. */
  reload(): void {
    this.crashes = []
    this.window?.webContents.reload()
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
    this.reveal = () => {
      this.reveal = null
      this.shownAnyway.clear()
      // Also shows it, hence not before.
      if (state?.is_maximized === true) window.maximize()
      window.show()
    }
    const reveal = () => {
      this.reveal?.()
    }
    window.once('ready-to-show', reveal)
    this.shownAnyway.setOnce(DRAWN_MS_MAX, reveal)
    contents.on('did-finish-load', () => {
      if (this.options.platform === 'linux') reveal()
      this.options.onLoaded()
    })
    contents.on('render-process-gone', (_event, { reason }) => {
      this.revive(reason)
    })
    window.on('close', (event) => {
      this.remember(window)
      if (this.options.hidesOnClose()) {
        event.preventDefault()
        this.hide(window)
      } else if (!this.options.mayClose()) event.preventDefault()
    })
    let isAsked = false
    window.on('query-session-end', (event) => {
      if (!isAsked) event.preventDefault()
      isAsked = true
      this.options.onSessionEnd(false)
    })
    window.on('session-end', () => {
      this.options.onSessionEnd(true)
    })
    window.on('closed', () => {
      this.window = null
      this.isListening = false
      this.reveal = null
      this.shownAnyway.clear()
      this.options.onClosed()
    })
    window.loadURL(`${APP_ORIGIN}/`).catch((error: unknown) => {
      this.options.onFault(`the panel could not be loaded: ${String(error)}`)
    })
  }

  /** Hiding a full-screen window of macOS leaves a black space: https://github.com/electron/electron/issues/39572 */
  private hide(window: WindowPart): void {
    if (this.options.platform !== 'darwin' || !window.isFullScreen()) {
      window.hide()
      return
    }
    window.once('leave-full-screen', () => {
      window.hide()
    })
    window.setFullScreen(false)
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
    const isLoop = this.crashes.length > RELOADS_MAX
    this.options.onPageGone(isLoop)
    if (!isLoop) this.window.webContents.reload()
  }
}
