/** A double of Electron by the rules in RULES.md: it records calls, while the test plays the system. `satisfies` checks its types. */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import type {
  BrowserWindowConstructorOptions,
  IpcMainInvokeEvent,
  MenuItemConstructorOptions,
} from 'electron'
import { APP_ORIGIN } from '../../protocol/desktop.ts'
import type { RunProgram } from '../../control/processes/process_reader.ts'
import type { ElectronParts, TrayPart, WindowPart } from '../parts.ts'
import { utilityDouble } from './utility_double.ts'

type PermissionRequest = Parameters<
  ReturnType<ElectronParts['session']>['setPermissionRequestHandler']
>[0]
type PermissionCheck = Parameters<
  ReturnType<ElectronParts['session']>['setPermissionCheckHandler']
>[0]

export class ElectronDouble {
  readonly app = new EventEmitter()
  readonly calls: { name: string; given: unknown[] }[] = []
  readonly windows: WindowDouble[] = []
  readonly trays: TrayDouble[] = []
  readonly notifications: { title?: string; body?: string; click(): void }[] = []
  readonly power = new EventEmitter()
  readonly handlers = new Map<string, (event: IpcMainInvokeEvent, ...given: unknown[]) => unknown>()
  menu: MenuItemConstructorOptions[] = []
  pages: ((request: Request) => Response | Promise<Response>) | null = null
  permissionRequest: PermissionRequest = null
  permissionCheck: PermissionCheck = null
  hasLock = true
  /** Whether the desktop of Linux shows tray icons; an icon can be created anyway. */
  hasTrayHost = true
  wasOpenedAtLogin = false
  /** Whether a hidden window is drawn; on Wayland it may not be. */
  isDrawnHidden = true
  /** The button that the user clicks. */
  response = 0
  /** The user's choice in the file dialog. */
  chosen: string[] = []
  isPackaged = false
  isReady = false
  private setReady: () => void = () => undefined
  private readonly ready: Promise<void>
  private readonly userData: string

  constructor(userData: string) {
    this.userData = userData
    this.ready = new Promise((resolve) => {
      this.setReady = resolve
    })
  }

  becomeReady(): void {
    this.isReady = true
    this.setReady()
  }

  called(name: string): unknown[][] {
    return this.calls.filter((call) => call.name === name).map(({ given }) => given)
  }

  /** Quits like Electron: before-quit, then, unless prevented, the exit. */
  quit(): void {
    if (isPrevented((event) => this.app.emit('before-quit', event))) return
    this.app.emit('quit')
    this.note('ended')
  }

  /** Logout on Windows: no before-quit. Returns whether the app delays it. */
  endSession(): boolean {
    const delays = this.windows.filter(({ events }) =>
      isPrevented((event) => events.emit('query-session-end', event)),
    )
    if (delays.length > 0) return true
    for (const { events } of this.windows) events.emit('session-end', {})
    return false
  }

  /** Arguments as Chromium passes them on: switches first, with one that it adds. */
  secondInstance(argv: readonly string[], folder: string): void {
    const [program = '', ...rest] = argv
    const switches = rest.filter((one) => one.startsWith('-'))
    const others = rest.filter((one) => !one.startsWith('-'))
    const given = [program, ...switches, '--original-process-start-time=1', ...others]
    this.app.emit('second-instance', {}, given, folder, null)
  }

  /** busctl and gdbus. */
  readonly runProgram: RunProgram = (program) =>
    this.hasTrayHost ? Promise.resolve('b true\n') : Promise.reject(new Error(`${program} failed`))

  /** A call of the page, by default from its main frame. */
  call(channel: string, given: unknown[], frame?: { url: string } | null): Promise<unknown> {
    const mainFrame = { url: `${APP_ORIGIN}/` }
    const contents = this.windows.at(-1)?.webContents
    const sender = Object.assign(Object.create(contents ?? null) as object, { mainFrame })
    const event = { sender, senderFrame: frame === undefined ? mainFrame : frame }
    const handler = this.handlers.get(channel)
    if (handler === undefined) throw new Error(`nobody handles ${channel}`)
    return Promise.resolve(handler(event as unknown as IpcMainInvokeEvent, ...given))
  }

