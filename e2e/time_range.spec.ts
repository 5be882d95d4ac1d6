/** Charts over other spans than the last minutes: by pointer, keyboard, and date and time. */
import { expect, test, type Page } from '@playwright/test'
import { freePort } from '../testing/processes.ts'
import { expectAccessible } from './accessible.ts'
import { rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.beforeEach(async ({ page }) => {
  switchyard = await startSwitchyard(
    `model_backends:\n  emotion:\n    port: ${await freePort()}\n    enabled: true\n    health_interval: 1\n`,
  )
  await page.goto(switchyard.address)
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 30_000 })
  await expect(ramChart(page)).toBeVisible({ timeout: 20_000 })
})
test.afterEach(async () => {
  await switchyard.close()
})

const ramChart = (page: Page) => page.getByRole('img', { name: /^RAM over/ })
const healthChart = (page: Page) => page.getByRole('img', { name: /^Health check over/ })
const pressed = (page: Page, name: string) =>
  expect(page.getByRole('button', { name, exact: true })).toHaveAttribute('aria-pressed', 'true')
/** The labels below a chart. */
const axisOf = (page: Page, chart: 'RAM' | 'Health check') =>
  page.getByRole('img', { name: new RegExp(`^${chart} over`) }).locator('.time-labels')

test('a drag over one chart zooms all of them, and a double click goes back', async ({ page }) => {
  const box = await ramChart(page).locator('.u-over').boundingBox()
  if (box === null) throw new Error('the chart has no plot')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.7, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 1, y, { steps: 4 })
  await page.mouse.up()
  await expect(page.locator('.span-line')).toBeVisible()
  await expect(page.locator('.tabs')).toBeVisible()
  await expect(axisOf(page, 'RAM')).toHaveText(/\d\d:\d\d:\d\d/)
  const words = await axisOf(page, 'RAM').textContent()
  await expect(axisOf(page, 'Health check')).toHaveText(words ?? '')
  await pressed(page, 'From–to')
  // One drag is one zoom, although every chart draws the selection.
  await ramChart(page).locator('.u-over').dblclick()
  await pressed(page, '5 min')
  await expect(axisOf(page, 'RAM')).toHaveText(/now$/)
})

test('the keyboard zooms in and out, and the button goes back', async ({ page }) => {
  await healthChart(page).focus()
  await page.keyboard.press('+')
  await expect(page.locator('.span-line')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Zoom out' }).press('Enter')
  await pressed(page, '5 min')
  await healthChart(page).focus()
  await page.keyboard.press('+')
  await expect(healthChart(page)).toHaveAccessibleName(/–/)
  await healthChart(page).focus()
  await page.keyboard.press('-')
  await pressed(page, '5 min')
})

test('a click in a chart freezes it and leaves neither the page nor the span', async ({ page }) => {
  await ramChart(page).locator('.u-over').click()
  await expect(page.getByRole('button', { name: 'Freeze' })).toHaveAttribute('aria-pressed', 'true')
  await expect(rowOf(page, 'emotion')).toBeVisible()
  await pressed(page, '5 min')
})

test('a span of yesterday is chosen by date and time, and one that cannot be is refused', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'From–to' }).click()
  await expectAccessible(page)
  await page.getByLabel('Start date').fill('2020-01-02')
  await page.getByLabel('End date').fill('2020-01-01')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'The end' })).toContainText(
    'must come after the start (2 Jan',
  )
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(
    page.getByText(/Nothing was measured in .* Metrics of emotion start at/),
  ).toBeVisible()
  await page.getByRole('button', { name: '7 d', exact: true }).click()
  await expect(axisOf(page, 'RAM')).toHaveText(/\d now$|now$/)
})
