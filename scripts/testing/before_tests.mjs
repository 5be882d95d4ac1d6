/** Before vitest and Playwright: panel, programs and models must be those of the sources as they stand. */
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
