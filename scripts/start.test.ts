/** What `npm start` opens: a stand-in for Electron's folder prints its arguments; without a display the panel is served. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
    const run = start({ DISPLAY: ':99', ELECTRON_RUN_AS_NODE: '1' }, '--port', '0')
    expect(await run.exited).toEqual({ code: 7, signal: null })
    expect(run.output()).toContain(`args ${ROOT_DIR} --port 0 node ${process.execPath} as-node []`)
  },
)

test.runIf(process.platform === 'linux')(
  'a crash of the desktop app is reported, and no panel takes its place',
  async () => {
    standIn('kill -SEGV $$')
    const run = start({ DISPLAY: ':99' })
    expect((await run.exited).code).toBe(139)
    expect(run.output()).toContain('The desktop app was ended by SIGSEGV.')
    expect(run.output()).not.toContain('Panel:')
  },
)

test.runIf(process.platform === 'linux').each([
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
