/**
 * The desktop panel in a browser, with a replacement for the preload's bridge over the same ControlApi.
 * desktop.spec.ts covers Electron itself.
 */
import { expect, test, type Page } from '@playwright/test'
import { expectAccessible } from './accessible.ts'
import { walkThrough } from './journey_steps.ts'
import { openView, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.beforeEach(async ({ page }) => {
  switchyard = await startSwitchyard()
  await putBridge(page, await keyOf(switchyard.address))
  await page.goto(switchyard.address)
})
test.afterEach(async () => {
  await switchyard.close()
})

test('a person walks through the panel over the bridge', async ({ page }) => {
  await walkThrough(page, switchyard.port)
})

test('settings of the desktop app are shown, change immediately, and can be undone', async ({
  page,
}) => {
  await openView(page, 'Settings')
  await expect(page.getByRole('heading', { name: 'Desktop app' })).toBeVisible()
  const login = page.getByRole('switch', { name: 'Start at login' })
  await expect(login).not.toBeChecked()
  await login.click()
  await expect(login).toBeChecked()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(login).not.toBeChecked()
  await expect(page.getByText('This desktop has no tray')).toBeVisible()
  await expectAccessible(page)
})

test('a link shows its backend, and a file that was dropped on the icon is tested', async ({
  page,
}) => {
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  const command = (given: object) =>
    page.evaluate((sent) => {
      const scope = globalThis as unknown as { tellPage(command: object): void }
      scope.tellPage('text' in sent ? { ...sent, bytes: new TextEncoder().encode('no') } : sent)
    }, given)
  await command({ kind: 'view', view: 'logs' })
  await expect(page.getByRole('log')).toBeVisible()
  await command({ kind: 'backend', backend: 'emotion' })
  await expect(page.getByRole('heading', { name: 'emotion' })).toBeVisible()
  await command({ kind: 'file', name: 'broken.png', text: 'no' })
  await expect(page.getByRole('list', { name: 'Runs, newest first' })).toContainText('broken.png')
  await command({ kind: 'problem', title: 'face.bmp', text: 'It cannot be read.' })
  await expect(page.getByText('It cannot be read.')).toBeVisible()
})

/** Signs the page in; returns its key. */
async function keyOf(address: string): Promise<string> {
  const { origin, searchParams } = new URL(address)
  const authorization = `Bearer ${searchParams.get('token')}`
  const answer = await fetch(`${origin}/session`, { headers: { authorization } })
  return ((await answer.json()) as { key: string }).key
}

/** A bridge over the page's own WebSocket; settings live in the page. */
async function putBridge(page: Page, key: string): Promise<void> {
  await page.addInitScript((secret) => {
    let socket: WebSocket | null = null
    let settings = {
      ...{ open_at_login: false, keep_in_tray: true, notifications: true },
      ...{ updates: false, update_feed: '' },
    }
    const state = () =>
      Promise.resolve({ settings, notes: ['This desktop has no tray.'], update: 'Not looked for.' })
    const scope = globalThis as Record<string, unknown>
    scope['switchyardDesktop'] = {
      gateway: `ws://${location.host}`,
      openControl: (listeners: { message(text: string): void; closed(): void }) =>
        new Promise<void>((resolve, reject) => {
          socket = new WebSocket(`ws://${location.host}/control`, [
            'switchyard',
            `switchyard.key.${secret}`,
          ])
          socket.onopen = () => resolve()
          socket.onerror = () => reject(new Error('closed'))
          socket.onmessage = ({ data }) => listeners.message(String(data))
          socket.onclose = () => listeners.closed()
        }),
      sendControl: (text: string) => socket?.send(text),
      closeControl: () => socket?.close(),
      read: state,
      change: (patch: object) => {
        settings = { ...settings, ...patch }
        return state()
      },
      checkUpdate: state,
      copy: () => Promise.resolve(),
      chooseModel: () => Promise.resolve(null),
      pathOf: () => '',
      onCommand: (listener: (command: object) => void) => {
        scope['tellPage'] = listener
      },
    }
  }, key)
}
