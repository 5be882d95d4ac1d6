/** Playground and wizard in every state: nothing is cut off, overlapping or unreachable. */
import { expect, test, type Page } from '@playwright/test'
import { facePicture } from '../testing/pictures.ts'
import { freePort } from '../testing/processes.ts'
import { expectSoundLayout } from './layout.ts'
import { dropFile, openView, rowOf, startAllThree, startSwitchyard } from './switchyard.ts'
import type { Switchyard } from './switchyard.ts'

type Pane = 'Input' | 'Picture' | 'Answer'

/** A narrow window shows one pane at a time. */
async function showPane(page: Page, pane: Pane): Promise<void> {
  const tab = page
    .getByRole('tablist', { name: 'Parts of the test' })
    .getByRole('tab', { name: pane })
  if (await tab.isVisible()) await tab.click()
}

test.describe('the playground', () => {
  let switchyard: Switchyard
  test.beforeAll(async () => {
    switchyard = await startAllThree()
  })
  test.afterAll(async () => {
    await switchyard.close()
  })
  test.beforeEach(async ({ page }) => {
    await page.goto(switchyard.address)
    for (const name of ['fatigue', 'emotion', 'eeg']) {
      await expect(rowOf(page, name)).toContainText('Ready', { timeout: 60_000 })
    }
    await openView(page, 'Playground')
  })

  async function expectSoundPanes(page: Page, state: string): Promise<void> {
    for (const pane of ['Input', 'Picture', 'Answer'] as const) {
      await expectSoundLayout(page, `${state}, ${pane}`, () => showPane(page, pane))
    }
  }

  const answered = (page: Page, backend: string) =>
    expect(page.getByRole('region', { name: backend, exact: true })).toContainText('CPU', {
      timeout: 60_000,
    })

  test('is sound while it is empty', async ({ page }) => {
    await expectSoundPanes(page, 'empty')
  })

  test('is sound with a picture, in every tab of its answer', async ({ page }) => {
    await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
    await answered(page, 'emotion')
    await answered(page, 'fatigue')
    await expectSoundPanes(page, 'picture')
    for (const tab of ['JSON', 'Code', 'Load', 'Compare', 'Golden']) {
      await expectSoundLayout(page, tab, async () => {
        await showPane(page, 'Answer')
        await page.getByRole('tab', { name: tab }).click()
      })
    }
  })

  test('is sound with a recording, and with a file that it refuses', async ({ page }) => {
    const rows = Array.from({ length: 2000 }, (_, index) =>
      [1, 2, 3].map((channel) => (20 * Math.sin(index / (3 + channel))).toFixed(2)).join(','),
    )
    const bytes = Buffer.from(['Fp1,Fp2,O1', ...rows].join('\n'))
    await dropFile(page, { name: 'rest.csv', type: 'text/csv', bytes })
    await answered(page, 'eeg')
    await expectSoundPanes(page, 'recording')
    const letter = { name: 'letter-to-the-operator-of-the-line.pdf', type: 'application/pdf' }
    await dropFile(page, { ...letter, bytes: Buffer.from('%PDF-1.7\n') })
    await expect(page.getByText(/neither a picture nor an EEG file/)).toBeVisible()
    await expectSoundPanes(page, 'refused')
  })
})

test.describe('the wizard', () => {
  let switchyard: Switchyard
  test.beforeEach(async ({ page }) => {
    switchyard = await startSwitchyard(
      `model_backends:\n  emotion:\n    port: ${await freePort()}\n    enabled: true\n`,
    )
    await page.goto(switchyard.address)
    await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 60_000 })
    await page.getByRole('button', { name: 'Add backend' }).click()
  })
  test.afterEach(async () => {
    await switchyard.close()
  })

  const next = (page: Page) => page.getByRole('button', { name: 'Next: try it' }).click()

  test('is sound with every source, and with every field marked', async ({ page }) => {
    for (const source of ['ONNX file', 'Python command', 'Built-in template', 'External address']) {
      await page.getByText(source, { exact: true }).click()
      await next(page)
      await expectSoundLayout(page, source)
    }
  })

  test('leads a program that does not exist back to its command, and keeps the draft', async ({
    page,
  }) => {
    await page.getByText('Python command', { exact: true }).click()
    const command = page.getByLabel('Command', { exact: true })
    await command.fill('no-such-program --port {port}')
    await page.getByLabel('Name', { exact: true }).fill('smoke')
    await page.getByLabel('Port', { exact: true }).fill(String(await freePort()))
    await next(page)
    await expect(command).toHaveAttribute('aria-invalid', 'true', { timeout: 30_000 })
    await expect(command).toBeFocused()
    await expectSoundLayout(page, 'marked by a trial')
    await page.keyboard.press('Escape')
    await expectSoundLayout(page, 'asked to close')
    await page.getByRole('button', { name: 'Close and keep the draft' }).click()
    await page.getByRole('button', { name: 'Add backend' }).click()
    await expect(command).toHaveValue('no-such-program --port {port}')
  })

  test('writes an address that does not answer as watched', async ({ page }) => {
    await page.getByText('External address', { exact: true }).click()
    await page.getByLabel('Address', { exact: true }).fill(`127.0.0.1:${await freePort()}`)
    await page.getByLabel('Name', { exact: true }).fill('lab')
    await next(page)
    await expect(page.getByText(/^It is not responding/)).toBeVisible({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Continue without an answer' }).click()
    await expect(page.getByText('enabled: true').last()).toBeVisible()
    await expectSoundLayout(page, 'what is written')
    await page.getByRole('button', { name: 'Write to the file' }).click()
    await expect(rowOf(page, 'lab')).toContainText('Unreachable', { timeout: 20_000 })
    await expect(rowOf(page, 'lab').getByRole('switch')).toHaveAttribute('aria-disabled', 'true')
  })
})
