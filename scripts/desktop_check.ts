/** `npm run desktop-check`: the desktop app on this machine's real Electron, as one table and a report; see docs/desktop.md. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { versionOf } from '../files/package_version.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import { checkApp, type App, type Row } from './desktop_check/check_app.ts'
import { findDesktop } from './setup/desktop.mjs'
import { ensureReady } from './setup.mjs'

const USAGE = `Usage: npm run desktop-check -- [--program FILE [--folder FOLDER]] [--report FILE]
  --program  a packed or installed app; default: the Electron of this checkout, which also runs e2e/desktop.spec.ts
  --folder   of the package: the check fails if anything is written there
  --report   default: desktop-check.md`

/** Chromium refuses to start as root with its sandbox. */
const sandboxArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const ownArguments = (userDir: string) => [...sandboxArguments, `--user-data-dir=${userDir}`]

const { program, folder, report } = readArguments()
await ensureReady()
const rows: { what: string; row: Row }[] = []
const note = (what: string) => (row: Row) => {
  rows.push({ what, row })
  console.log(lineOf(what, row))
}
if (program === undefined) await checkSources()
else {
  const app: App = { program, args: ownArguments, env: {}, folder: folder ?? null }
  await checkApp(app, note(path.basename(program)))
}
writeFileSync(report, reportOf())
const failed = rows.filter(({ row }) => row.passed !== true).length
console.log(`${rows.length - failed} of ${rows.length} checks passed. Report: ${report}`)
process.exitCode = failed === 0 ? 0 : 1

/** Once with each way to run backends. */
async function checkSources(): Promise<void> {
  const { platform, env } = process
  const desktop = findDesktop(
    { platform, env, rootDir: ROOT_DIR, fs: { existsSync, readFileSync } },
    { argv: sandboxArguments, uid: process.getuid?.(), statSync },
  )
  if (desktop.binary === null) {
    console.error(`Nothing was checked: ${desktop.reason.message}.`)
    process.exit(1)
  }
  for (const launcher of ['utility', 'node']) {
    const chosen = { SWITCHYARD_LAUNCHER: launcher, SWITCHYARD_NODE: process.execPath }
    const args = (userDir: string) => [...ownArguments(userDir), ROOT_DIR]
    await checkApp(
      { program: desktop.binary, args, env: chosen, folder: null },
      note(`sources, ${launcher}`),
    )
    note(`sources, ${launcher}`)(runSpec(chosen))
  }
}

function runSpec(env: Record<string, string>): Row {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', 'e2e/desktop.spec.ts', '--reporter=line'],
    {
      cwd: ROOT_DIR,
      env: { ...process.env, ...env, SWITCHYARD_REQUIRE_ELECTRON: '1' },
      encoding: 'utf8',
    },
  )
  const detail = stdout
    .trim()
    .split('\n')
    .slice(status === 0 ? -1 : -40)
    .join(' ')
  return { check: 'e2e/desktop.spec.ts', passed: status === 0, detail }
}

function reportOf(): string {
  const facts = [
    ['System', `${os.version()}, ${os.release()}, ${os.arch()}`],
    ['Session', process.env['XDG_SESSION_TYPE'] ?? process.platform],
    ['Electron', versionOf(path.join(ROOT_DIR, 'node_modules/electron'))],
    ['Date', new Date().toISOString().slice(0, 10)],
  ]
  const cells = (values: readonly string[]) =>
    `| ${values.map((value) => value.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [
    '# Desktop check',
    '',
    cells(['Machine', '']),
    '| --- | --- |',
    ...facts.map(cells),
    '',
    cells(['App', 'Check', 'Result', 'Detail']),
    '| --- | --- | --- | --- |',
    ...rows.map(({ what, row }) => cells([what, row.check, resultOf(row), row.detail])),
    '',
  ].join('\n')
}

const resultOf = ({ passed }: Row) => (passed === null ? 'not run' : passed ? 'passed' : 'FAILED')
const lineOf = (what: string, row: Row) =>
  `${resultOf(row).padEnd(8)} ${what}: ${row.check}${row.detail === '' ? '' : ` (${row.detail})`}`

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        program: { type: 'string' },
        folder: { type: 'string' },
        report: { type: 'string', default: 'desktop-check.md' },
      },
    })
    return values
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}
