/** Before vitest and Playwright: updates panel, programs and models. */
import { ensureReady } from '../setup.mjs'

/**
 * @param {import('vitest/node').TestProject | import('@playwright/test').FullConfig} runner
 * @returns {Promise<void>}
 */
export default async function beforeTests(runner) {
  await ensureReady()
  // In watch mode an edit must reach the processes that the tests start.
  if ('onTestsRerun' in runner) runner.onTestsRerun(() => ensureReady())
}
