/** `npm run screenshots`: takes the screenshots of the documents: the real panel under load. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { drawnPicture, facePicture } from '../testing/pictures.ts'
import { ROOT_DIR, endStarted, startNode } from '../testing/processes.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'
import { shownFingerprint, STAMP_FILE } from './screenshot_stamp.ts'
import { ensureReady } from './setup.mjs'
import { findChromium } from './setup/chromium.mjs'
import { writeStamp } from './setup/fingerprint.mjs'

const FOLDER = path.join(ROOT_DIR, 'docs/images')
/** The charts cover five minutes; this part is enough to see their shape. */
const TRAFFIC_MS = Number(process.argv[2] ?? 45_000)

await ensureReady()
mkdirSync(FOLDER, { recursive: true })
const panel = startNode(['scripts/start.mjs', '--headless', '--no-open'])
const [, address = '', origin = ''] = await panel.waitFor(/Panel: ((http:\S+?)\/\?\S+)/)
const executablePath = findChromium({ platform: process.platform, env: process.env })
const browser = await chromium.launch({
  ...(executablePath === null ? {} : { executablePath }),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } })
    await page.goto(address)
    await showBusyBackends(page)
    await page.screenshot({ path: path.join(FOLDER, `panel-${colorScheme}.png`) })
    await page.getByRole('navigation').getByRole('button', { name: 'Logs' }).click()
    await page
      .getByText(/response/)
      .first()
      .waitFor()
    await page.getByRole('slider').waitFor()
    await page.screenshot({ path: path.join(FOLDER, `logs-${colorScheme}.png`) })
    await page.close()
  }
  writeStamp(path.join(ROOT_DIR, STAMP_FILE), shownFingerprint(ROOT_DIR))
} finally {
  await browser.close()
  await endStarted()
}

async function showBusyBackends(page: Page): Promise<void> {
  const row = page.getByRole('row').filter({ has: page.getByText('emotion', { exact: true }) })
  await row.waitFor()
  const toggle = row.getByRole('switch')
  if ((await toggle.getAttribute('aria-checked')) !== 'true') {
    await page
      .getByRole('button', { name: /^Start all/ })
      .first()
      .click()
    await row.getByText('Ready').waitFor({ timeout: 60_000 })
    await sendTraffic()
  }
  await row.click()
}

async function sendTraffic(): Promise<void> {
  const client = await connect(origin.replace('http:', 'ws:'))
  const pictures = [facePicture(1), facePicture(2), await drawnPicture(640, 480)]
  const deadline = performance.now() + TRAFFIC_MS
  for (let index = 0; performance.now() < deadline; index++) {
    const picture = pictures[index % pictures.length] as Buffer
    const backend = index % 4 === 0 ? 'fatigue' : 'emotion'
    await client.ask({ ...inferenceRequest(`shot-${index}`, picture), backend })
  }
  await client.close()
}
