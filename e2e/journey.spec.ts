/** A user's journey through the real system: start, test, read the log, stop; with failures on the way. */
import { expect, test } from '@playwright/test'
import { drawnPicture } from '../testing/pictures.ts'
import { walkThrough } from './journey_steps.ts'
import { dropFile, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.beforeEach(async () => {
  switchyard = await startSwitchyard()
})
test.afterEach(async () => {
  await switchyard.close()
})

test('a person switches emotion on, drops a face, reads the answer, finds it in the log, and switches off', async ({
  page,
}) => {
  await page.goto(switchyard.address)
  await expect(page).not.toHaveURL(/token/)
  await walkThrough(page, switchyard.port)
})

test('a picture without a face stays on the screen with the reason', async ({ page }) => {
  await page.goto(switchyard.address)
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  const bytes = await drawnPicture(400, 300)
  await dropFile(page, { name: 'drawing.jpg', type: 'image/jpeg', bytes })
  const result = page.getByRole('region', { name: 'emotion', exact: true })
  await expect(result).toContainText(/no face/i, { timeout: 20_000 })
  await expect(page.getByRole('img', { name: /drawing\.jpg/ })).toBeVisible()
})

test('a file that is not an image is answered with code, message and remedy', async ({ page }) => {
  await page.goto(switchyard.address)
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  await dropFile(page, { name: 'broken.jpg', type: 'image/jpeg', bytes: Buffer.from('just words') })
  const result = page.getByRole('region', { name: 'emotion', exact: true })
  await expect(result).toContainText('invalid_image', { timeout: 20_000 })
  await expect(result).toContainText(/send JPEG/i)
})

test('a backend that is killed from outside is shown as such and comes back by itself', async ({
  page,
}) => {
  await page.goto(switchyard.address)
  const row = rowOf(page, 'emotion')
  await row.getByRole('switch').click()
  await expect(row).toContainText('Ready', { timeout: 30_000 })
  const pid = Number(/(\d+) ·/.exec(await row.innerText())?.[1])
  process.kill(pid, 'SIGKILL')
  await expect(row).toContainText('Backoff', { timeout: 10_000 })
  await expect(row).toContainText('Ready', { timeout: 30_000 })
})
