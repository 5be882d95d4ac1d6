/** The desktop app in a real Electron. Skipped if Electron is missing, unless SWITCHYARD_REQUIRE_ELECTRON=1. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  _electron,
  expect,
  test,
  type ElectronApplication,
  type FullConfig,
  type Page,
} from '@playwright/test'
import type { Message } from '../protocol/messages.ts'
import { freePort, ROOT_DIR, temporaryConfig } from '../testing/processes.ts'
import { walkThrough } from './journey_steps.ts'
import { rowOf } from './switchyard.ts'

type Desktop = { binary: string } | { binary: null; reason: Message }
const desktopOf = ({ metadata }: FullConfig) => (metadata as { desktop: Desktop }).desktop
const isRequired = process.env['SWITCHYARD_REQUIRE_ELECTRON'] === '1'

interface Running {
  app: ElectronApplication
  page: Page
  port: number
  restart(...more: string[]): Promise<ElectronApplication>
}

const TESTS: Record<string, (running: Running) => Promise<void>> = {
  'a person walks through the panel as in a browser': ({ page, port }) => walkThrough(page, port),

  'the page has the bridge and nothing of Node, and its policy holds': async ({ page }) => {
    const found = await page.evaluate(async () => {
      const scope = globalThis as Record<string, unknown>
      const runsInline = () => {
        const script = document.createElement('script')
        script.textContent = 'globalThis.ranInline = true'
        document.head.append(script)
        return scope['ranInline'] === true
      }
      const reaches = await fetch('https://example.com/').then(
        () => true,
        () => false,
      )
      return {
        origin: location.origin,
        bridge: Object.keys(scope['switchyardDesktop'] ?? {}).sort(),
        node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in scope),
        runsInline: runsInline(),
        reaches,
      }
    })
    expect(found).toEqual({
      origin: 'app://switchyard',
      bridge: [
        ...['change', 'checkUpdate', 'chooseModel', 'closeControl', 'copy', 'gateway'],
        ...['onCommand', 'openControl', 'pathOf', 'read', 'sendControl'],
      ],
      node: [],
      runsInline: false,
      reaches: false,
    })
  },

  'no external page replaces the panel': async ({ app, page }) => {
    await page.evaluate(() => {
      location.href = 'https://example.com/'
      window.open('https://example.com/')
    })
    await page.waitForTimeout(500)
    expect(page.url()).toMatch(/^app:\/\/switchyard\//)
    expect(app.windows()).toHaveLength(1)
  },

  'both native libraries work in a utility process; one that is killed comes back': async ({
    page,
  }) => {
    const row = rowOf(page, 'emotion')
    await row.getByRole('switch').click()
    await expect(row).toContainText('Ready', { timeout: 30_000 })
    const pid = Number(/(\d+) ·/.exec(await row.innerText())?.[1])
    process.kill(pid, 'SIGKILL')
    await expect(row).not.toContainText(String(pid), { timeout: 20_000 })
    await expect(row).toContainText('Ready', { timeout: 30_000 })
  },

  'a second start shows the first and ends': async ({ app, restart }) => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
    const second = await restart('switchyard://view/logs').catch(() => null)
    await second?.close().catch(() => undefined)
    await expect
      .poll(() =>
        app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()),
      )
      .toBe(true)
  },
}

test.describe('desktop app', () => {
  let running: (Running & { close(): Promise<void> }) | null = null

  test.beforeEach(async ({ browserName: _ }, { config }) => {
    const desktop = desktopOf(config)
    if (desktop.binary === null) {
      const count = Object.keys(TESTS).length
      const words = `${count} tests of the desktop app: ${desktop.reason.message}`
      if (isRequired) throw new Error(`SWITCHYARD_REQUIRE_ELECTRON=1 and cannot run ${words}`)
      console.warn(`skipped, one of ${words}`)
      test.skip(true, desktop.reason.message)
      return
    }
    running = await launch(desktop.binary)
  })
  test.afterEach(async () => {
    await running?.close()
    running = null
  })

  for (const [title, run] of Object.entries(TESTS)) {
    test(title, async () => {
      if (running === null) throw new Error('the app was not started')
      await run(running)
    })
  }
})

async function launch(executablePath: string): Promise<Running & { close(): Promise<void> }> {
  const [port, planePort] = [await freePort(), await freePort()]
  const { file, remove } = temporaryConfig(`model_backends:\n  emotion:\n    port: ${port}\n`)
  const userDir = mkdtempSync(path.join(tmpdir(), 'switchyard-desktop-'))
  const args = [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--user-data-dir=${userDir}`,
    ROOT_DIR,
    ...['--config', file, '--port', String(planePort)],
  ]
  const env = {
    ...(process.env as Record<string, string>),
    SWITCHYARD_STATE_DIR: path.join(userDir, 'state'),
    SWITCHYARD_NODE: process.execPath,
  }
  const start = (...more: string[]) =>
    _electron.launch({ executablePath, args: [...args, ...more], env })
  const app = await start()
  return {
    app,
    page: await app.firstWindow(),
    port,
    restart: start,
    close: async () => {
      await app.close()
      remove()
      rmSync(userDir, { recursive: true, force: true })
    },
  }
}
