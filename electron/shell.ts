/** The desktop app: one instance, one window, the control plane inside. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Endings, watchProcess } from '../control/endings.ts'
import type { RunProgram } from '../control/processes/process_reader.ts'
import { startPlane, StartError, type RunningPlane } from '../control/start_plane.ts'
import { openTerminal } from '../control/terminal.ts'
import { PANEL_PORT_DEFAULT } from '../protocol/config.ts'
import { pathBaseEnv } from '../files/path_base.ts'
import { versionOf } from '../files/package_version.ts'
import { Timer } from '../protocol/disposables.ts'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { saidBy } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { textIn } from '../protocol/messages_zh.ts'
import {
  APP_ORIGIN,
  APP_SCHEME,
  DESKTOP_DEFAULTS,
  desktopSettingsSchema,
  type DesktopSettings,
} from '../protocol/desktop.ts'
import { createAppPages, registerScheme } from './app_pages.ts'
import { createBackendLauncher, pictureCheckLauncher, refusesBackends } from './backend_launcher.ts'
import { Desktop } from './desktop.ts'
import { HIDDEN_FLAG, wasOpenedAtLogin } from './login_item.ts'
import { relaunch } from './relaunch.ts'
import type { ElectronParts, ProcessFacts } from './parts.ts'
import { flagOf, provideConfig, shellPaths, type ShellPaths } from './paths.ts'
import { PictureCheck } from './picture_check.ts'
import { LINK_SCHEME } from './requests.ts'
import { programEnv } from './program_env.ts'
import { countStart, SAFE_MODE_FLAG, safeModeNotice, type StartCount } from './safe_mode.ts'
import { stored, type Stored } from './stored.ts'
import { denyPermissions, Gestures } from './trust.ts'
import type { Updater } from './updates.ts'

export const APP_ID = 'dev.switchyard.desktop'

export interface ShellOptions {
  parts: ElectronParts
  facts: ProcessFacts
  loadUpdater: () => Promise<Updater>
  runProgram: RunProgram
  /** How long a start at login waits for the desktop's tray. */
  trayWaitMs?: number
}

/** When the system waits for the app, backends do not get their full time. */
const SESSION_END_MS_MAX = 4000

/** Runs the app until it quits. Does everything that must precede Electron's ready event synchronously. */
export function runShell(options: ShellOptions): Promise<void> {
  const { parts, facts } = options
  const { app } = parts
  if (!app.requestSingleInstanceLock()) {
    // The running instance gets our arguments and shows itself.
    app.quit()
    return Promise.resolve()
  }
  const paths = shellPaths(app, facts)
  const crashes = path.join(paths.userDir, 'crashes')
  mkdirSync(crashes, { recursive: true, mode: 0o700 })
  app.setPath('crashDumps', crashes)
  parts.crashReporter.start({ uploadToServer: false, compress: false })
  // Without a shortcut of that name, Windows knows the program only by its file.
  app.setAppUserModelId(app.isPackaged ? APP_ID : process.execPath)
  // From the sources, Electron itself would be registered.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)
  registerScheme(parts.protocol)
  const count = countStart(paths.userDir, facts.argv, complain)
  if (count.isSafeMode) app.disableHardwareAcceleration()
  const settings = stored(path.join(paths.userDir, 'settings.json'), desktopSettingsSchema, {
    fallback: DESKTOP_DEFAULTS,
    onFault: complain,
  })
  const early = keepEarly(parts)
  const closing = new Closing(parts, () => textIn(settings.read().language, message('app.fatal')))
  watchProcess(closing.endings, complain)
  return app
    .whenReady()
    .then(() => start(options, { paths, count, settings, early, closing }))
    .catch((error: unknown) => {
      // Known, such as a port in use: safe mode would not help.
      if (error instanceof StartError && error.exitCode !== EXIT_CODES.internal) count.succeeded()
      const said = saidBy(error)
      complain(said.message)
      const { language } = settings.read()
      parts.dialog.showErrorBox(
        textIn(language, message('app.cannot_start')),
        textIn(language, said),
      )
      app.exit(1)
    })
}

interface Beginning {
  paths: ShellPaths
  count: StartCount
  settings: Stored<DesktopSettings>
  early: EarlyRequests
  closing: Closing
}

async function start(given: ShellOptions, beginning: Beginning): Promise<void> {
  const { parts } = given
  const env = await programEnv({
    env: withCompileCache(given, beginning.paths),
    platform: given.facts.platform,
    isPackaged: parts.app.isPackaged,
    run: given.runProgram,
  })
  const { configFile, rootDir } = beginning.paths
  const options = {
    ...given,
    facts: { ...given.facts, env: { ...env, ...pathBaseEnv(configFile, rootDir) } },
  }
  const { facts } = options
  const { paths, count, settings, early, closing } = beginning
  provideConfig(paths, facts.resourcesDir)
  const gestures = new Gestures(() => performance.now())
  denyPermissions(parts.session(), gestures)
  const pictures = new PictureCheck(
    paths.userDir,
    {
      electron: facts.electronVersion,
      sharp: versionOf(path.join(paths.rootDir, 'node_modules/sharp')),
    },
    complain,
  )
  const picturesPass = pictures.verdict?.passes === true
  const running = await openPlane(options, beginning, picturesPass)
  closing.opened(running)
  const { port } = running.server
  const planeUrl = `http://127.0.0.1:${port}`
  const pages = createAppPages({
    panelDir: path.join(paths.appDir, 'dist', 'renderer'),
    planeUrl,
    token: () => running.token.token,
    fetch: globalThis.fetch,
  })
  parts.protocol.handle(APP_SCHEME, pages)
  const desktop = new Desktop({
    ...options,
    paths,
    plane: running.plane,
    gateway: `ws://127.0.0.1:${port}`,
    gestures,
    settings,
    refusesBackends: refusesBackends({ paths, facts, picturesPass }),
    isQuitting: () => closing.isQuitting,
    onUp: () => {
      count.succeeded()
    },
    onSessionEnd: (isCertain) => {
      closing.sessionEnds(isCertain)
    },
    restartSafely: () => {
      relaunch(SAFE_MODE_FLAG, { app: parts.app, facts, paths })
    },
  })
  const checkEnd = new AbortController()
  closing.onQuit(() => {
    checkEnd.abort()
    count.succeeded()
    desktop.dispose()
  })
  openTerminal().print(`Panel: ${running.server.url}`)
  parts.powerMonitor.on('resume', () => {
    running.plane.resumed()
  })
  // On macOS a prevented quit would cancel the logout.
  parts.powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault()
    closing.sessionEnds(false)
  })
  early.handOver((argv, folder) => {
    desktop.receive(argv, folder)
  })
  const isHidden = facts.argv.includes(HIDDEN_FLAG) || wasOpenedAtLogin(parts.app, facts.platform)
  void desktop.open({ hidden: isHidden })
  if (facts.platform === 'linux' && pictures.verdict === null) {
    void pictures.run(pictureCheckLauncher({ parts, paths, facts }), checkEnd.signal)
  }
}

