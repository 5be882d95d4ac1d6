/** The whole shell on a double of Electron, with a real control plane and a real backend. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { versionOf } from '../files/package_version.ts'
import type { ControlEvent, Snapshot } from '../protocol/control.ts'
import { APP_ORIGIN, DESKTOP_DEFAULTS } from '../protocol/desktop.ts'
import { TO_PAGE } from '../protocol/desktop_channels.ts'
import { facePicturePath } from '../testing/pictures.ts'
import { ROOT_DIR, freePort, isPortFree } from '../testing/processes.ts'
import { runShell } from './shell.ts'
import { ElectronDouble } from './testing/electron_double.ts'
import { SAFE_PREFERENCES } from './trust.ts'

let folder = ''
let double: ElectronDouble
let ports: { plane: number; backend: number }
let argv: string[]

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'shell-'))
  double = new ElectronDouble(folder)
  ports = { plane: await freePort(), backend: await freePort() }
  const config = path.join(folder, 'models.yaml')
  const section = `  emotion:\n    port: ${ports.backend}\n    enabled: false\n`
  writeFileSync(config, `model_backends:\n${section}`)
  // Backends then start in utility processes.
  writePictureVerdict(folder)
  argv = ['electron', ROOT_DIR, '--config', config, '--port', String(ports.plane)]
})

afterEach(async () => {
  if (double.isReady && double.called('ended').length === 0) {
    double.quit()
    await vi.waitFor(() => expect(double.called('ended')).toHaveLength(1), WAIT)
  }
  rmSync(folder, { recursive: true })
})

async function start(...more: string[]): Promise<void> {
  const run = runShell({
    parts: double.parts,
    facts: {
      argv: [...argv, ...more],
      env: {
        ...process.env,
        SWITCHYARD_STATE_DIR: path.join(folder, 'state'),
        SWITCHYARD_NODE: process.execPath,
        XDG_CONFIG_HOME: path.join(folder, 'config'),
      },
      platform: 'linux',
      programDir: path.join(ROOT_DIR, 'dist', 'electron'),
      resourcesDir: path.join(folder, 'resources'),
      electronVersion: '45.0.0',
    },
    loadUpdater: () => Promise.reject(new Error('no updates in a test')),
    runProgram: double.runProgram,
    trayWaitMs: 0,
  })
  double.becomeReady()
  await run
}

const writePictureVerdict = (dir: string) => {
  const userDir = path.join(dir, 'userData', 'switchyard')
  const versions = {
    electron: '45.0.0',
    sharp: versionOf(path.join(ROOT_DIR, 'node_modules/sharp')),
  }
  mkdirSync(userDir, { recursive: true })
  writeFileSync(
    path.join(userDir, 'pictures.json'),
    JSON.stringify({ ...versions, passes: true, reason: '' }),
  )
}

const window = () => {
  const found = double.windows.at(-1)
  if (found === undefined) throw new Error('there is no window')
  return found
}
const events = () =>
  window()
    .sent.filter(({ channel }) => channel === TO_PAGE.message)
    .map(({ given }) => JSON.parse(String(given[0])) as ControlEvent)
const commands = () =>
  window()
    .sent.filter(({ channel }) => channel === TO_PAGE.command)
    .map(({ given }) => given[0])
const lastSnapshot = (): Snapshot | undefined =>
  events()
    .flatMap((event) => (event.event === 'snapshot' ? [event.data] : []))
    .at(-1)
const stateOf = (name: string) =>
  lastSnapshot()?.backends.find((backend) => backend.name === name)?.state
const say = (method: string, params: object) =>
  double.call('control:send', [JSON.stringify({ id: 1, method, params })])

describe('the start', () => {
  test('a second instance quits and starts nothing', async () => {
    double.hasLock = false
    await start()
    expect(double.windows).toEqual([])
    expect(double.called('privileged')).toEqual([])
    expect(await isPortFree(ports.plane)).toBe(true)
  })

  test('crashes are kept on this machine, the scheme is known before the app is ready, and the window is locked up', async () => {
    await start()
    expect(double.called('crashReporter')).toEqual([[{ uploadToServer: false, compress: false }]])
    // Windows knows a program without a shortcut by its file.
    expect(double.called('setAppUserModelId')).toEqual([[process.execPath]])
    expect(double.called('setPath')[0]).toEqual(['crashDumps', expect.stringContaining(folder)])
    const { options, url } = window()
    expect(url).toBe(`${APP_ORIGIN}/`)
    expect(options.webPreferences).toMatchObject(SAFE_PREFERENCES)
    expect(readFileSync(String(options.webPreferences?.preload), 'utf8')).toContain('contextBridge')
    expect(options.webPreferences?.additionalArguments).toEqual([
      `--switchyard-gateway=ws://127.0.0.1:${ports.plane}`,
    ])
    await vi.waitFor(() => expect(window().isShown).toBe(true))
  })

  test.each([
    ['en', /Port \d+ on 127\.0\.0\.1 is already in use by .*\(pid \d+.*--port 0/],
    ['zh', /127\.0\.0\.1 上的端口 \d+ 已被.*（pid \d+.*--port 0/],
  ])(
    'a main port that is in use is reported with its remedy (%s), and the app ends',
    async (language, text) => {
      await start()
      const userDir = path.join(folder, 'second', 'userData', 'switchyard')
      mkdirSync(userDir, { recursive: true })
      writeFileSync(
        path.join(userDir, 'settings.json'),
        JSON.stringify({ ...DESKTOP_DEFAULTS, language }),
      )
      writePictureVerdict(path.join(folder, 'second'))
      const second = new ElectronDouble(`${folder}/second`)
      const first = double
      double = second
      await start()
      expect(String(second.called('errorBox')[0]?.[1])).toMatch(text)
      expect(second.called('exit')).toEqual([[1]])
      // Safe mode would not free the port.
      const starts = readFileSync(path.join(userDir, 'starts.json'), 'utf8')
      expect(JSON.parse(starts)).toEqual({ failed: 0 })
      double = first
    },
  )

  test('after two failed launches no backend starts by itself, and safe mode is shown', async () => {
    const config = argv[3] ?? ''
    writeFileSync(config, readFileSync(config, 'utf8').replace('enabled: false', 'enabled: true'))
    const userDir = path.join(folder, 'userData', 'switchyard')
    mkdirSync(userDir, { recursive: true })
    writeFileSync(path.join(userDir, 'starts.json'), '{"failed":2}')
    await start()
    expect(double.called('disableHardwareAcceleration')).toHaveLength(1)
    await double.call('control:open', [])
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('disabled'), WAIT)
    expect(lastSnapshot()?.plane.shell_notice).toContain('Safe mode (the last 2 starts failed)')
    await vi.waitFor(() =>
      expect(JSON.parse(readFileSync(path.join(userDir, 'starts.json'), 'utf8'))).toEqual({
        failed: 0,
      }),
    )
  })
})

describe('the pages', () => {
  const get = (target: string, init: RequestInit = {}) =>
    Promise.resolve(double.pages?.(new Request(target, init)) as Promise<Response>)

  test('the panel is served with a strict policy, and nothing beside it', async () => {
    await start()
    const page = await get(`${APP_ORIGIN}/`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('id="root"')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${ports.plane}`)
    expect(policy).not.toMatch(/unsafe-eval|script-src|\*/)
    for (const target of [
      `${APP_ORIGIN}/../package.json`,
      `${APP_ORIGIN}/%2e%2e/%2e%2e/package.json`,
      `${APP_ORIGIN}/..%2f..%2fpackage.json`,
      `${APP_ORIGIN}/control`,
      `${APP_ORIGIN}/api/backends`,
    ]) {
      expect([target, (await get(target)).status]).toEqual([target, 404])
    }
    expect((await get('app://other/')).status).toBe(403)
    expect((await get(`${APP_ORIGIN}/`, { method: 'POST' })).status).toBe(405)
  })

  test('a download comes from the control plane, which lets the app in', async () => {
    await start()
    const query = encodeURIComponent('{}')
    const log = await get(`${APP_ORIGIN}/download/logs?format=text&scope=run&query=${query}`)
    expect([log.status, log.headers.get('content-disposition')]).toEqual([
      200,
      expect.stringContaining('attachment'),
    ])
  })
})

