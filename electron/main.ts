/** Entry of the desktop app: hands Electron's parts to the shell. The only file that loads Electron. */
import {
  BrowserWindow,
  Menu,
  Notification,
  Tray,
  app,
  clipboard,
  crashReporter,
  dialog,
  ipcMain,
  nativeImage,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron'
import { openTerminal } from '../control/terminal.ts'
import { runShell } from './shell.ts'

const { node, electron, chrome } = process.versions
openTerminal().print(`Electron ${electron}, Chromium ${chrome}, Node ${node}`)

// Not awaited: Electron becomes ready only once this module has been evaluated. The shell reports failures itself.
void runShell({
  parts: {
    app,
    createWindow: (options) => new BrowserWindow(options),
    createTray: (icon) => new Tray(icon),
    createNotification: (options) => new Notification(options),
    clipboard,
    crashReporter,
    dialog,
    ipcMain,
    menu: Menu,
    nativeImage,
    protocol,
    screen,
    session: () => session.defaultSession,
    shell,
    utilityProcess,
  },
  facts: {
    argv: process.argv,
    env: process.env,
    platform: process.platform,
    programDir: import.meta.dirname,
    resourcesDir: process.resourcesPath,
  },
  loadUpdater: async () => (await import('electron-updater')).autoUpdater,
})
