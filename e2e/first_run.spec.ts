/** Before the first start and without configuration: every check, choice and example is readable and reachable. */
import { expect, test } from '@playwright/test'
import { freePort } from '../testing/processes.ts'
import { expectSoundLayout } from './layout.ts'
import { startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.afterEach(async () => {
  await switchyard.close()
})

test('the first run shows what was checked of each backend', async ({ page }) => {
  const sections = []
  for (const name of ['fatigue', 'emotion', 'eeg']) {
    sections.push(`  ${name}:\n    port: ${await freePort()}\n`)
  }
  switchyard = await startSwitchyard(`model_backends:\n${sections.join('')}`)
  await page.goto(switchyard.address)
  await expect(page.getByRole('button', { name: 'Start all 3' })).toBeVisible()
  await expect(page.getByText(/^\d+ free$/)).toHaveCount(3, { timeout: 30_000 })
  await expect(page.getByText(/^\d+ files? · [\d.]+ [KM]iB$/)).toHaveCount(3, { timeout: 30_000 })
  await expectSoundLayout(page, 'First run')
})

test('without backends every source can be chosen', async ({ page }) => {
  switchyard = await startSwitchyard('model_backends: {}\n')
  await page.goto(switchyard.address)
  await page.getByText('Or write the configuration yourself').click()
  await expectSoundLayout(page, 'No backends')
  await page.getByRole('button', { name: /External address/ }).click()
  await expect(page.getByRole('radio', { name: /External address/ })).toBeChecked()
})
