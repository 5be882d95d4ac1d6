/** Stands in for the module `electron` in electron/main.test.ts. */
const nothing = () => undefined

export const app = {
  getPath: () => process.env['STAND_IN_FOLDER'],
  isPackaged: false,
  on: nothing,
  requestSingleInstanceLock: () => true,
  setAppUserModelId: nothing,
  setPath: nothing,
  whenReady: () =>
    new Promise(() => {
      const scope = /** @type {any} */ (globalThis)
      scope.becomeReady = () => {
        console.log('ready')
        process.exit(0)
      }
    }),
}
export const crashReporter = { start: nothing }
export const protocol = { registerSchemesAsPrivileged: nothing }
export const utilityProcess = {}
export const powerMonitor = {}
export const [BrowserWindow, Menu, Notification, Tray, clipboard, dialog] = Array(6).fill({})
export const [ipcMain, nativeImage, screen, session, shell] = Array(5).fill({})
