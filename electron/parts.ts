/** The used parts of Electron, with its types, as an interface that tests can implement. */
import type * as Electron from 'electron'

export interface ElectronParts {
  app: Pick<
    Electron.App,
    | 'disableHardwareAcceleration'
    | 'exit'
    | 'getLoginItemSettings'
    | 'getPath'
    | 'getVersion'
    | 'isPackaged'
    | 'on'
    | 'quit'
    | 'relaunch'
    | 'releaseSingleInstanceLock'
    | 'requestSingleInstanceLock'
    | 'setAppUserModelId'
    | 'setAsDefaultProtocolClient'
    | 'setLoginItemSettings'
    | 'setPath'
    | 'whenReady'
  >
  createWindow: (options: Electron.BrowserWindowConstructorOptions) => WindowPart
  createTray: (icon: Electron.NativeImage) => TrayPart
  createNotification: (
    options: Electron.NotificationConstructorOptions,
  ) => Pick<Electron.Notification, 'on' | 'show'>
  clipboard: Pick<Electron.Clipboard, 'writeText'>
  crashReporter: Pick<Electron.CrashReporter, 'start'>
  dialog: Pick<Electron.Dialog, 'showErrorBox' | 'showMessageBox' | 'showOpenDialog'>
  ipcMain: Pick<Electron.IpcMain, 'handle'>
  menu: Pick<typeof Electron.Menu, 'buildFromTemplate' | 'setApplicationMenu'>
  nativeImage: Pick<typeof Electron.nativeImage, 'createFromPath'>
  /** Only after the app is ready. */
  powerMonitor: Pick<Electron.PowerMonitor, 'on'>
  protocol: Pick<Electron.Protocol, 'handle' | 'registerSchemesAsPrivileged'>
  screen: Pick<Electron.Screen, 'getAllDisplays'>
  /** Only after the app is ready. */
  session: () => Pick<
    Electron.Session,
    'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'
  >
  shell: Pick<Electron.Shell, 'openExternal' | 'openPath'>
  utilityProcess: Pick<typeof Electron.utilityProcess, 'fork'>
}

export type WindowPart = Pick<
  Electron.BrowserWindow,
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isFullScreen'
  | 'isMaximized'
  | 'isMinimized'
  | 'loadURL'
  | 'maximize'
  | 'minimize'
  | 'on'
  | 'once'
  | 'restore'
  | 'setFullScreen'
  | 'show'
> & { webContents: ContentsPart }

export type ContentsPart = Pick<
  Electron.WebContents,
  'id' | 'isDestroyed' | 'on' | 'reload' | 'send' | 'setWindowOpenHandler'
>

export type TrayPart = Pick<
  Electron.Tray,
  'destroy' | 'on' | 'setContextMenu' | 'setImage' | 'setToolTip'
>

export interface ProcessFacts {
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  /** dist/electron/, in the archive when packaged. */
  programDir: string
  resourcesDir: string
  electronVersion: string
}