  get parts(): ElectronParts {
    const keep =
      (name: string) =>
      (...given: unknown[]) => {
        this.note(name, ...given)
      }
    const { app } = this
    return {
      app: {
        disableHardwareAcceleration: keep('disableHardwareAcceleration'),
        exit: keep('exit'),
        getLoginItemSettings: () =>
          ({ wasOpenedAtLogin: this.wasOpenedAtLogin }) as ReturnType<
            ElectronParts['app']['getLoginItemSettings']
          >,
        getPath: (name) => `${this.userData}/${name}`,
        getVersion: () => '0.1.0',
        isPackaged: this.isPackaged,
        on: (event: string, listener: (...given: never[]) => void) => {
          app.on(event, listener as (...given: unknown[]) => void)
          return this.parts.app as never
        },
        quit: () => {
          this.quit()
        },
        relaunch: keep('relaunch'),
        releaseSingleInstanceLock: keep('releaseLock'),
        requestSingleInstanceLock: () => this.hasLock,
        setAppUserModelId: keep('setAppUserModelId'),
        setAsDefaultProtocolClient: (scheme) => {
          this.note('protocolClient', scheme)
          return true
        },
        setLoginItemSettings: keep('setLoginItemSettings'),
        setPath: (name, folder) => {
          if (!existsSync(folder)) throw new Error(`${folder} does not exist`)
          this.note('setPath', name, folder)
        },
        whenReady: () => this.ready,
      },
      createWindow: (options) => {
        const window = new WindowDouble(options, this.windows.length + 1, this.isDrawnHidden)
        this.windows.push(window)
        return window.part
      },
      createTray: () => {
        const tray = new TrayDouble()
        this.trays.push(tray)
        return tray.part
      },
      createNotification: ({ title, body }) => {
        const notification = Object.assign(new EventEmitter(), { show: () => undefined })
        const weak = new WeakRef(notification)
        this.notifications.push({
          ...(title === undefined ? {} : { title }),
          ...(body === undefined ? {} : { body }),
          click: () => weak.deref()?.emit('click'),
        })
        return notification as never
      },
      clipboard: {
        writeText: (text) => {
          this.note('copy', text)
          return Promise.resolve()
        },
      },
      crashReporter: { start: keep('crashReporter') },
      dialog: {
        showErrorBox: keep('errorBox'),
        showMessageBox: (options: unknown) => {
          this.note('messageBox', options)
          return Promise.resolve({ response: this.response, checkboxChecked: false })
        },
        showOpenDialog: (options: unknown) => {
          this.note('openDialog', options)
          return Promise.resolve({ canceled: this.chosen.length === 0, filePaths: this.chosen })
        },
      },
      ipcMain: {
        handle: (channel, listener) => {
          this.handlers.set(channel, listener)
        },
      },
      menu: {
        buildFromTemplate: (template) => {
          this.note('menu', template)
          return template as never
        },
        setApplicationMenu: (menu) => {
          this.menu = menu as unknown as MenuItemConstructorOptions[]
        },
      },
      nativeImage: { createFromPath: (file) => ({ file }) as never },
      powerMonitor: this.power as never,
      protocol: {
        handle: (scheme, handler) => {
          this.note('scheme', scheme)
          this.pages = handler
        },
        registerSchemesAsPrivileged: (schemes) => {
          if (this.isReady) throw new Error('only before the app is ready')
          this.note('privileged', schemes)
        },
      },
      screen: {
        getAllDisplays: () =>
          [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] as ReturnType<
            ElectronParts['screen']['getAllDisplays']
          >,
      },
      session: () => ({
        setDevicePermissionHandler: keep('devicePermissions'),
        setPermissionCheckHandler: (handler) => {
          this.permissionCheck = handler
        },
        setPermissionRequestHandler: (handler) => {
          this.permissionRequest = handler
        },
      }),
      shell: {
        openExternal: (url) => {
          this.note('openExternal', url)
          return Promise.resolve()
        },
        openPath: (folder) => {
          this.note('openPath', folder)
          return Promise.resolve('')
        },
      },
      utilityProcess: utilityDouble({ app, isReady: () => this.isReady }),
    } satisfies ElectronParts
  }