/** A new file in a signed bundle breaks its signature. The files of an AppImage are at another place at each start. */
function withCompileCache(
  { parts, facts }: Pick<ShellOptions, 'parts' | 'facts'>,
  { userDir }: ShellPaths,
): NodeJS.ProcessEnv {
  const isCached = parts.app.isPackaged && facts.env['APPIMAGE'] === undefined
  return isCached
    ? { ...facts.env, SWITCHYARD_COMPILE_CACHE: path.join(userDir, 'compile') }
    : facts.env
}

function openPlane(
  { parts, facts }: ShellOptions,
  beginning: Beginning,
  picturesPass: boolean,
): Promise<RunningPlane> {
  const { paths, count } = beginning
  const port = Number(
    flagOf(facts.argv, 'port') ?? facts.env['SWITCHYARD_PORT'] ?? PANEL_PORT_DEFAULT,
  )
  const host = '127.0.0.1'
  return startPlane({
    rootDir: paths.rootDir,
    appDir: paths.appDir,
    host,
    port,
    configFile: paths.configFile,
    shellNotice: count.isSafeMode ? safeModeNotice(count) : null,
    startsBackends: !count.isSafeMode,
    ownOrigins: [APP_ORIGIN],
    // Electron itself does not act as Node here: uses the packed Node, else the installed one.
    nodePath: paths.nodePath ?? 'node',
    env: facts.env,
    launcher: createBackendLauncher({
      parts,
      paths,
      facts,
      isSafeMode: count.isSafeMode,
      picturesPass,
    }),
  })
}

type Receive = (argv: readonly string[], folder: string) => void

/** Queues system requests until there is a window. */
interface EarlyRequests {
  handOver(receive: Receive): void
}

function keepEarly({ app }: Pick<ElectronParts, 'app'>): EarlyRequests {
  let receive: Receive | null = null
  const kept: Parameters<Receive>[] = []
  const take = (argv: readonly string[], folder = '/') => {
    if (receive === null) kept.push([argv, folder])
    else receive(argv, folder)
  }
  app.on('second-instance', (_event, argv, folder) => {
    take(argv, folder)
  })
  // macOS passes links, files and dock clicks as events.
  app.on('open-url', (event, url) => {
    event.preventDefault()
    take(['', url])
  })
  app.on('open-file', (event, file) => {
    event.preventDefault()
    take(['', file])
  })
  app.on('activate', () => {
    take([''])
  })
  return {
    handOver: (next) => {
      receive = next
      for (const one of kept.splice(0)) next(...one)
    },
  }
}

/** Quits after the backends, so that no orphan remains. A second quit kills them. */
class Closing {
  readonly endings: Endings
  isQuitting = false
  private isOpen = false
  private readonly work: (() => void)[] = []
  private hasEnded = false
  private readonly sessionEnd = new Timer()
  private readonly app: ElectronParts['app']

  constructor({ app, dialog }: Pick<ElectronParts, 'app' | 'dialog'>, fatalTitle: () => string) {
    this.app = app
    this.endings = new Endings({
      terminal: openTerminal(),
      now: () => performance.now(),
      exit: (code, fatal) => {
        this.hasEnded = true
        this.sessionEnd.dispose()
        if (fatal !== null) dialog.showErrorBox(fatalTitle(), fatal)
        if (code === 0) app.quit()
        else app.exit(code)
      },
    })
    app.on('window-all-closed', () => {
      app.quit()
    })
    app.on('before-quit', (event) => {
      this.isQuitting = true
      if (this.hasEnded || !this.isOpen) return
      event.preventDefault()
      for (const one of this.work.splice(0)) one()
      this.endings.asked('Quit')
    })
  }

  opened(running: RunningPlane): void {
    this.isOpen = true
    this.endings.opened({
      close: () => running.close(),
      kill: () => {
        running.kill()
      },
      report: (message) => {
        running.plane.logs.say('error', message)
        complain(message)
      },
    })
  }

  /** The system waits a little, and longer only if it is asked to. `isCertain`: it ends this process now. */
  sessionEnds(isCertain: boolean): void {
    if (!this.isQuitting) this.app.quit()
    if (isCertain) this.endings.asked('Session end')
    else this.sessionEnd.setOnce(SESSION_END_MS_MAX, () => this.endings.asked('Session end'))
  }

  onQuit(work: () => void): void {
    this.work.push(work)
  }
}

function complain(reason: string): void {
  openTerminal().note(`Switchyard: ${reason}`)
}
