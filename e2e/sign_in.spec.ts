/** Sign-in, session and sign-out of a browser with the real program. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { freePort } from '../testing/processes.ts'
import { consoleFaults, openView, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let stateDir: string
let switchyard: Switchyard
let plainAddress: string
test.beforeEach(async () => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'sign-in-'))
  switchyard = await start(await freePort())
  plainAddress = new URL('/', switchyard.address).href
})
test.afterEach(async () => {
  await switchyard.close()
  rmSync(stateDir, { recursive: true, force: true })
})

const start = (panelPort: number) => startSwitchyard(undefined, { panelPort, stateDir })
const isSignedIn = (page: Page) => expect(rowOf(page, 'emotion')).toContainText('Disabled')
const isSignedOut = (page: Page) =>
  expect(page.getByRole('heading', { name: 'You are not signed in' })).toBeVisible()

test('the printed link signs in, as often as it is pasted, and does not stay in the address bar', async ({
  page,
  browser,
}) => {
  const faults = consoleFaults(page)
  await page.goto(switchyard.address)
  await isSignedIn(page)
  expect(page.url()).toBe(plainAddress)
  await page.reload()
  await isSignedIn(page)
  expect(faults).toEqual([])
  const other = await (await browser.newContext()).newPage()
  await other.goto(switchyard.address)
  await isSignedIn(other)
  expect(await other.context().cookies()).toEqual([])
  await other.context().close()
})

test('a new tab of the same browser opens the plain address', async ({ page, context }) => {
  await page.goto(switchyard.address)
  await isSignedIn(page)
  const tab = await context.newPage()
  await tab.goto(plainAddress)
  await isSignedIn(tab)
})

test('without the link nothing is shown, and signing in elsewhere in this browser is noticed', async ({
  page,
  context,
}) => {
  await page.goto(plainAddress)
  await isSignedOut(page)
  const tab = await context.newPage()
  await tab.goto(switchyard.address)
  await isSignedIn(tab)
  await isSignedIn(page)
})

test('a wrong key, and a link with a wrong token, sign nobody in', async ({ page }) => {
  await page.goto(plainAddress)
  await page.evaluate(() => {
    localStorage.setItem('switchyard.key', 'a-wrong-key')
  })
  await page.reload()
  await isSignedOut(page)
  await page.goto(`${plainAddress}?token=a-wrong-token`)
  await isSignedOut(page)
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`an open page returns by itself after ${signal} and a new start on the same port`, async ({
    page,
  }) => {
    await page.goto(switchyard.address)
    await isSignedIn(page)
    switchyard.process.signal(signal)
    await switchyard.process.exited
    await switchyard.close()
    const retry = page.getByRole('button', { name: 'Try now' })
    await expect(retry).toBeVisible()
    switchyard = await start(Number(new URL(plainAddress).port))
    await expect(retry).toBeHidden({ timeout: 30_000 })
    await isSignedIn(page)
    expect(page.url()).toBe(plainAddress)
  })
}

test('a replaced token signs out the other browser, and not the one that replaced it', async ({
  page,
  browser,
}) => {
  await page.goto(switchyard.address)
  await isSignedIn(page)
  const other = await (await browser.newContext()).newPage()
  await other.goto(switchyard.address)
  await isSignedIn(other)
  await openView(page, 'Settings')
  await page.getByRole('button', { name: 'Replace token' }).click()
  await page.getByRole('button', { name: 'Replace and sign out others' }).click()
  await isSignedOut(other)
  await other.goto(switchyard.address)
  await isSignedOut(other)
  await openView(page, 'Backends')
  await isSignedIn(page)
  await page.reload()
  await isSignedIn(page)
  await other.context().close()
})