describe('calls of the page', () => {
  test('the ControlApi goes over IPC: a backend is started in a utility process, answers, and is stopped', async () => {
    await start()
    await double.call('control:open', [])
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('disabled'), WAIT)
    await say('backends.start', { name: 'emotion' })
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('ready'), WAIT)
    expect(lastSnapshot()?.backends[0]?.pid).toBeGreaterThan(1)
    await vi.waitFor(() => expect(double.trays[0]?.image).toContain('tray-ready'), WAIT)
    expect(double.trays[0]?.toolTip).toBe('Switchyard: 1 of 1 ready')
    const item = double.trays[0]?.menu.find(({ label }) => label?.startsWith('emotion'))
    expect(item).toMatchObject({ label: 'emotion: ready', checked: true })
    item?.click?.({} as never, undefined, {})
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('disabled'), WAIT)
    expect(await isPortFree(ports.backend)).toBe(true)
  })

  test('a crash and the recovery are reported once each, and lead to the backend', async () => {
    await start()
    await double.call('control:open', [])
    await say('backends.start', { name: 'emotion' })
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('ready'), WAIT)
    process.kill(lastSnapshot()?.backends[0]?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(
      () =>
        expect(double.notifications.map(({ title }) => title)).toEqual([
          'emotion crashed',
          'emotion runs again',
        ]),
      WAIT,
    )
    await double.call('desktop:listening', [])
    collectGarbage()
    double.notifications[0]?.click()
    expect(commands()).toEqual([{ kind: 'backend', backend: 'emotion' }])
  })

  test.each([
    ['a frame inside of our page', { url: `${APP_ORIGIN}/inner.html` }],
    ['an external page', { url: 'https://example.com/' }],
    ['a closed frame', null],
  ])('%s is refused', async (_what, frame) => {
    await start()
    await expect(double.call('desktop:read', [], frame)).rejects.toThrow('may not call')
  })

  test.each([
    ['control:send', [{ id: 1 }]],
    ['control:send', ['x'.repeat(1024 * 1024 + 1)]],
    ['desktop:change', [{ notifications: 'yes' }]],
    ['desktop:change', [{ unknown: true }]],
    ['desktop:change', [{ update_feed: 'http://example.com/feed' }]],
    ['desktop:copy', []],
    ['desktop:choose-model', ['/etc']],
    ['desktop:read', ['more']],
  ])('%s with what does not fit is refused', async (channel, given) => {
    await start()
    await expect(double.call(channel, given)).rejects.toThrow('does not take this')
  })

  test('settings are kept, and start at login is the desktop’s own entry', async () => {
    await start()
    const before = await double.call('desktop:read', [])
    expect(before).toMatchObject({ settings: { updates: false, open_at_login: false } })
    expect(await double.call('desktop:change', [{ open_at_login: true }])).toMatchObject({
      settings: { open_at_login: true, keep_in_tray: true },
    })
    const entry = path.join(folder, 'config', 'autostart', 'switchyard.desktop')
    expect(readFileSync(entry, 'utf8')).toMatch(/^Exec=".+" ".+" "--hidden"$/m)
    await double.call('desktop:change', [{ open_at_login: false }])
    expect(() => readFileSync(entry)).toThrow('ENOENT')
    expect(await double.call('desktop:check-update', [])).toMatchObject({
      update: 'Updates are switched off.',
    })
    await double.call('desktop:copy', ['ws://127.0.0.1:8765'])
    expect(double.called('copy')).toEqual([['ws://127.0.0.1:8765']])
  })

  test('the menu, the tray and the notes follow the language of the panel', async () => {
    await start()
    await double.call('control:open', [])
    const change = await double.call('desktop:change', [{ language: 'zh' }])
    expect(change).toMatchObject({ settings: { language: 'zh' }, update: '更新已关闭。' })
    expect(double.menu.map(({ label }) => label)).toEqual(['文件', '编辑', '视图', '帮助'])
    await vi.waitFor(() => {
      const labels = double.trays[0]?.menu.map(({ label }) => label)
      expect(labels).toEqual(expect.arrayContaining(['显示 Switchyard', 'emotion: 已关闭']))
    }, WAIT)
  })

  test('a model file is chosen in a dialog of the system; closing it chooses none', async () => {
    await start()
    expect(await double.call('desktop:choose-model', [])).toBeNull()
    double.chosen = ['/models/net.onnx']
    expect(await double.call('desktop:choose-model', [])).toBe('/models/net.onnx')
  })
})

