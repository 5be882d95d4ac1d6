/** Desktop features: window, tray, menu, notifications, and the calls of the page. */
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { RunProgram } from '../control/processes/process_reader.ts'
import type { ControlPlane } from '../control/plane.ts'
import type { DesktopSettings, DesktopState } from '../protocol/desktop.ts'
import { message, type Message, type PlainCode } from '../protocol/messages.ts'
import { textIn } from '../protocol/messages_zh.ts'
import { appMenu } from './app_menu.ts'
import { handleCalls } from './ipc.ts'
import { setLoginItem } from './login_item.ts'
import { MainWindow } from './main_window.ts'
import { Notices, type Notice } from './notices.ts'
import { PageSocket } from './page_socket.ts'
import type { ElectronParts, ProcessFacts } from './parts.ts'
import type { ShellPaths } from './paths.ts'
import { PlaneLink } from './plane_link.ts'
import { commandOfFile, commandOfLink, requestsOf } from './requests.ts'
import { stored, type Stored } from './stored.ts'
import { hasTrayHost } from './tray_host.ts'
import { openTray, type SwitchyardTray, type TrayMood } from './tray.ts'
import type { Gestures } from './trust.ts'
import { checkUpdate, type Updater } from './updates.ts'
import { windowStateSchema } from './window_state.ts'

export interface DesktopOptions {
  parts: ElectronParts
  facts: ProcessFacts
  paths: ShellPaths
  plane: ControlPlane
  gateway: string
  gestures: Gestures
  settings: Stored<DesktopSettings>
  loadUpdater: () => Promise<Updater>
  isQuitting: () => boolean
  /** The page has loaded, or none is wanted yet. */
  onUp: () => void
  onSessionEnd: (isCertain: boolean) => void
  runProgram: RunProgram
  trayWaitMs?: number
  restartSafely: () => void
  /** See backend_launcher.ts. */
  refusesBackends: boolean
}

const TRAY_WAIT_MS = 10_000

export class Desktop {
  private readonly options: DesktopOptions
  private readonly window: MainWindow
  private readonly link: PlaneLink
  private readonly notices = new Notices(() => performance.now())
  private tray: SwitchyardTray | null = null
  /** Unavailable features, for the settings view. */
  private readonly notes: Message[] = []
  private update = message('update.not_checked')
  private readonly text = (said: Message): string =>
    textIn(this.options.settings.read().language, said)
  private page: PageSocket | null = null
  private readonly shown = new Set<ReturnType<ElectronParts['createNotification']>>()
  private isDisposed = false

  constructor(options: DesktopOptions) {
    this.options = options
    const { parts, facts, paths, plane, gestures, gateway } = options
    const say = (reason: string) => {
      plane.logs.say('warn', reason)
    }
    this.window = new MainWindow({
      parts,
      preload: paths.preload,
      platform: facts.platform,
      icon: path.join(paths.icons, 'app.png'),
      gateway,
      gestures,
      place: stored(path.join(paths.userDir, 'window.json'), windowStateSchema.nullable(), {
        fallback: null,
        onFault: say,
      }),
      hidesOnClose: () =>
        !options.isQuitting() && this.tray !== null && options.settings.read().keep_in_tray,
      mayClose: () => this.mayClose(),
      onClosed: () => {
        this.closePage()
      },
      onLoaded: options.onUp,
      onPageGone: (isLoop) => {
        // Each message to a page without a process logs an error.
        this.closePage()
        if (isLoop) this.askAboutLoop()
      },
      onSessionEnd: options.onSessionEnd,
      onFault: say,
    })
    const addPanel = plane.addPanel.bind(plane)
    this.link = new PlaneLink(addPanel, {
      onSnapshot: (snapshot) => {
        this.tray?.update(snapshot)
      },
      onEvent: (event) => {
        if (!options.settings.read().notifications) return
        const notice = this.notices.of(event)
        if (notice !== null) this.notify(notice)
      },
      onRefused: say,
    })
    if (paths.nodePath === null) this.notes.push(message('app.no_node'))
    if (options.refusesBackends) this.notes.push(message('start.no_node'))
    this.handlePageCalls(say)
  }

