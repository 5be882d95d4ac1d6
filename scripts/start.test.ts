/** What `npm start` opens: a stand-in for Electron's folder prints its arguments; without a display the panel is served. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ROOT_DIR, endStarted, startNode, temporaryConfig } from '../testing/processes.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'electron-'))
})
afterEach(async () => {
  await endStarted()
  rmSync(folder, { recursive: true })
})

const standIn = (script: string) => {
  const file = path.join(folder, 'electron')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}
const start = (env: Record<string, string>, ...args: string[]) =>
  startNode(['scripts/start.mjs', ...args], {
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
    ELECTRON_OVERRIDE_DIST_PATH: folder,
    ...env,
  })

test.runIf(process.platform === 'linux')(
  'binary and display: the desktop app, with the arguments, as Electron and not as Node, and its exit code',
  async () => {
    standIn('echo "args $@ node $SWITCHYARD_NODE as-node [$ELECTRON_RUN_AS_NODE]"; exit 7')
    const run = start({ DISPLAY: ':99', ELECTRON_RUN_AS_NODE: '1' }, '--port', '0', '--no-sandbox')
    expect(await run.exited).toEqual({ code: 7, signal: null })
    expect(run.output()).toContain(
      `args ${ROOT_DIR} --port 0 --no-sandbox node ${process.execPath} as-node []`,
    )
  },
)

test.runIf(process.platform === 'linux')(
  'a crash of the desktop app is reported, and no panel takes its place',
  async () => {
    standIn('kill -SEGV $$')
    const run = start({ DISPLAY: ':99' }, '--no-sandbox')
    expect((await run.exited).code).toBe(139)
    expect(run.output()).toContain('The desktop app was ended by SIGSEGV.')
    expect(run.output()).not.toContain('Panel:')
  },
)

test.runIf(process.platform === 'linux')(
  'Ctrl+C in the terminal reaches the desktop app once: the second one would end it without stopping the backends',
  async () => {
    const script = `for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {
      console.log(name)
      if (name === 'SIGTERM') process.exit(0)
    })
    console.log('up')
    setInterval(() => undefined, 1000)`
    writeFileSync(path.join(folder, 'signals.cjs'), script)
    standIn(`exec "${process.execPath}" "${folder}/signals.cjs"`)
    const npm = spawn(process.execPath, ['scripts/start.mjs', '--no-sandbox'], {
      cwd: ROOT_DIR,
      env: { ...process.env, DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
      // The foreground group of a terminal.
      detached: true,
    })
    let text = ''
    npm.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await vi.waitFor(() => expect(text).toContain('up'), { timeout: 20_000 })
    process.kill(-Number(npm.pid), 'SIGINT')
    // npm passes it on as well.
    npm.kill('SIGINT')
    await vi.waitFor(() => expect(text).toContain('SIGINT'), { timeout: 20_000 })
    // After both, in order.
    npm.kill('SIGTERM')
    await once(npm, 'close')
    expect(text).toBe('up\nSIGINT\nSIGTERM\n')
  },
)

type Row = [string, boolean, Record<string, string>, RegExp]
const AS_ROOT: Row = [
  'root',
  true,
  { DISPLAY: ':99' },
  /No desktop window: Electron does not run as root/,
]

test
  .runIf(process.platform === 'linux')
  .each<Row>([
    ...(process.getuid?.() === 0 ? [AS_ROOT] : []),
    ['binary, no display', true, {}, /No desktop window: no display \(neither DISPLAY nor/],
    ['no binary, display', false, { DISPLAY: ':99' }, /No desktop window: no Electron binary at/],
    ['neither', false, {}, /no Electron binary at .*, and no display/],
  ])('%s: the panel is served headless, with the reason', async (_what, hasBinary, env, reason) => {
  if (hasBinary) standIn('echo started')
  const { file, remove } = temporaryConfig('model_backends: {}\n')
  const run = start(env, '--no-open', '--port', '0', '--config', file)
  await run.waitFor(/Panel: http/)
  expect(run.output()).toMatch(reason)
  expect(run.output()).not.toContain('started')
  run.signal('SIGTERM')
  await run.exited
  remove()
})
