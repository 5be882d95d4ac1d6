/**
 * The bundled entry must evaluate completely before Electron is ready: Electron waits for that, so a top-level await for
 * readiness never resolves (https://github.com/electron/electron/issues/40719).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { ROOT_DIR, endStarted, startNode } from '../testing/processes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'main-'))
afterEach(async () => {
  await endStarted()
  rmSync(folder, { recursive: true, force: true })
})

test('the entry does not wait for what waits for it', async () => {
  const standIn = pathToFileURL(path.join(ROOT_DIR, 'electron/testing/electron_module.mjs')).href
  const main = pathToFileURL(path.join(ROOT_DIR, 'dist/electron/main.js')).href
  const hook = `export const resolve = (name, context, next) =>
    name === 'electron' ? { url: ${JSON.stringify(standIn)}, shortCircuit: true } : next(name, context)`
  const run = startNode(
    [
      '--input-type=module',
      '-e',
      `import { register } from 'node:module'
       register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))
       await import(${JSON.stringify(main)})
       console.log('evaluated')
       globalThis.becomeReady()`,
    ],
    { STAND_IN_FOLDER: folder },
  )
  expect(await run.exited).toEqual({ code: 0, signal: null })
  expect(run.output()).toMatch(/evaluated\nready/)
})
