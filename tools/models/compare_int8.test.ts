/** INT8 against float models, on faces outside of the calibration set. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compareAnswers, quantisedRows } from './compare_int8.ts'
import { findStaleModels } from './stale.mjs'

const rootDir = resolve(import.meta.dirname, '../..')

describe.each(quantisedRows)('$name.int8', (row) => {
  test('agrees with float32 on at least as many held-out crops as stated in the README', async () => {
    expect(findStaleModels(rootDir), 'run `npm run models`').toEqual([])
    const documented = documentedAgreement(row.name)
    const { crops, agreeing, meanDifference } = await compareAnswers(row)
    expect(crops).toBe(documented.crops)
    // Other processors round sums differently: one borderline crop may change.
    expect(agreeing).toBeGreaterThanOrEqual(documented.agreeing - 1)
    expect(meanDifference).toBeLessThan(documented.difference * 1.5)
  })
})

function documentedAgreement(name: string) {
  const readme = readFileSync(resolve(rootDir, 'backends/emotion/README.md'), 'utf8')
  const line = readme
    .split('\n')
    .find((text) => text.startsWith(`| ${name} `) && / \d+ of \d+ /.test(text))
  const found = /(\d+) of (\d+) +\| ([\d.]+)/.exec(line ?? '')
  if (found === null) throw new Error(`the README has no row of ${name} in its table of INT8`)
  const [, agreeing, crops, difference] = found.map(Number)
  return { agreeing: agreeing ?? NaN, crops: crops ?? NaN, difference: difference ?? NaN }
}
