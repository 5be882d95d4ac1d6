/** Every view and dialog against real backends: accessible, by keyboard, in both languages. */
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { facePicture, facePicturePath } from '../testing/pictures.ts'
import { freePort } from '../testing/processes.ts'
import { expectAccessible } from './accessible.ts'
import { dropFile, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.afterEach(async () => {
  await switchyard.close()
})

async function startReady(page: Page): Promise<void> {
  switchyard = await startSwitchyard(
    `model_backends:\n  emotion:\n    port: ${await freePort()}\n    enabled: true\n`,
  )
  await page.goto(switchyard.address)
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
}

test('the palette finds a command by its letters and runs it', async ({ page }) => {
  await startReady(page)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('option', { name: /^Stop emotion/ })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.type('stop emo')
  await page.keyboard.press('Enter')
  await expect(rowOf(page, 'emotion')).toContainText('Disabled', { timeout: 20_000 })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('logs emo')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log')).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(page.getByText('Recent', { exact: true })).toBeVisible()
})

test('settings apply immediately, can be undone, and the language changes every label', async ({
  page,
}) => {
  await startReady(page)
  await page.keyboard.press('6')
  await page.getByText('Dark', { exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await page.getByRole('switch', { name: 'Start emotion with Switchyard' }).click()
  await expect
    .poll(() => readFileSync(switchyard.configFile, 'utf8'), { timeout: 10_000 })
    .toContain('enabled: false')
  await page.getByText('简体中文').click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  await expect(page.getByRole('navigation', { name: '视图' })).toContainText('后端')
  await expectAccessible(page)
  await page.keyboard.press('1')
  // The switch affects the next start; running backends continue.
  await expect(rowOf(page, 'emotion')).toContainText('就绪')
  await expectAccessible(page)
})

test('what Apply did is in sight where its button was, with the way back', async ({ page }) => {
  await startReady(page)
  await page.setViewportSize({ width: 1280, height: 640 })
  await page.getByRole('tab', { name: 'Config' }).click()
  await page.getByText(/more keys at their defaults/).click()
  await page.getByLabel('request_timeout').fill('20')
  await page.getByRole('button', { name: 'Apply 1 change' }).click()
  await expect(page.getByText(/^Saved at/)).toBeInViewport({ ratio: 1, timeout: 20_000 })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText(/^Reverted at/)).toBeInViewport({ ratio: 1, timeout: 20_000 })
  expect(readFileSync(switchyard.configFile, 'utf8')).not.toContain('request_timeout')
})

test('the port doctor shows which program holds each port', async ({ page }) => {
  await startReady(page)
  await page.getByRole('button', { name: 'Port doctor' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText(/^examined at/)).toBeVisible({ timeout: 20_000 })
  await expect(dialog.getByRole('row', { name: /emotion/ })).toContainText('ours')
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('the model tab reads the file, and profiles it when asked', async ({ page }) => {
  await startReady(page)
  await page.getByRole('tab', { name: 'Model' }).click()
  await expect(page.getByText('as loaded').first()).toBeVisible({ timeout: 20_000 })
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Profile 20 runs' }).first().click()
  await expect(page.getByText(/a run, mean of 20/)).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Reload from file' }).click()
  await expect(page.getByText('emotion runs the reloaded model')).toBeVisible({ timeout: 60_000 })
})

test('a backend is added after it has answered on trial, and Undo removes it', async ({ page }) => {
  switchyard = await startSwitchyard('model_backends: {}\n')
  await page.goto(switchyard.address)
  await page.getByRole('button', { name: 'Add backend' }).click()
  await expectAccessible(page)
  await page.getByRole('dialog').getByText('Built-in template').click()
  await page.getByLabel('Template', { exact: true }).selectOption('emotion')
  await page.getByLabel('Port', { exact: true }).fill(String(await freePort()))
  await page.getByRole('button', { name: 'Next: try it' }).click()
  await page.getByRole('button', { name: 'Send it' }).click({ timeout: 40_000 })
  await expect(page.getByText(/^Answered after/)).toBeVisible({ timeout: 20_000 })
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Write to the file' }).click()
  await expect(page.getByRole('heading', { name: 'Changes to the file' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Write to the file' }).click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 40_000 })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('No backends are configured')).toBeVisible({ timeout: 20_000 })
})

test('two answers are compared, one is kept as golden and passes again, and all survive a reload', async ({
  page,
}) => {
  await startReady(page)
  await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
  const result = page.getByRole('region', { name: 'emotion', exact: true })
  await expect(result).toContainText('CPU', { timeout: 20_000 })
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('listitem')).toHaveCount(2)
  await expect(result).toContainText('CPU', { timeout: 20_000 })
  await page.getByRole('tab', { name: 'Compare' }).click()
  await expect(page.getByText(/The answers are equal/)).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('tab', { name: 'Golden' }).click()
  await page.getByRole('button', { name: 'Keep the answer of emotion to face.jpg' }).click()
  await page.getByRole('button', { name: 'Run again', exact: true }).click()
  await expect(page.getByText('1 passed')).toBeVisible({ timeout: 20_000 })
  await expectAccessible(page)
  await page.reload()
  await page.keyboard.press('2')
  await expect(page.getByRole('list', { name: 'Runs, newest first' })).toContainText('face.jpg')
  await page.getByRole('tab', { name: 'Golden' }).click()
  await expect(page.getByText('Not run since this page was opened.')).toBeVisible()
})

test('the copied program and the load test are of the request that is shown', async ({ page }) => {
  await startReady(page)
  await page.keyboard.press('2')
  await page.locator('input[type=file]').first().setInputFiles(facePicturePath(2))
  await expect(page.getByRole('region', { name: 'emotion', exact: true })).toContainText('CPU', {
    timeout: 20_000,
  })
  await page.getByRole('tab', { name: 'Code' }).click()
  await expect(page.getByLabel('JavaScript')).toContainText('/backends/emotion')
  await expectAccessible(page)
  await page.getByRole('tab', { name: 'Load' }).click()
  await page.getByLabel('Duration').focus()
  await page.keyboard.press('Home')
  await page.getByLabel('Concurrency').focus()
  await page.keyboard.press('Home')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Export as CSV' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('row', { name: /^1 / })).toBeVisible()
  await expectAccessible(page)
})

test('frames of the webcam are answered one after the other until it is stopped', async ({
  page,
}) => {
  await startReady(page)
  await page.keyboard.press('2')
  await page.getByRole('button', { name: 'Webcam' }).click()
  await expect(page.getByText(/Webcam: frame [2-9]/)).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('list', { name: 'Runs, newest first' })).toContainText('webcam')
  await expect(page.getByText(/Webcam: frame/)).toBeHidden()
})

test('a video file is taken apart into frames, each answered', async ({ page }) => {
  await startReady(page)
  await page.keyboard.press('2')
  // Drawn and encoded by the browser: two seconds of a moving square.
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [320, 240]
    const pen = canvas.getContext('2d')
    if (pen === null) throw new Error('no canvas')
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
    const parts: Blob[] = []
    recorder.ondataavailable = ({ data }) => void parts.push(data)
    const ended = new Promise((resolve) => (recorder.onstop = resolve))
    recorder.start()
    for (let step = 0; step < 50; step++) {
      pen.fillStyle = '#234'
      pen.fillRect(0, 0, 320, 240)
      pen.fillStyle = '#fa0'
      pen.fillRect(step * 5, 100, 40, 40)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    recorder.stop()
    await ended
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  })
  const bytes = Buffer.from(base64, 'base64')
  await dropFile(page, { name: 'square.webm', type: 'video/webm', bytes })
  const runs = page.getByRole('list', { name: 'Runs, newest first' })
  await expect(runs).toContainText('square.webm 0.0 s', { timeout: 30_000 })
  await expect(runs).toContainText('square.webm 1.0 s', { timeout: 30_000 })
})

test('a span drawn over the timeline opens its log', async ({ page }) => {
  await startReady(page)
  const lane = page.locator('.lane-line').first()
  const box = await lane.boundingBox()
  if (box === null) throw new Error('the timeline has no lane')
  await page.mouse.move(box.x + box.width * 0.5, box.y + 5)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 1, box.y + 5, { steps: 3 })
  await page.mouse.up()
  await expect(page.getByRole('heading', { name: /Slowest/ })).toBeVisible()
  await expectAccessible(page)
})
