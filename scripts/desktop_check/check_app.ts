/** Checks a desktop app from outside, as a person at its machine would: by its ports, its command line and its processes. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { BackendView } from '../../protocol/control.ts'
import { DESKTOP_DEFAULTS } from '../../protocol/desktop.ts'
import { messageOf } from '../../protocol/errors.ts'
import { createProcessReader } from '../../control/processes/process_reader.ts'
import type { ProcessRow } from '../../control/processes/process_text.ts'
import { processTreeRss, treeOf } from '../../control/processes/process_tree.ts'
import { facePicture } from '../../testing/pictures.ts'
import {
  freePort,
  ROOT_DIR,
  startProgram,
  temporaryConfig,
  until,
} from '../../testing/processes.ts'

export interface App {
  program: string
  /** `userDir`: for `--user-data-dir`. */
  args: (userDir: string) => readonly string[]
  env: Record<string, string>
  /** Of a package: nothing may be written here. */
  folder: string | null
}

export interface Row {
  check: string
  /** null: not run, since the app did not start. */
  passed: boolean | null
  detail: string
}

const BACKENDS = ['fatigue', 'emotion', 'eeg'] as const
const PICTURES = 300
/** Between the first and the last half of the pictures; a leak of sharp in Electron was 230 MiB over a thousand. */
const GROWTH_BYTES_MAX = 30 * 1024 ** 2
const GLIB_LINES = 'GLib|External buffers'
const runFile = promisify(execFile)

/** Starts the app, checks it and ends it. `onRow` is called after each check. */
export async function checkApp(app: App, onRow: (row: Row) => void): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-check-'))
  const port = await freePort()
  const sections = await Promise.all(
    BACKENDS.map(async (name) => `  ${name}:\n    port: ${await freePort()}\n    cache_size: 0\n`),
  )
  const { file, remove } = temporaryConfig(`model_backends:\n${sections.join('')}`)
  const env = { ...app.env, SWITCHYARD_STATE_DIR: path.join(folder, 'state') }
  const picture = path.join(folder, 'face.jpg')
  writeFileSync(picture, facePicture(1))
  // On Windows its window is asked to close, which must end the app.
  const userDir = path.join(folder, 'user')
  mkdirSync(path.join(userDir, 'switchyard'), { recursive: true })
  const settings = { ...DESKTOP_DEFAULTS, keep_in_tray: false }
  writeFileSync(path.join(userDir, 'switchyard', 'settings.json'), JSON.stringify(settings))
  const reader = createProcessReader()
  const startedAt = Date.now()
  const running = startProgram(
    app.program,
    [...app.args(userDir), '--config', file, '--port', String(port)],
    env,
  )
  /** The standard output of a `switchyard` command. */
  const command = async (...args: string[]): Promise<string> => {
    const all = ['scripts/switchyard.mjs', ...args, '--port', String(port)]
    const options = { cwd: ROOT_DIR, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 ** 2 }
    return (await runFile(process.execPath, all, options)).stdout
  }
  const viewOf = async (name: string): Promise<BackendView> => {
    const { backends } = JSON.parse(await command('status', '--json')) as {
      backends: BackendView[]
    }
    const view = backends.find((one) => one.name === name)
    if (view === undefined) throw new Error(`${name} is missing in the status`)
    return view
  }
  const residentBytes = async (name: string): Promise<number> => {
    const { pid } = await viewOf(name)
    return pid === null ? NaN : ((await processTreeRss(pid, reader)).bytes ?? NaN)
  }
  let isUp = false
  let end: Awaited<typeof running.exited> | null = null
  void running.exited.then((exit) => (end = exit))
  const check = async (title: string, run: () => Promise<string>): Promise<void> => {
    if (!isUp && title !== CHECKS.starts) return onRow({ check: title, passed: null, detail: '' })
    const row = await run().then(
      (detail) => ({ check: title, passed: true, detail }),
      (error: unknown) => ({ check: title, passed: false, detail: messageOf(error) }),
    )
    onRow(row)
  }
  try {
    await check(CHECKS.starts, async () => {
      const begunMs = performance.now()
      await until('the port of the panel', () => {
        if (end === null) return isLive(port)
        throw new Error(`the app ended with code ${end.code}: ${running.output().slice(-2000)}`)
      })
      isUp = true
      return `${((performance.now() - begunMs) / 1000).toFixed(1)} s; ${running.output().split('\n')[0]}`
    })
    await check(CHECKS.ready, () => command('start', '--all'))
    await check(CHECKS.pictures, async () => {
      const half = () =>
        command('test', picture, '--backend', 'emotion', '--repeat', String(PICTURES / 2))
      await half()
      const before = await residentBytes('emotion')
      await half()
      const growth = (await residentBytes('emotion')) - before
      const text = `${PICTURES} answers, ${(growth / 1024 ** 2).toFixed(1)} MiB more in the second half`
      if (!(growth <= GROWTH_BYTES_MAX)) throw new Error(text)
      return text
    })
    await check(CHECKS.lines, async () => {
      const { lines } = JSON.parse(await command('logs', '--grep', GLIB_LINES, '--json')) as {
        lines: { text?: string }[]
      }
      if (lines.length > 0) throw new Error(`${lines.length} lines: ${JSON.stringify(lines[0])}`)
      return `no line matches ${GLIB_LINES}`
    })
    await check(CHECKS.killed, async () => {
      const { pid } = await viewOf('emotion')
      if (pid === null) throw new Error('emotion has no process')
      process.kill(pid, 'SIGKILL')
      const next = await until('emotion in another process', async () => {
        const view = await viewOf('emotion')
        return view.state === 'ready' && view.pid !== pid && view
      })
      return `process ${pid} was killed, ${next.pid} is ready`
    })
    await check(CHECKS.ends, async () => {
      const processes = treeOf(await reader.table(), running.pid)
      await askToEnd(running.pid)
      const { code, signal } = await until('the end of the app', () => end)
      if (code !== 0) throw new Error(`exit code ${code}, signal ${signal}`)
      const left = (await reader.table()).filter((row) => processes.some((one) => isSame(one, row)))
      if (left.length > 0)
        throw new Error(`processes stayed: ${left.map(({ pid }) => pid).join(', ')}`)
      return `${processes.length} processes ended, exit code 0`
    })
    if (app.folder !== null) {
      const packed = app.folder
      await check(CHECKS.unchanged, () => {
        const changed = filesBelow(packed).filter((one) => statSync(one).mtimeMs >= startedAt)
        if (changed.length > 0) throw new Error(`changed: ${changed.slice(0, 5).join(', ')}`)
        return Promise.resolve(`${filesBelow(packed).length} files are as they were`)
      })
    }
  } finally {
    running.signal('SIGKILL')
    await running.exited
    remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

const CHECKS = {
  starts: 'the app starts and serves its port',
  ready: 'every built-in backend becomes ready',
  pictures: `${PICTURES} pictures are answered with flat memory`,
  lines: 'no library complains in the log',
  killed: 'a killed backend comes back',
  ends: 'the app ends in order, with all its processes',
  unchanged: 'nothing is written into the package',
}

const isLive = (port: number) =>
  fetch(`http://127.0.0.1:${port}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  )

/** Windows has no SIGTERM; taskkill without /F closes the window of the app. */
async function askToEnd(pid: number): Promise<void> {
  if (process.platform === 'win32') await runFile('taskkill', ['/PID', String(pid)])
  else process.kill(pid, 'SIGTERM')
}

const isSame = (a: ProcessRow, b: ProcessRow) => a.pid === b.pid && a.startTime === b.startTime

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