describe('window and requests', () => {
  test('closing hides the window where there is a tray, and quits where there is none', async () => {
    await start()
    await vi.waitFor(() => expect(window().isShown).toBe(true))
    window().close()
    expect([window().isShown, window().isGone]).toEqual([false, false])
    double.trays[0]?.events.emit('click')
    expect(window().isShown).toBe(true)
    expect(
      JSON.parse(readFileSync(path.join(folder, 'userData/switchyard/window.json'), 'utf8')),
    ).toMatchObject({ width: 1300 })
    await double.call('desktop:change', [{ keep_in_tray: false }])
    window().close()
    expect(window().isGone).toBe(true)
  })

  test('where no tray icon shows, a start at login is in the task bar, and closing asks before it stops backends', async () => {
    double.hasTrayHost = false
    await start('--hidden')
    await vi.waitFor(() => expect(window().isMinimized).toBe(true))
    expect([window().isShown, double.trays]).toEqual([false, []])
    expect(await double.call('desktop:read', [])).toMatchObject({
      notes: [expect.stringMatching(/shows no tray icons: closing the window quits/)],
    })
    double.app.emit('second-instance', {}, ['electron'], folder, null)
    expect([window().isShown, window().isMinimized]).toEqual([true, false])
    await double.call('control:open', [])
    await say('backends.start', { name: 'emotion' })
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('ready'), WAIT)
    double.response = 1
    window().close()
    expect(double.called('messageBox')).toEqual([
      [expect.objectContaining({ buttons: ['Quit Switchyard', 'Cancel'] })],
    ])
    await say('backends.stop', { name: 'emotion' })
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('disabled'), WAIT)
    window().close()
    expect(window().isGone).toBe(true)
  })

  test('the end of the session on Windows waits for the backends, and comes without a quit', async () => {
    await start()
    await double.call('control:open', [])
    await say('backends.start', { name: 'emotion' })
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('ready'), WAIT)
    expect(double.endSession()).toBe(true)
    await vi.waitFor(() => expect(double.called('ended')).toHaveLength(1), WAIT)
    expect(await isPortFree(ports.backend)).toBe(true)
    expect(double.endSession()).toBe(false)
  })

  test('a shutdown of macOS is delayed until the backends have stopped', async () => {
    await start()
    const preventDefault = vi.fn()
    double.power.emit('shutdown', { preventDefault })
    expect(preventDefault).toHaveBeenCalledOnce()
    await vi.waitFor(() => expect(double.called('ended')).toHaveLength(1), WAIT)
  })

  test('a page that hangs gets no more than it may leave unread, and the rest once it confirms', async () => {
    const lines = 20_000
    const program = `for (let i = 0; i < ${lines}; i++) console.log("x".repeat(1000)); setInterval(() => 0, 1000)`
    const chatty = {
      enabled: true,
      runtime: 'command',
      port: ports.backend,
      command: [process.execPath, '-e', program],
    }
    writeFileSync(argv[3] ?? '', JSON.stringify({ model_backends: { chatty } }))
    await start()
    await double.call('control:open', [])
    await say('logs.follow', { filter: {}, limit: 1 })
    await vi.waitFor(async () => {
      await say('logs.files', {})
      const replies = events() as unknown as { result?: { written?: number } }[]
      expect(replies.at(-1)?.result?.written).toBeGreaterThanOrEqual(lines)
    }, WAIT)
    const pushes = () => window().sent.filter(({ channel }) => channel === TO_PAGE.message)
    const bytes = pushes().reduce((sum, { given }) => sum + String(given[0]).length, 0)
    expect(bytes).toBeGreaterThan(8 * 1024 ** 2)
    // The limit, and the push that exceeded it.
    expect(bytes).toBeLessThan(12 * 1024 ** 2)
    const before = pushes().length
    await double.call('control:ack', [pushes().at(-1)?.given[1]])
    await vi.waitFor(() => expect(pushes().length).toBeGreaterThan(before), WAIT)
  })

  test('a start at login stays in the tray', async () => {
    await start('--hidden')
    await vi.waitFor(() => expect(double.trays).toHaveLength(1))
    expect(double.windows).toEqual([])
    double.trays[0]?.events.emit('click')
    await vi.waitFor(() => expect(window().isShown).toBe(true))
  })

  test('links and files of a second start reach the page once it listens; a link does nothing but show', async () => {
    await start()
    const picture = facePicturePath(1)
    double.secondInstance(
      [
        'electron',
        'switchyard://view/logs',
        'switchyard://backend/emotion',
        'switchyard://start/emotion',
        path.basename(picture),
      ],
      path.dirname(picture),
    )
    expect(commands()).toEqual([])
    await double.call('desktop:listening', [])
    await vi.waitFor(() => expect(commands()).toHaveLength(4))
    expect(commands()).toEqual([
      { kind: 'view', view: 'logs' },
      { kind: 'backend', backend: 'emotion' },
      expect.objectContaining({ kind: 'problem' }),
      { kind: 'file', name: path.basename(picture), bytes: readFileSync(picture) },
    ])
  })

  test('no page goes elsewhere, no window opens, and only known sites reach the browser', async () => {
    await start()
    const { contents, openHandler } = window()
    const prevented = (name: string, url: string) => {
      let is = false
      contents.emit(name, { url, preventDefault: () => (is = true) })
      return is
    }
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      expect(prevented(name, 'https://example.com/')).toBe(true)
      expect(prevented(name, 'file:///etc/passwd')).toBe(true)
      expect(prevented(name, `${APP_ORIGIN}/`)).toBe(false)
    }
    expect(prevented('will-attach-webview', '')).toBe(true)
    const open = (url: string) => openHandler?.({ url } as never)
    expect(open('https://example.com/')).toEqual({ action: 'deny' })
    expect(open('https://onnxruntime.ai/docs')).toEqual({ action: 'deny' })
    expect(double.called('openExternal')).toEqual([['https://onnxruntime.ai/docs']])
  })

  test('a page that crashes is loaded again, but not for ever', async () => {
    await start()
    for (let crash = 0; crash < 5; crash++) {
      window().contents.emit('render-process-gone', {}, { reason: 'crashed' })
    }
    expect(window().reloads).toBe(3)
    expect(String((double.called('messageBox')[0]?.[0] as { message: string }).message)).toContain(
      'keeps crashing',
    )
    await vi.waitFor(() => expect(window().reloads).toBeGreaterThan(3))
  })

  test('nothing is sent to a page whose process has ended', async () => {
    await start()
    await double.call('control:open', [])
    await vi.waitFor(() => expect(stateOf('emotion')).toBe('disabled'), WAIT)
    window().contents.emit('render-process-gone', {}, { reason: 'crashed' })
    const before = window().sent.length
    const item = double.trays[0]?.menu.find(({ label }) => label?.startsWith('emotion'))
    item?.click?.({} as never, undefined, {})
    await vi.waitFor(() => expect(double.trays[0]?.image).toContain('tray-ready'), WAIT)
    expect(window().sent.length).toBe(before)
  })

  test('permissions are denied, but for the camera to our own page after a click', async () => {
    await start()
    const asked = (permission: string, details: object) => {
      let answer: boolean | null = null
      double.permissionRequest?.(
        { id: 1 } as never,
        permission as never,
        (granted) => (answer = granted),
        { isMainFrame: true, requestingUrl: `${APP_ORIGIN}/`, ...details },
      )
      return answer
    }
    const camera = { mediaTypes: ['video'] }
    expect(asked('media', camera)).toBe(false)
    window().contents.emit('input-event', {}, { type: 'mouseDown' })
    expect(asked('media', camera)).toBe(true)
    expect(asked('media', { mediaTypes: ['video', 'audio'] })).toBe(false)
    expect(asked('media', { ...camera, requestingUrl: 'https://example.com/' })).toBe(false)
    expect(asked('media', { ...camera, isMainFrame: false })).toBe(false)
    for (const permission of ['loopback-network', 'local-network-access', 'local-network']) {
      expect(asked(permission, {})).toBe(true)
      expect(asked(permission, { requestingUrl: 'https://example.com/' })).toBe(false)
    }
    for (const permission of ['geolocation', 'notifications', 'fullscreen', 'clipboard-read']) {
      expect(asked(permission, {})).toBe(false)
    }
    const check = (permission: string, origin: string) =>
      double.permissionCheck?.(null, permission as never, origin, { mediaType: 'video' } as never)
    expect(check('media', `${APP_ORIGIN}/`)).toBe(true)
    expect(check('media', 'https://example.com')).toBe(false)
    expect(check('hid', `${APP_ORIGIN}/`)).toBe(false)
  })
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

const WAIT = { timeout: 25_000, interval: 50 }