  private note(name: string, ...given: unknown[]): void {
    this.calls.push({ name, given })
  }
}

export class WindowDouble {
  readonly events = new EventEmitter()
  readonly contents = new EventEmitter()
  readonly sent: { channel: string; given: unknown[] }[] = []
  readonly options: BrowserWindowConstructorOptions
  openHandler: Parameters<WindowPart['webContents']['setWindowOpenHandler']>[0] | null = null
  url = ''
  isShown = false
  isMinimized = false
  isMaximized = false
  isFullScreen = false
  isGone = false
  reloads = 0
  private readonly id: number
  private readonly isDrawnHidden: boolean

  constructor(options: BrowserWindowConstructorOptions, id: number, isDrawnHidden = true) {
    this.options = options
    this.id = id
    this.isDrawnHidden = isDrawnHidden
  }

  /** Closes like the user, unless prevented. */
  close(): void {
    if (isPrevented((event) => this.events.emit('close', event))) return
    this.isGone = true
    this.events.emit('closed')
  }

  get webContents(): WindowPart['webContents'] {
    const { contents } = this
    return {
      id: this.id,
      isDestroyed: () => this.isGone,
      on: contents.on.bind(contents) as never,
      reload: () => {
        this.reloads++
      },
      send: (channel, ...given: unknown[]) => {
        this.sent.push({ channel, given })
      },
      setWindowOpenHandler: (handler) => {
        this.openHandler = handler
      },
    }
  }

  get part(): WindowPart {
    const { events } = this
    return {
      focus: () => undefined,
      getNormalBounds: () => ({ x: 10, y: 20, width: 1300, height: 900 }),
      hide: () => {
        this.isShown = false
      },
      isFullScreen: () => this.isFullScreen,
      isMaximized: () => this.isMaximized,
      isMinimized: () => this.isMinimized,
      loadURL: (url) => {
        this.url = url
        setImmediate(() => {
          this.contents.emit('did-finish-load')
          if (this.isDrawnHidden) events.emit('ready-to-show')
        })
        return Promise.resolve()
      },
      maximize: () => {
        this.isMaximized = true
        this.isShown = true
      },
      minimize: () => {
        this.isMinimized = true
      },
      on: events.on.bind(events) as never,
      once: events.once.bind(events) as never,
      restore: () => {
        this.isMinimized = false
      },
      setFullScreen: (isOn) => {
        this.isFullScreen = isOn
        setImmediate(() => events.emit(isOn ? 'enter-full-screen' : 'leave-full-screen'))
      },
      show: () => {
        this.isShown = true
      },
      webContents: this.webContents,
    }
  }
}

export class TrayDouble {
  readonly events = new EventEmitter()
  menu: MenuItemConstructorOptions[] = []
  toolTip = ''
  image = ''
  isGone = false

  get part(): TrayPart {
    return {
      destroy: () => {
        this.isGone = true
      },
      on: this.events.on.bind(this.events) as never,
      setContextMenu: (menu) => {
        this.menu = menu as unknown as MenuItemConstructorOptions[]
      },
      setImage: (image) => {
        this.image = (image as unknown as { file: string }).file
      },
      setToolTip: (text) => {
        this.toolTip = text
      },
    }
  }
}

function isPrevented(emit: (event: { preventDefault(): void }) => void): boolean {
  let is = false
  emit({ preventDefault: () => (is = true) })
  return is
}
