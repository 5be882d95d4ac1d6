/** Parts of the shell that do not need Electron. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { DESKTOP_DEFAULTS } from '../protocol/desktop.ts'
import type { PlaneEvent } from '../protocol/events.ts'
import { appMenu } from './app_menu.ts'
import { setLoginItem, wasOpenedAtLogin } from './login_item.ts'
import { Notices } from './notices.ts'
import { flagOf, provideConfig, shellPaths } from './paths.ts'
import { commandOfFile, commandOfLink, requestsOf } from './requests.ts'
import { countStart } from './safe_mode.ts'
import { programEnv } from './program_env.ts'
import { ElectronDouble } from './testing/electron_double.ts'
import { moodOf, openTray } from './tray.ts'
import { hasTrayHost } from './tray_host.ts'
import { relaunch } from './relaunch.ts'
import { isOutsideLink, isOwnUrl } from './trust.ts'
import { checkUpdate } from './updates.ts'
import { placeOf } from './window_state.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'shell-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fail = (reason: string) => {
  throw new Error(reason)
}

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1080 }
  const state = { x: 100, y: 50, width: 1300, height: 900, is_maximized: false }
  test.each([
    ['never opened before', null, [screen], { width: 1280, height: 800 }],
    ['where it was', state, [screen], { x: 100, y: 50, width: 1300, height: 900 }],
    ['its screen was removed', { ...state, x: 2500 }, [screen], { width: 1300, height: 900 }],
    ['its bar is above the screen', { ...state, y: -40 }, [screen], { width: 1300, height: 900 }],
    [
      'on the second screen, left of the first',
      { ...state, x: -1500 },
      [screen, { ...screen, x: -1920 }],
      { x: -1500, y: 50, width: 1300, height: 900 },
    ],
  ])('%s', (_what, before, screens, expected) => {
    expect(placeOf(before, screens)).toEqual(expected)
  })
})

describe('requests from outside', () => {
  test.each([
    ['switchyard://view/logs', { kind: 'view', view: 'logs' }],
    ['SWITCHYARD://View/Logs/', { kind: 'view', view: 'logs' }],
    ['switchyard://backend/emotion-2', { kind: 'backend', backend: 'emotion-2' }],
    ['switchyard://view/nothing', null],
    ['switchyard://backend/a/../b', null],
    ['switchyard://backend/emotion?start=1', null],
    ['switchyard://start/emotion', null],
    ['https://view/logs', null],
  ])('%s', (link, command) => {
    expect(commandOfLink(link)).toEqual(command)
  })

  test('flags, the folder of the app and other files are not requests', () => {
    const argv = [
      'electron',
      '.',
      '--config',
      'x.yaml',
      '/a/face.JPG',
      '-v',
      'switchyard://view/test',
      'b.edf',
    ]
    expect(requestsOf([...argv, 'file:///c/a%20b.png', 'file://host/x.png'], '/work')).toEqual({
      links: ['switchyard://view/test'],
      files: ['/a/face.JPG', '/work/b.edf', '/c/a b.png', '/work/file:/host/x.png'],
    })
  })

  test('a file that cannot be read is reported with its reason', async () => {
    const missing = path.join(folder, 'missing.png')
    expect(await commandOfFile(missing, ({ message }) => message)).toMatchObject({
      kind: 'problem',
      title: 'missing.png',
    })
    expect(await commandOfFile('/etc/passwd', ({ message }) => message)).toMatchObject({
      text: expect.stringContaining('neither a picture nor an EEG recording') as string,
    })
  })
})

describe('failed starts', () => {
  test('two in a row lead to a careful one; one that succeeds forgets them', () => {
    const dir = path.join(folder, 'starts')
    const start = (...argv: string[]) => countStart(dir, argv, fail)
    expect([start().isSafeMode, start().isSafeMode]).toEqual([false, false])
    const third = start()
    expect([third.failed, third.isSafeMode]).toEqual([2, true])
    third.succeeded()
    expect(start().isSafeMode).toBe(false)
    expect(start('--safe-mode').isSafeMode).toBe(true)
  })

  test('a broken file counts as none', () => {
    const dir = mkdtempSync(path.join(folder, 'broken-'))
    writeFileSync(path.join(dir, 'starts.json'), '{"failed":')
    expect(countStart(dir, [], fail).failed).toBe(0)
  })

  test('a folder that cannot be written stops nothing', () => {
    const said = vi.fn()
    const file = path.join(folder, 'a-file')
    writeFileSync(file, '')
    expect(countStart(path.join(file, 'below'), [], said).isSafeMode).toBe(false)
    expect(said).toHaveBeenCalledWith(expect.stringContaining('cannot be written'))
  })
})

describe('notifications', () => {
  const event = (more: Partial<PlaneEvent>): PlaneEvent => ({
    seq: 1,
    time: 1,
    kind: 'state',
    level: 'info',
    backend: 'emotion',
    message: 'words',
    ...more,
  })
  const crash = event({ kind: 'crash' })

  test('a crash, the recovery after it, and a failure; no ordinary start', () => {
    const notices = new Notices(() => 0)
    expect(notices.of(event({ state: 'ready' }))).toBeNull()
    expect(notices.of(crash)?.title.message).toBe('emotion crashed')
    expect(notices.of(event({ state: 'ready' }))?.title.message).toBe('emotion runs again')
    expect(notices.of(event({ state: 'ready' }))).toBeNull()
    expect(notices.of(event({ state: 'failed' }))?.title.message).toBe('emotion failed')
    expect(notices.of(event({ kind: 'config', backend: null }))).toBeNull()
  })

  test('one that crashes in a loop is reported once a minute', () => {
    let now = 0
    const notices = new Notices(() => now)
    expect([notices.of(crash) === null, notices.of(crash) === null]).toEqual([false, true])
    now = 61_000
    expect(notices.of(crash)).not.toBeNull()
  })
})

test.each([
  [[], 'off'],
  [['disabled'], 'off'],
  [['ready', 'disabled'], 'ready'],
  [['ready', 'loading'], 'busy'],
  [['ready', 'backoff'], 'failed'],
])('the tray of %j is %s', (states, mood) => {
  const backends = states.map((state) => ({ state })) as unknown as Parameters<typeof moodOf>[0]
  expect(moodOf(backends)).toBe(mood)
})

test('start at login is registered with macOS and Windows, with the flag that hides it', () => {
  const setLoginItemSettings = vi.fn()
  const shared = { app: { setLoginItemSettings }, env: {}, execPath: 'x', args: [] }
  setLoginItem(true, { ...shared, platform: 'win32' })
  expect(setLoginItemSettings).toHaveBeenCalledWith({ openAtLogin: true, args: ['--hidden'] })
  setLoginItem(true, { ...shared, platform: 'darwin' })
  expect(setLoginItemSettings).toHaveBeenLastCalledWith({ openAtLogin: true })
  const app = { getLoginItemSettings: () => ({ wasOpenedAtLogin: true }) as never }
  expect([wasOpenedAtLogin(app, 'darwin'), wasOpenedAtLogin(app, 'win32')]).toEqual([true, false])
})

describe('updates', () => {
  const checkForUpdates = vi.fn(() =>
    Promise.resolve({ isUpdateAvailable: true, updateInfo: { version: '9.0.0' } }),
  )
  const onLoaded = vi.fn()
  const load = vi.fn(() => Promise.resolve({ setFeedURL: vi.fn(), checkForUpdates }))
  const look = async (more: Partial<typeof DESKTOP_DEFAULTS>, isPackaged = true) => {
    const settings = { ...DESKTOP_DEFAULTS, ...more }
    const given = { isPackaged, version: '1.0.0', load, onLoaded }
    return (await checkUpdate(settings, given)).message
  }
  const on = { updates: true, update_feed: 'https://example.com/switchyard' }

  test('nothing is loaded or asked unless it is switched on, has an address, and is packaged', async () => {
    expect(await look({})).toBe('Updates are switched off.')
    expect(await look({ updates: true })).toContain('No update feed URL')
    expect(await look(on, false)).toContain('runs from its sources')
    expect(load).not.toHaveBeenCalled()
  })

  test('the end of its download is reported too, whether it failed or not', async () => {
    const found = { isUpdateAvailable: true, updateInfo: { version: '9.0.0' } }
    for (const [downloadPromise, text] of [
      [Promise.resolve([]), 'is downloaded and is installed when you quit'],
      [Promise.reject(new Error('disk full')), 'Downloading version 9.0.0 failed: disk full'],
    ] as const) {
      checkForUpdates.mockResolvedValueOnce({ ...found, downloadPromise } as typeof found)
      expect(await look(on)).toBe('Version 9.0.0 is being downloaded.')
      await vi.waitFor(() =>
        expect(onLoaded).toHaveBeenLastCalledWith(
          expect.objectContaining({ message: expect.stringContaining(text) as string }),
        ),
      )
    }
  })

  test('an update is reported, and a failure too', async () => {
    expect(await look(on)).toContain('Version 9.0.0')
    checkForUpdates.mockRejectedValueOnce(new Error('offline'))
    expect(await look(on)).toBe('Checking https://example.com/switchyard failed: offline')
  })
})

describe('paths', () => {
  const app = (isPackaged: boolean) => ({
    isPackaged,
    getPath: (name: string) => path.join(folder, name),
  })
  const facts = {
    argv: ['app'],
    env: {},
    platform: 'linux' as const,
    programDir: '/opt/app/resources/app.asar/dist/electron',
    resourcesDir: path.join(folder, 'resources'),
    electronVersion: '45.0.0',
  }

  test('packaged, programs run from outside of the archive and the configuration is the person’s own', () => {
    const paths = shellPaths(app(true), facts)
    expect(paths).toMatchObject({
      appDir: '/opt/app/resources/app.asar',
      rootDir: path.join(facts.resourcesDir, 'app.asar.unpacked'),
      configFile: path.join(folder, 'userData', 'models.yaml'),
      nodePath: null,
    })
  })

  test('the packaged configuration is copied once and never over a person’s own', async () => {
    const { mkdirSync } = await import('node:fs')
    mkdirSync(path.join(facts.resourcesDir, 'config'), { recursive: true })
    const packaged = path.join(facts.resourcesDir, 'config', 'models.yaml')
    writeFileSync(packaged, 'first')
    const paths = shellPaths(app(true), facts)
    provideConfig(paths, facts.resourcesDir)
    writeFileSync(packaged, 'second')
    provideConfig(paths, facts.resourcesDir)
    expect(readFileSync(paths.configFile, 'utf8')).toBe('first')
  })

  test('in development all is beside the sources, and Node is the one that started it', () => {
    const env = { SWITCHYARD_NODE: '/usr/bin/node' }
    const given = {
      ...facts,
      env,
      programDir: '/src/dist/electron',
      argv: ['e', '.', '--config=/a.yaml'],
    }
    expect(shellPaths(app(false), given)).toMatchObject({
      rootDir: '/src',
      nodePath: '/usr/bin/node',
      configFile: '/a.yaml',
    })
  })

  test.each([
    [['a', '--port', '9000'], '9000'],
    [['a', '--port=9001'], '9001'],
    [['a', '--portable'], undefined],
  ])('%j', (argv, port) => {
    expect(flagOf(argv, 'port')).toBe(port)
  })
})

test('only our own pages are ours, and only known https sites are opened outside', () => {
  expect(['app://switchyard/', 'app://switchyard/index.html#logs'].every(isOwnUrl)).toBe(true)
  const strange = [
    'app://other/',
    'http://switchyard/',
    'app://switchyard.example/',
    'file:///',
    'x',
  ]
  expect(strange.some(isOwnUrl)).toBe(false)
  expect(isOutsideLink('https://onnxruntime.ai/docs')).toBe(true)
  const refused = [
    'http://onnxruntime.ai/',
    'https://onnxruntime.ai.evil.example/',
    'https://u@onnxruntime.ai/',
    'javascript:alert(1)',
  ]
  expect(refused.some(isOutsideLink)).toBe(false)
})

test.each<[NodeJS.Platform, number]>([
  ['linux', 1],
  ['win32', 1],
  ['darwin', 0],
])(
  'a click on the tray icon shows the window, but for macOS, where it opens the menu: %s',
  (platform, count) => {
    const double = new ElectronDouble(folder)
    openTray(
      double.parts,
      platform,
      () => '',
      { show: () => undefined } as never,
      ({ message }) => message,
    )
    expect(double.trays[0]?.events.listenerCount('click')).toBe(count)
  },
)

test.each([
  ['yes', 'b true', 'linux', true],
  ['no', 'b false', 'linux', false],
  ['no answer', null, 'linux', false],
  ['another system', null, 'darwin', true],
] as const)('a desktop that shows tray icons: %s', async (_what, answer, platform, expected) => {
  const asked: string[] = []
  const run = (program: string) => {
    asked.push(program)
    return answer === null ? Promise.reject(new Error('missing')) : Promise.resolve(answer)
  }
  expect(await hasTrayHost({ platform, run, env: {}, waitMs: 0 })).toBe(expected)
  expect(asked).toEqual(platform === 'darwin' ? [] : expected ? ['busctl'] : ['busctl', 'gdbus'])
})

test('at login the desktop’s tray is waited for', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  let rounds = 0
  const run = (program: string) => {
    if (program === 'busctl') rounds++
    return Promise.resolve(rounds > 2 ? 'b true' : 'b false')
  }
  const wait = (waitMs: number) => hasTrayHost({ platform: 'linux', run, env: {}, waitMs })
  expect(await wait(0)).toBe(false)
  expect([await wait(1000), rounds]).toEqual([true, 3])
  vi.useRealTimers()
})

describe('the relaunch', () => {
  const relaunchOf = (given: { env?: NodeJS.ProcessEnv; isPackaged?: boolean; argv: string[] }) => {
    const double = new ElectronDouble(folder)
    double.isPackaged = given.isPackaged ?? false
    relaunch('--safe-mode', {
      app: double.parts.app,
      facts: { env: {}, ...given },
      paths: { appDir: '/src' },
    })
    return double
  }

  test('keeps the flags of the configuration, before which nothing but the folder stands', () => {
    const argv = [
      'electron',
      '/src',
      'switchyard://view/logs',
      'a.png',
      '--hidden',
      '--port',
      '9',
      '--config=b.yaml',
    ]
    expect(relaunchOf({ argv }).called('relaunch')).toEqual([
      [{ args: ['/src', '--safe-mode', '--config=b.yaml', '--port=9'] }],
    ])
    expect(relaunchOf({ argv, isPackaged: true }).called('relaunch')).toEqual([
      [{ args: ['--safe-mode', '--config=b.yaml', '--port=9'] }],
    ])
  })

  test('an AppImage starts itself, once the lock is free', async () => {
    const image = path.join(folder, 'image')
    const note = path.join(folder, 'started')
    writeFileSync(image, `#!/bin/sh\necho "$@" > ${note}.tmp && mv ${note}.tmp ${note}\n`, {
      mode: 0o755,
    })
    const double = relaunchOf({
      argv: ['x', '--port', '9'],
      env: { APPIMAGE: image },
      isPackaged: true,
    })
    expect([double.called('relaunch'), double.called('releaseLock')]).toEqual([[], [[]]])
    await vi.waitFor(() => expect(readFileSync(note, 'utf8')).toBe('--safe-mode --port=9\n'))
  })
})

test('on macOS the menu has the window and services of the system', () => {
  const actions = { command: vi.fn(), openFolder: vi.fn(), restartSafely: vi.fn(), quit: vi.fn() }
  const roles = (isMac: boolean) =>
    JSON.stringify(appMenu(actions, { isMac, isPackaged: true, text: ({ message }) => message }))
  for (const role of ['windowMenu', 'services', 'unhide']) {
    expect([role, roles(true).includes(role), roles(false).includes(role)]).toEqual([
      role,
      true,
      false,
    ])
  }
})

describe('the environment of programs', () => {
  const envOf = (given: Partial<Parameters<typeof programEnv>[0]>) =>
    programEnv({
      env: {},
      platform: 'linux',
      isPackaged: true,
      run: () => Promise.reject(new Error('no program')),
      ...given,
    })

  test('has nothing of the mount of an AppImage', async () => {
    const env = {
      APPDIR: '/tmp/.mount_a',
      PATH: '/tmp/.mount_a:/tmp/.mount_a/usr/sbin:/usr/bin:/tmp/.mount_ab/bin',
      LD_LIBRARY_PATH: '/tmp/.mount_a/usr/lib',
      XDG_DATA_DIRS: '/tmp/.mount_a/usr/share/::/usr/share',
      HOME: '/tmp/.mount_a',
    }
    expect(await envOf({ env })).toEqual({
      APPDIR: '/tmp/.mount_a',
      PATH: '/usr/bin:/tmp/.mount_ab/bin',
      XDG_DATA_DIRS: '/usr/share',
      HOME: '/tmp/.mount_a',
    })
  })

  test('has the PATH of the login shell on macOS, when packaged', async () => {
    const asked: string[][] = []
    const run = (program: string, args: readonly string[]) => {
      asked.push([program, args[0] ?? ''])
      const [, mark = ''] = /echo "(\w+)\$PATH/.exec(args[1] ?? '') ?? []
      return Promise.resolve(`Last login: today\n${mark}/opt/homebrew/bin:/usr/bin${mark}\n`)
    }
    const env = { SHELL: '/bin/fish', PATH: '/usr/bin' }
    const given = { env, run, platform: 'darwin' as const }
    expect((await envOf(given))['PATH']).toBe('/opt/homebrew/bin:/usr/bin')
    expect(asked).toEqual([['/bin/fish', '-ilc']])
    expect((await envOf({ ...given, isPackaged: false }))['PATH']).toBe('/usr/bin')
    expect((await envOf({ env, platform: 'darwin' }))['PATH']).toBe('/usr/bin')
  })
})

test('the menu has developer tools in development alone, and a way into each view', () => {
  const actions = { command: vi.fn(), openFolder: vi.fn(), restartSafely: vi.fn(), quit: vi.fn() }
  const text = (isPackaged: boolean) =>
    JSON.stringify(appMenu(actions, { isMac: false, isPackaged, text: ({ message }) => message }))
  expect(text(true)).not.toContain('toggleDevTools')
  expect(text(false)).toContain('toggleDevTools')
  expect(text(true)).toContain('CmdOrCtrl+6')
})
