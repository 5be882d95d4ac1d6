import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from '@playwright/test'
import { drawnPicture, facePicture } from '../../testing/pictures.ts'
import {
  freePort,
  startNode,
  temporaryConfig,
  type RunningProcess,
} from '../../testing/processes.ts'
import { connect, inferenceRequest } from '../../testing/wire_client.ts'
import { findChromium } from '../../scripts/setup/chromium.mjs'

export interface Stage {
  /** Including the token. */
  address: string
  process: RunningProcess
  page(options: BrowserContextOptions & { hash?: string; preferences?: object }): Promise<Page>
  /** Sends requests to the backends for a while. */
  traffic(ms: number): Promise<void>
  close(): Promise<void>
}

/** `sections`: text below `model_backends:`; default: the three built-in backends, off. */
export async function openStage(sections?: string): Promise<Stage> {
  const { file, remove } = temporaryConfig(
    `model_backends:\n${sections ?? (await threeSections('enabled: false'))}`,
  )
  const stateDir = mkdtempSync(path.join(tmpdir(), 'switchyard-pictures-'))
  const program = startNode(
    ['scripts/start.mjs', '--headless', '--no-open', '--port', '0', '--config', file],
    { SWITCHYARD_STATE_DIR: stateDir },
  )
  const [, address = '', origin = ''] = await program.waitFor(/Panel: ((http:\S+?)\/\?\S+)/)
  const browser = await launch()
  return {
    address,
    process: program,
    page: (options) => openPage(browser, address, options),
    traffic: (ms) => sendTraffic(origin.replace('http:', 'ws:'), ms),
    close: async () => {
      await browser.close()
      program.signal('SIGTERM')
      await program.exited
      remove()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

export async function threeSections(line: string): Promise<string> {
  const sections = []
  for (const name of ['fatigue', 'emotion', 'eeg']) {
    sections.push(`  ${name}:\n    port: ${await freePort()}\n    ${line}\n`)
  }
  return sections.join('')
}

async function launch(): Promise<Browser> {
  const executablePath = findChromium({ platform: process.platform, env: process.env })
  return chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}

async function openPage(
  browser: Browser,
  address: string,
  {
    hash = '',
    preferences = {},
    ...options
  }: BrowserContextOptions & { hash?: string; preferences?: object },
): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  await context.addInitScript((stored) => {
    localStorage.setItem('switchyard.panel', stored)
  }, JSON.stringify(preferences))
  const page = await context.newPage()
  await page.goto(`${address}${hash}`)
  await page.locator('.app').waitFor()
  return page
}

async function sendTraffic(gateway: string, forMs: number): Promise<void> {
  const client = await connect(gateway)
  const pictures = [facePicture(1), facePicture(2), await drawnPicture(640, 480)]
  const deadline = performance.now() + forMs
  for (let index = 0; performance.now() < deadline; index++) {
    const picture = pictures[index % pictures.length] as Buffer
    const backend = index % 4 === 0 ? 'fatigue' : 'emotion'
    await client.ask({ ...inferenceRequest(`picture-${index}`, picture), backend })
  }
  await client.close()
}
