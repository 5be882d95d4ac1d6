/** Entry of the desktop app; the only file that imports Electron at runtime. */
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
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron'
import { runProgram } from '../control/processes/process_reader.ts'
import { openTerminal } from '../control/terminal.ts'
import { runShell } from './shell.ts'

const { node, electron, chrome } = process.versions
openTerminal().print(`Electron ${electron}, Chromium ${chrome}, Node ${node}`)

// Not awaited: Electron becomes ready only after this module is evaluated. The shell handles failures.
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
    powerMonitor,
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
    electronVersion: process.versions.electron,
  },
  runProgram,
  loadUpdater: async () => (await import('electron-updater')).autoUpdater,
})
