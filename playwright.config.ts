/** End-to-end tests: the panel in a real browser, against real backend processes. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/setup/chromium.mjs'
import { findDesktop } from './scripts/setup/desktop.mjs'

const chromium = findChromium({ platform: process.platform, env: process.env })

const isRoot = process.getuid?.() === 0
const desktop = findDesktop(
  {
    platform: process.platform,
    env: process.env,
    rootDir: import.meta.dirname,
    fs: { existsSync, readFileSync },
  },
  // As e2e/desktop.spec.ts starts it.
  { argv: isRoot ? ['--no-sandbox'] : [], uid: process.getuid?.(), statSync },
)

export default defineConfig({
  // For the tests of the desktop app: its binary, or why there is none.
  metadata: { desktop },
  testDir: 'e2e',
  // A whole system starts, loads models and stops in each.
  timeout: 240_000,
  outputDir: 'test-results',
  globalSetup: './scripts/testing/before_tests.mjs',
  // Each test starts a whole system; two at a time would share the same cores and ports.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  reporter: [['list'], ['json', { outputFile: '.cache/test/playwright.json' }]],
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      // Without an installed one, Playwright takes its own.
      ...(chromium === null ? {} : { executablePath: chromium }),
      args: [
        // Chromium's sandbox refuses to work for root, which is what a container runs as.
        ...(isRoot ? ['--no-sandbox'] : []),
        // A camera that shows a test picture, granted when it is asked for.
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
})