  async open({ hidden }: { hidden: boolean }): Promise<void> {
    const { facts } = this.options
    this.openMenu()
    this.link.open()
    if (!hidden) this.window.show()
    await this.openTray(hidden)
    if (this.isDisposed) return
    // At login the tray is enough, and a hidden page would waste resources. Without a tray it would be unreachable.
    if (hidden && this.tray !== null) this.options.onUp()
    else if (hidden) this.window.showMinimized()
    this.answer(requestsOf(facts.argv, process.cwd()))
    void this.checkUpdate()
  }

  /** Arguments of a second launch, and the folder in which it was made. */
  receive(argv: readonly string[], folder: string): void {
    this.window.show()
    this.answer(requestsOf(argv, folder))
  }

  private answer({ links, files }: ReturnType<typeof requestsOf>): void {
    for (const link of links) {
      const command = commandOfLink(link)
      this.window.command(
        command ?? {
          kind: 'problem',
          title: this.text(message('app.link')),
          text: this.text(message('app.link_form', { link: link.slice(0, 100) })),
        },
      )
    }
    for (const file of files) {
      void commandOfFile(file, this.text).then((command) => {
        this.window.command(command)
      })
    }
  }

  dispose(): void {
    this.isDisposed = true
    this.link.close()
    this.page?.end()
    this.tray?.dispose()
    this.tray = null
  }

  private openMenu(): void {
    const { menu, app } = this.options.parts
    const template = appMenu(this.menuActions(), {
      isMac: this.options.facts.platform === 'darwin',
      isPackaged: app.isPackaged,
      text: this.text,
    })
    menu.setApplicationMenu(menu.buildFromTemplate(template))
  }

  private async openTray(isAtLogin: boolean): Promise<void> {
    const { parts, facts, paths, runProgram, trayWaitMs = TRAY_WAIT_MS } = this.options
    const { platform, env } = facts
    const waitMs = isAtLogin ? trayWaitMs : 0
    if (!(await hasTrayHost({ platform, env, run: runProgram, waitMs }))) {
      this.notes.push(message('app.no_tray'))
      return
    }
    if (this.isDisposed) return
    const kind = facts.platform === 'darwin' ? 'tray-mac' : 'tray'
    const iconOf = (mood: TrayMood) => path.join(paths.icons, `${kind}-${mood}.png`)
    const actions = {
      show: () => {
        this.window.show()
      },
      start: (name: string) => {
        this.link.call('backends.start', { name })
      },
      stop: (name: string) => {
        this.link.call('backends.stop', { name })
      },
      startAll: () => {
        this.link.call('backends.start_all', {})
      },
      stopAll: () => {
        this.link.call('backends.stop_all', {})
      },
      quit: () => {
        parts.app.quit()
      },
    }
    this.tray = openTray(parts, facts.platform, iconOf, actions, this.text)
    this.tray.update(this.options.plane.snapshot())
  }

  private closePage(): void {
    this.page?.close()
    this.page = null
  }

  /** Where no tray keeps the app, closing quits: not by accident while backends run. */
  private mayClose(): boolean {
    const { isQuitting, settings, plane, parts } = this.options
    const isKept = settings.read().keep_in_tray && this.tray === null
    const isRunning = plane.snapshot().backends.some(({ wanted }) => wanted)
    if (isQuitting() || !isKept || !isRunning) return true
    this.ask('app.close_question', 'menu.quit', () => {
      parts.app.quit()
    })
    return false
  }

  private askAboutLoop(): void {
    this.ask('app.page_question', 'app.reload', () => {
      this.window.reload()
    })
  }

  private ask(question: PlainCode, answer: PlainCode, act: () => void): void {
    const { dialog } = this.options.parts
    const buttons = [this.text(message(answer)), this.text(message('app.cancel'))]
    void dialog
      .showMessageBox({
        type: 'question',
        message: this.text(message(question)),
        buttons,
        cancelId: 1,
      })
      .then(({ response }) => {
        if (response === 0) act()
      })
  }

