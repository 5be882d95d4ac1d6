/** Finds a Chromium for the end-to-end tests, or installs one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runStep, SetupError } from './step.mjs'

/** @type {Record<string, (env: NodeJS.ProcessEnv) => string[]>} */
const USUAL_PATHS = {
  linux: () => [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ],
  darwin: () => [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: (env) =>
    ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) =>
      env[name] ? [join(env[name], 'Google/Chrome/Application/chrome.exe')] : [],
    ),
}

/**
 * An installed browser: CHROMIUM_PATH first, then the usual places. null without one.
 * @param {{ platform: string, env: NodeJS.ProcessEnv, exists?: (path: string) => boolean }} environment
 * @returns {string | null}
 */
export function findChromium({ platform, env, exists = existsSync }) {
  if (env['CHROMIUM_PATH']) return env['CHROMIUM_PATH']
  return (USUAL_PATHS[platform]?.(env) ?? []).find(exists) ?? null
}

/**
 * Resolves when Playwright can start a Chromium: an installed one, its own, or one installed now.
 * @param {import('./step.mjs').StepContext} context
 */
export async function ensureChromium(context) {
  const { platform, env } = process
  const found = findChromium({ platform, env })
  if (found !== null) {
    if (existsSync(found)) return
    throw new SetupError(`CHROMIUM_PATH names ${found}, which does not exist; correct or unset it.`)
  }
  // Imported lazily: it may have just been installed.
  const { chromium } = await import('@playwright/test')
  if (existsSync(chromium.executablePath())) return

  const isRootOnDebian =
    platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  await (isRootOnDebian ? installByApt(context) : installByPlaywright(context))
}

/** @param {Parameters<typeof ensureChromium>[0]} context */
async function installByApt(context) {
  const common = {
    ...context,
    command: 'apt-get',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    remedy: 'Install a Chromium or Chrome yourself, or name one in CHROMIUM_PATH.',
  }
  await runStep({
    ...common,
    title: 'Reading the package lists (apt-get update)',
    args: ['update'],
  })
  await runStep({
    ...common,
    title: 'Installing Chromium for the end-to-end tests (apt-get)',
    args: ['install', '-y', '--no-install-recommends', 'chromium'],
  })
}

/** @param {Parameters<typeof ensureChromium>[0]} context */
async function installByPlaywright(context) {
  await runStep({
    ...context,
    title: 'Downloading Chromium for the end-to-end tests (playwright install)',
    command: process.execPath,
    args: ['node_modules/@playwright/test/cli.js', 'install', 'chromium'],
    remedy: 'Install Chromium or Chrome yourself, or name one in CHROMIUM_PATH.',
  })
}
