/** Turns the JSON reports of vitest and Playwright into counts; missing values count as failed. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * One check that is not a test suite, such as the linter.
 * @param {boolean} hasPassed
 * @returns {Tally}
 */
export const tallyOfCheck = (hasPassed) => ({
  passed: hasPassed ? 1 : 0,
  failed: hasPassed ? 0 : 1,
  skipped: 0,
})

/**
 * @param {unknown} report the parsed JSON report, or null when there is none
 * @param {boolean} hasPassed whether the exit code was 0
 * @returns {Tally}
 */
export function tallyOfVitest(report, hasPassed) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
    /** @type {Record<string, any>} */ (report ?? {})
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = testResults ?? []
  // A file that fails to load has no failed test.
  const brokenFiles = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return settled(
    {
      passed: count(numPassedTests),
      failed: count(numFailedTests) + brokenFiles.length,
      skipped: count(numPendingTests) + count(numTodoTests),
    },
    hasPassed,
  )
}

/**
 * @param {unknown} report
 * @param {boolean} hasPassed
 * @returns {Tally}
 */
export function tallyOfPlaywright(report, hasPassed) {
  const { expected, unexpected, flaky, skipped } =
    /** @type {Record<string, any>} */ (report ?? {})['stats'] ?? {}
  return settled(
    // A flaky test failed at least once: not a pass.
    { passed: count(expected), failed: count(unexpected) + count(flaky), skipped: count(skipped) },
    hasPassed,
  )
}

/**
 * A run that failed without a failed test, or ran no test, counts as one failure.
 * @param {Tally} tally
 * @param {boolean} hasPassed
 * @returns {Tally}
 */
function settled(tally, hasPassed) {
  const hasRun = tally.passed + tally.failed > 0
  return tally.failed === 0 && !(hasPassed && hasRun) ? { ...tally, failed: 1 } : tally
}

/** @param {unknown} value */
const count = (value) => (typeof value === 'number' ? value : 0)

/** @param {Tally[]} tallies @returns {Tally} */
export function sumOf(tallies) {
  return tallies.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

/**
 * The last line of `npm test`, which programs parse.
 * @param {Tally} tally
 */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