  private menuActions() {
    const { parts, paths, plane } = this.options
    const folders = {
      state: plane.snapshot().plane.state_dir,
      crashes: path.join(paths.userDir, 'crashes'),
      settings: paths.userDir,
    }
    return {
      command: (command: Parameters<MainWindow['command']>[0]) => {
        this.window.show()
        this.window.command(command)
      },
      openFolder: (which: keyof typeof folders) => {
        void parts.shell.openPath(folders[which]).then((fault) => {
          if (fault !== '') plane.logs.say('warn', `${folders[which]} cannot be opened: ${fault}`)
        })
      },
      restartSafely: this.options.restartSafely,
      quit: () => {
        parts.app.quit()
      },
    }
  }

  private notify({ backend, title, body }: Notice): void {
    const notification = this.options.parts.createNotification({
      title: this.text(title),
      body: this.text(body),
    })
    // Electron does not keep it, and a collected one ignores clicks: https://github.com/electron/electron/issues/16922
    this.shown.add(notification)
    const forget = () => {
      this.shown.delete(notification)
    }
    notification.on('close', forget)
    notification.on('failed', forget)
    notification.on('click', () => {
      forget()
      this.window.show()
      this.window.command({ kind: 'backend', backend })
    })
    notification.show()
  }

  private handlePageCalls(say: (reason: string) => void): void {
    const { parts, plane } = this.options
    handleCalls(
      parts.ipcMain,
      {
        'control:open': ({ sender }) => {
          this.closePage()
          const page = new PageSocket(sender)
          this.page = page
          plane.addPanel(page)
        },
        'control:send': (_event, text) => {
          this.page?.receive(text)
        },
        'control:ack': (_event, mark) => {
          this.page?.acknowledge(mark)
        },
        'control:close': () => {
          this.closePage()
        },
        'desktop:read': () => this.state(),
        'desktop:change': (_event, patch) => this.change(patch),
        'desktop:copy': (_event, text) => parts.clipboard.writeText(text),
        'desktop:choose-model': async () => {
          const { filePaths } = await parts.dialog.showOpenDialog({
            properties: ['openFile'],
            filters: [{ name: 'ONNX', extensions: ['onnx'] }],
          })
          return filePaths[0] ?? null
        },
        'desktop:check-update': async () => {
          await this.checkUpdate()
          return this.state()
        },
        'desktop:listening': () => {
          this.window.listening()
        },
      },
      (reason) => {
        say(`refused: ${reason}`)
      },
    )
  }

  private state(): DesktopState {
    return {
      settings: this.options.settings.read(),
      notes: this.notes.map(this.text),
      update: this.text(this.update),
    }
  }

  private change(given: { [K in keyof DesktopSettings]?: DesktopSettings[K] | undefined }) {
    const { settings, parts, facts } = this.options
    const before = settings.read()
    const patch = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    )
    const next = { ...before, ...patch }
    if (next.open_at_login !== before.open_at_login) {
      setLoginItem(next.open_at_login, {
        app: parts.app,
        platform: facts.platform,
        env: facts.env,
        execPath: process.execPath,
        args: parts.app.isPackaged ? [] : [this.options.paths.appDir],
      })
    }
    // The page states its language at every load.
    if (!isDeepStrictEqual(next, before)) settings.write(next)
    if (next.language !== before.language) {
      this.openMenu()
      this.tray?.update(this.options.plane.snapshot())
    }
    return this.state()
  }

  private async checkUpdate(): Promise<void> {
    const { settings, parts, loadUpdater } = this.options
    this.update = await checkUpdate(settings.read(), {
      isPackaged: parts.app.isPackaged,
      version: parts.app.getVersion(),
      load: loadUpdater,
      onLoaded: (said) => {
        this.update = said
      },
    })
  }
}
