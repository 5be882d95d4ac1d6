/**
 * `npm test`: sets up what is missing, runs every check and test, and prints one line of counts. `--only
 * typecheck|lint|unit|faults|e2e` runs a part. Later steps run after a failure.
 */
import { delimiter, join } from 'node:path'
import { readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ensureReady, ROOT_DIR } from './setup.mjs'
import { ensureChromium } from './setup/chromium.mjs'
import { ensureDebianExtras } from './setup/debian_extras.mjs'
import { runEntry } from './setup/entry.mjs'
import { sayOnStderr, SetupError } from './setup/step.mjs'
import { runTool } from './testing/child.mjs'
import {
  summaryLine,
  sumOf,
  tallyOfCheck,
  tallyOfPlaywright,
  tallyOfVitest,
} from './testing/tally.mjs'

/**
 * @typedef {'typecheck' | 'lint' | 'unit' | 'faults' | 'e2e'} GroupName
 * @typedef {{
 *   group: GroupName, name: string, commands: string[],
 *   report?: { file: string, tally: typeof tallyOfVitest },
 * }} Step
 */

/** Relative to the root. playwright.config.ts has its own. */
const REPORT_DIR = '.cache/test'
const VITEST_REPORT = `${REPORT_DIR}/vitest.json`
const FAULTS_REPORT = `${REPORT_DIR}/faults.json`
/** Each linter or compiler takes up to 2 GiB. */
const CHECKS_AT_ONCE = Math.min(2, availableParallelism())
const PLAYWRIGHT_REPORT = `${REPORT_DIR}/playwright.json`
const GROUPS = /** @type {GroupName[]} */ (['typecheck', 'lint', 'unit', 'faults', 'e2e'])

await runEntry(main)

async function main() {
  const groups = wantedGroups(process.argv.slice(2))
  const interrupt = new AbortController()
  const { signal } = interrupt
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(name, () => {
      interrupt.abort()
    })
  }
  const runsTests = groups.some((group) => group !== 'typecheck' && group !== 'lint')
  await ensureReady(runsTests ? {} : { parts: ['packages'] })
  if (groups.includes('unit'))
    await ensureDebianExtras({ rootDir: ROOT_DIR, say: sayOnStderr, signal })
  if (groups.includes('e2e')) await ensureChromium({ rootDir: ROOT_DIR, say: sayOnStderr, signal })

  const steps = stepsOf(readScripts()).filter(({ group }) => groups.includes(group))
  // A check uses one core, a suite all of them.
  const checks = await runSideBySide(steps.filter(isCheck), CHECKS_AT_ONCE, signal)
  const suites = await runSideBySide(
    steps.filter((step) => !isCheck(step)),
    1,
    signal,
  )
  const results = [...checks, ...suites]
  const failures = results.filter(({ tally }) => tally.failed > 0).map(({ step }) => step.name)
  const sum = sumOf(results.map(({ tally }) => tally))
  console.log(failures.length > 0 ? `\nFailed: ${failures.join(', ')}` : '')
  console.log(summaryLine(sum))
  process.exitCode = sum.failed > 0 ? 1 : 0
}

/** @param {Step} step */
function isCheck({ report }) {
  return report === undefined
}

/** @param {string[]} args */
function wantedGroups(args) {
  try {
    const { only } = parseArgs({ args, options: { only: { type: 'string' } } }).values
    const groups = GROUPS.filter((group) => only === undefined || group === only)
    if (groups.length > 0) return groups
  } catch {
    // The same usage message as for an unknown group.
  }
  throw new SetupError(`Usage: npm test -- [--only ${GROUPS.join('|')}]`)
}

/** @returns {Record<string, string>} */
function readScripts() {
  return JSON.parse(readFileSync(join(ROOT_DIR, 'package.json'), 'utf8')).scripts
}

/**
 * The commands of `npm run typecheck`, `lint` and `faults`, one step per linter.
 * @param {Record<string, string>} scripts
 * @returns {Step[]}
 */
function stepsOf({ typecheck = '', lint = '', faults = '' }) {
  return [
    { group: 'typecheck', name: 'typecheck', commands: typecheck.split(' && ') },
    ...lint.split(' && ').map((command) => ({
      group: /** @type {const} */ ('lint'),
      name: command.replace(/^node scripts\/|\.mjs$/g, '').split(' ')[0] ?? command,
      commands: [command],
    })),
    {
      group: 'unit',
      name: 'unit and integration tests',
      commands: [
        `vitest run --reporter=default --reporter=json --outputFile.json=${VITEST_REPORT}`,
      ],
      report: { file: VITEST_REPORT, tally: tallyOfVitest },
    },
    {
      group: 'faults',
      name: 'faults',
      commands: [`${faults} --reporter=default --reporter=json --outputFile.json=${FAULTS_REPORT}`],
      report: { file: FAULTS_REPORT, tally: tallyOfVitest },
    },
    {
      group: 'e2e',
      name: 'end-to-end tests',
      commands: ['playwright test'],
      report: { file: PLAYWRIGHT_REPORT, tally: tallyOfPlaywright },
    },
  ]
}

/**
 * Runs the steps in order, `count` at a time.
 * @param {Step[]} steps
 * @param {number} count
 * @param {AbortSignal} signal
 */
async function runSideBySide(steps, count, signal) {
  const waiting = [...steps]
  /** @type {{ step: Step, tally: ReturnType<typeof tallyOfCheck> }[]} */
  const results = []
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const tally = await runStep(step, { output: count > 1 ? 'whole' : 'streamed', signal })
      if (signal.aborted) throw new SetupError('Interrupted.')
      results.push({ step, tally })
    }
  }
  await Promise.all(Array.from({ length: count }, work))
  return results
}

/** @param {Step} step @param {{ output: 'streamed' | 'whole', signal: AbortSignal }} options */
async function runStep({ name, commands, report }, { output, signal }) {
  if (output === 'streamed') console.log(`\n=== ${name}`)
  const startedAt = performance.now()
  // An old report must not count for a run that wrote none.
  if (report) rmSync(join(ROOT_DIR, report.file), { force: true })
  let hasPassed = true
  for (const text of commands) {
    const [command = '', ...args] = text.split(' ')
    const tool = { command, args, cwd: ROOT_DIR, env: toolEnv(), output, signal }
    const isGood = await runTool(tool)
    hasPassed &&= isGood
  }
  const tally = report ? report.tally(readReport(report.file), hasPassed) : tallyOfCheck(hasPassed)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`=== ${name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
  return tally
}

function toolEnv() {
  const path = [join(ROOT_DIR, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter)
  return { ...process.env, PATH: path }
}

/** @param {string} file */
function readReport(file) {
  try {
    return /** @type {unknown} */ (JSON.parse(readFileSync(join(ROOT_DIR, file), 'utf8')))
  } catch {
    return null
  }
}
