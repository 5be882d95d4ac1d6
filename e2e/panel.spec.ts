/** The panel: accessible in every view, keyboard only, and clear about failures of configuration or connection. */
import { writeFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { facePicture, facePicturePath } from '../testing/pictures.ts'
import { expectAccessible } from './accessible.ts'
import { dropFile, openView, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.afterEach(async () => {
  await switchyard.close()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })
    test('axe finds nothing serious in any view', async ({ page }) => {
      switchyard = await startSwitchyard()
      await page.goto(switchyard.address)
      await expect(rowOf(page, 'emotion')).toContainText('Disabled')
      await expectAccessible(page)
      await rowOf(page, 'emotion').getByRole('switch').click()
      await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
      await expectAccessible(page)
      await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
      const result = page.getByRole('region', { name: 'emotion', exact: true })
      await expect(result).toContainText('CPU', { timeout: 20_000 })
      await expectAccessible(page)
      await openView(page, 'Logs')
      await expect(page.getByRole('log')).toContainText('response')
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Regular expression' }).click()
      await page.getByLabel('Search message or request id').fill('response (')
      await expect(page.getByRole('alert').filter({ hasText: 'is not valid' })).toBeVisible()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Export' }).click()
      await expect(page.getByRole('menu')).toBeVisible()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('4')
      await expect(page.getByRole('grid', { name: 'Processes of Switchyard' })).toBeVisible()
      await expect(page.getByText('Stopping emotion frees')).toBeVisible()
      await expectAccessible(page)
      await page.keyboard.press('5')
      await expect(page.getByRole('listitem').filter({ hasText: 'Ready on CPU' })).toBeVisible()
      await expectAccessible(page)
    })
  })
}

test('keys alone start a backend, and choosing a file runs it', async ({ page }) => {
  switchyard = await startSwitchyard()
  await page.goto(switchyard.address)
  await expect(rowOf(page, 'emotion')).toContainText('Disabled')
  await page.keyboard.press('Enter')
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  await page.keyboard.press('2')
  await page.locator('input[type=file]').first().setInputFiles(facePicturePath(2))
  await expect(page.getByRole('region', { name: 'emotion', exact: true })).toContainText('CPU', {
    timeout: 20_000,
  })
  await page.keyboard.press('3')
  await expect(page.getByRole('log')).toBeVisible()
})

test('an event leads to the logs of its backend, at its time', async ({ page }) => {
  switchyard = await startSwitchyard()
  await page.goto(switchyard.address)
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  await page.keyboard.press('5')
  const ready = page.getByRole('listitem').filter({ hasText: 'Ready on CPU' })
  await ready.getByRole('button', { name: /^logs of emotion/ }).click()
  await expect(page.getByRole('button', { name: 'emotion', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await expect(page.getByRole('button', { name: /^Follow/ })).toBeVisible()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: 'Export' })
      .click()
      .then(() =>
        page.getByRole('menuitem', { name: 'Lines that match the filter, as text' }).click(),
      ),
  ])
  expect(download.suggestedFilename()).toBe('switchyard.log')
})

test('after a view key the focus is in the new view, not lost', async ({ page }) => {
  switchyard = await startSwitchyard()
  await page.goto(switchyard.address)
  await rowOf(page, 'emotion').focus()
  await page.keyboard.press('3')
  await expect(page.getByRole('main')).toBeFocused()
  await page.keyboard.press('1')
  await page.keyboard.press('j')
  await expect(rowOf(page, 'emotion')).toBeFocused()
})

test('a refused config is shown with line, key and remedy, and disappears when the file is fixed', async ({
  page,
}) => {
  switchyard = await startSwitchyard('model_backends:\n  emotion:\n    prot: 1\n')
  await page.goto(switchyard.address)
  const banner = page.getByRole('paragraph').filter({ hasText: 'line 3, emotion:' })
  await expect(banner).toContainText('Unknown key prot. Did you mean port?')
  writeFileSync(
    switchyard.configFile,
    `model_backends:\n  emotion:\n    port: ${switchyard.port}\n`,
  )
  await expect(rowOf(page, 'emotion')).toContainText('Disabled')
  await expect(banner).toBeHidden()
})

test('when the control plane has exited the panel shows it and freezes its values', async ({
  page,
}) => {
  switchyard = await startSwitchyard()
  await page.goto(switchyard.address)
  await expect(rowOf(page, 'emotion')).toContainText('Disabled')
  switchyard.process.signal('SIGKILL')
  await expect(
    page.getByRole('alert').filter({ hasText: 'Disconnected from Switchyard' }),
  ).toBeVisible({
    timeout: 10_000,
  })
})
