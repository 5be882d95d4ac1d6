/** From a dropped ONNX file to a working backend: the wizard opens, and its trial run accepts a picture of any size. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { freePort } from '../testing/processes.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { expectSoundLayout } from './layout.ts'
import { dropFile, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
let folder: string
test.beforeEach(async ({ page }) => {
  folder = mkdtempSync(path.join(tmpdir(), 'model-drop-'))
  writeFileSync(path.join(folder, 'colours.onnx'), colourMeansModel(8))
  switchyard = await startSwitchyard(
    `model_backends:\n  emotion:\n    port: ${await freePort()}\n    enabled: false\n`,
  )
  await page.goto(switchyard.address)
  await expect(rowOf(page, 'emotion')).toContainText('Disabled', { timeout: 20_000 })
})
test.afterEach(async () => {
  await switchyard.close()
  rmSync(folder, { recursive: true })
})

/** A PNG above 4 MiB, red on average. */
const largePicture = () =>
  sharp({
    create: {
      ...{ width: 2600, height: 2000, channels: 3, background: 'red' },
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  })
    .tint('#ff2010')
    .png()
    .toBuffer()

const choose = (page: Page, label: string, value: string) =>
  page.getByLabel(label, { exact: true }).selectOption(value)

test('a dropped ONNX file opens the wizard, and its trial answers a large picture', async ({
  page,
}) => {
  await dropFile(page, {
    name: 'colours.onnx',
    type: '',
    bytes: Buffer.from(colourMeansModel(8)),
  })
  const wizard = page.getByRole('dialog')
  await expect(wizard.getByRole('alert')).toContainText('does not reveal where colours.onnx is')
  await page.getByLabel('Model file', { exact: true }).fill(path.join(folder, 'colours.onnx'))
  await choose(page, 'Output values', 'none')
  await choose(page, 'Value range', 'unit')
  await choose(page, 'Colour order', 'rgb')
  await choose(page, 'Fit', 'stretch')
  await choose(page, 'Labels', 'none')
  await expect(wizard.getByText(/^Nothing checks the number of classes/)).toBeVisible()
  await page.getByLabel('Name', { exact: true }).fill('colours')
  await expectSoundLayout(page, 'dropped')
  await page.getByRole('button', { name: 'Next: try it' }).click()
  await expect(wizard.getByText(/^Ready on/)).toBeVisible({ timeout: 30_000 })
  const buffer = await largePicture()
  expect(buffer.length).toBeGreaterThan(4 * 1024 ** 2)
  await wizard
    .locator('input[type=file]')
    .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer })
  await expect(wizard.getByText('class 0').first()).toBeVisible({ timeout: 30_000 })
  await expect(wizard.getByText(/^No labels are set, and output "means"/)).toBeVisible()
  await expectSoundLayout(page, 'answered')
  await wizard.getByRole('button', { name: 'Write to the file' }).click()
  await page.getByRole('button', { name: 'Write to the file' }).click()
  await expect(rowOf(page, 'colours')).toContainText('Ready', { timeout: 30_000 })
  await expect(rowOf(page, 'colours')).toContainText('1 model warning')
  await rowOf(page, 'colours').click()
  await page.getByRole('tab', { name: 'Model' }).click()
  await expect(page.getByRole('list', { name: 'Warnings about the model' })).toBeVisible()
  await expectSoundLayout(page, 'the model tab')
})
