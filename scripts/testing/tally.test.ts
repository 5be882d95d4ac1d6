import { describe, expect, it } from 'vitest'
import { summaryLine, sumOf, tallyOfCheck, tallyOfPlaywright, tallyOfVitest } from './tally.mjs'

describe('tallyOfVitest', () => {
  const report = (passed: number, failed = 0, more: object = {}) => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...more,
  })

  it.each<[string, unknown, boolean, object]>([
    ['passed tests', report(3), true, { passed: 3, failed: 0, skipped: 0 }],
    ['failed tests', report(3, 2), false, { passed: 3, failed: 2, skipped: 0 }],
    [
      'skipped and open tests as skipped',
      report(1, 0, { numPendingTests: 2, numTodoTests: 3 }),
      true,
      { passed: 1, failed: 0, skipped: 5 },
    ],
    [
      'a file that breaks while it loads as failed',
      report(1, 0, { testResults: [{ status: 'failed', assertionResults: [] }] }),
      false,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a file with a failed test only once',
      report(0, 1, {
        testResults: [{ status: 'failed', assertionResults: [{ status: 'failed' }] }],
      }),
      false,
      { passed: 0, failed: 1, skipped: 0 },
    ],
    ['a run without any test as failed', report(0), true, { passed: 0, failed: 1, skipped: 0 }],
    [
      'a run with skipped tests only as failed',
      report(0, 0, { numPendingTests: 4 }),
      true,
      { passed: 0, failed: 1, skipped: 4 },
    ],
    ['an unnamed failure as one', report(5), false, { passed: 5, failed: 1, skipped: 0 }],
    ['a missing report as failed', null, true, { passed: 0, failed: 1, skipped: 0 }],
  ])('counts %s', (_what, given, hasPassed, expected) => {
    expect(tallyOfVitest(given, hasPassed)).toEqual(expected)
  })
})

describe('tallyOfPlaywright', () => {
  it('counts a flaky test as failed', () => {
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }
    expect(tallyOfPlaywright({ stats }, false)).toEqual({ passed: 4, failed: 2, skipped: 2 })
  })

  it('counts a run that could not start as failed', () => {
    const stats = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }
    expect(tallyOfPlaywright({ stats, errors: [{}] }, false).failed).toBe(1)
    expect(tallyOfPlaywright(null, false).failed).toBe(1)
  })
})

describe('summaryLine', () => {
  it('sums checks and tests', () => {
    const tests = tallyOfVitest({ numPassedTests: 7 }, true)
    const sum = sumOf([tallyOfCheck(true), tallyOfCheck(false), tests])
    expect(summaryLine(sum)).toBe('8 passed, 1 failed')
  })

  it('names skipped tests only when there are any', () => {
    expect(summaryLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped')
  })
})
