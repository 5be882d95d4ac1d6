/** The user journey shared by browser and desktop app. */
import { expect, type Page } from '@playwright/test'
import { facePicture } from '../testing/pictures.ts'
import { isAlive, isPortFree } from '../testing/processes.ts'
import { dropFile, openView, rowOf } from './switchyard.ts'

/** Starts emotion, drops a face, reads the result, finds it in the log, and stops. `port`: of the backend. */
export async function walkThrough(page: Page, port: number): Promise<void> {
  const row = rowOf(page, 'emotion')
  await expect(row).toContainText('Disabled')

  await row.getByRole('switch').click()
  await expect(row).toContainText('Ready', { timeout: 30_000 })
  const pid = Number(/(\d+) ·/.exec(await row.innerText())?.[1])
  expect(isAlive(pid)).toBe(true)
  expect(await isPortFree(port)).toBe(false)

  await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
  const result = page.getByRole('region', { name: 'emotion', exact: true })
  await expect(result).toContainText('CPU', { timeout: 20_000 })
  await expect(result).toContainText(/happy|neutral|sad|angry|fear|disgust|surprise/i)
  await expect(page.locator('.finding-box').first()).toBeVisible()

  await page.getByRole('tab', { name: 'JSON' }).click()
  const json = page.getByRole('tabpanel', { name: 'JSON' })
  const requestId = /"request_id": "([^"]+)"/.exec(await json.innerText())?.[1] ?? 'none'

  await openView(page, 'Logs')
  await page.getByLabel('Search message or request id').fill(requestId)
  await expect(page.getByRole('log')).toContainText(/response \w+ \d\.\d\d/)

  await openView(page, 'Backends')
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Disabled', { timeout: 20_000 })
  expect(isAlive(pid)).toBe(false)
  expect(await isPortFree(port)).toBe(true)
}
