/** Entry of the desktop app: one window on the panel, the control plane inside. What can live elsewhere lives elsewhere. */
import path from 'node:path'
import { BrowserWindow, app, dialog, session, utilityProcess } from 'electron'
import { startPlane, type RunningPlane } from '../control/main.ts'
import { messageOf } from '../protocol/errors.ts'
import { createUtilityLauncher } from './utility_launcher.ts'

const PORT = 8765
// dist/electron/main.js
const rootDir = path.resolve(import.meta.dirname, '../..')

let running: RunningPlane | null = null
let isQuitting = false

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => {
    app.quit()
  })
  app.on('before-quit', (event) => {
    if (isQuitting || running === null) return
    // The backends end first; no orphan is left behind.
    event.preventDefault()
    isQuitting = true
    running.close().then(
      () => {
        app.quit()
      },
      (error: unknown) => {
        process.stderr.write(`The stop failed: ${String(error)}\n`)
        app.exit(1)
      },
    )
  })
  app.whenReady().then(start).catch(fail)
} else {
  app.quit()
}

async function start(): Promise<void> {
  denyPermissions()
  running = await startPlane({
    rootDir,
    host: '127.0.0.1',
    port: PORT,
    configFile: path.join(rootDir, 'config', 'models.yaml'),
    shellNotice: null,
    launcher: createUtilityLauncher({
      fork: utilityProcess.fork.bind(utilityProcess),
      entry: path.join(rootDir, 'dist', 'backends', 'process.js'),
      cwd: rootDir,
      env: process.env,
      kill: (pid, signal) => {
        process.kill(pid, signal)
      },
    }),
  })
  process.stdout.write(`Panel: ${running.server.url}\n`)
  openWindow(running.server.url)
}

function openWindow(url: string): void {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 900,
    minHeight: 600,
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  })
  const { origin } = new URL(url)
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  const stayHere = (event: Electron.Event, target: string) => {
    if (new URL(target).origin !== origin) event.preventDefault()
  }
  window.webContents.on('will-navigate', (event) => {
    stayHere(event, event.url)
  })
  window.webContents.on('will-redirect', (event) => {
    stayHere(event, event.url)
  })
  window.loadURL(url).catch(fail)
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window !== undefined) {
    if (window.isMinimized()) window.restore()
    window.focus()
  } else if (running !== null) {
    openWindow(running.server.url)
  }
}

function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false)
  })
  session.defaultSession.setPermissionCheckHandler(() => false)
}

function fail(error: unknown): void {
  const text = messageOf(error)
  process.stderr.write(`Switchyard cannot start: ${text}\n`)
  dialog.showErrorBox('Switchyard cannot start', text)
  app.exit(1)
}
