/** Every view with twelve backends and the longest names: nothing is cut off, overlapping or unreachable. */
import { expect, test } from '@playwright/test'
import { expectSoundLayout } from './layout.ts'
import { FAILED, READY, startManyBackends } from './many_backends.ts'
import { openView, rowOf, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.beforeAll(async () => {
  switchyard = await startManyBackends()
})
test.afterAll(async () => {
  await switchyard.close()
})

test.beforeEach(async ({ page }) => {
  await page.goto(switchyard.address)
  await expect(rowOf(page, READY)).toContainText('Ready', { timeout: 30_000 })
})

test('Backends shows every row, value and button', async ({ page }) => {
  await expectSoundLayout(page, 'Backends')
})

test('compact rows keep the process, its uptime and RAM in sight', async ({ page }) => {
  await openView(page, 'Settings')
  await page.getByText('Compact', { exact: true }).click()
  await openView(page, 'Backends')
  const row = rowOf(page, READY)
  await expect(row.getByText(/^\d+ · \d+ (s|m)/)).toBeInViewport({ ratio: 1 })
  expect((await row.boundingBox())?.height).toBeLessThanOrEqual(33)
  await expectSoundLayout(page, 'Backends, compact')
})

test('the pane of a backend shows every tab', async ({ page }) => {
  const shown = [
    [READY, 'Overview'],
    [READY, 'Config'],
    [READY, 'Model'],
    [FAILED, 'Crash'],
  ] as const
  for (const [name, title] of shown) {
    await expectSoundLayout(page, `${title} of ${name}`, async () => {
      await rowOf(page, name).focus()
      const tab = page.getByRole('tab', { name: title })
      // Below a certain width the pane is a drawer.
      if (!(await tab.isVisible())) await page.keyboard.press(']')
      await tab.click()
    })
    if (await page.locator('.drawer').isVisible()) await page.keyboard.press('Escape')
  }
})

for (const view of ['Logs', 'GPU & system', 'Events', 'Settings'] as const) {
  test(`${view} shows every line and button`, async ({ page }) => {
    await openView(page, view)
    await expectSoundLayout(page, view)
  })
}
