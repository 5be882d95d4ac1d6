/** Pictures beside another GLib, as in Electron on Linux: the check notices it, and each backend answers without a warning. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Launcher } from '../control/launcher/launcher.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { ROOT_DIR, endStarted, startNode } from '../testing/processes.ts'
import { createBackendLauncher, pictureCheckLauncher } from './backend_launcher.ts'
import { DEEP_BINDING, PictureCheck } from './picture_check.ts'
import { goneApp, utilityDouble } from './testing/utility_double.ts'

const GOBJECT = '/usr/lib/x86_64-linux-gnu/libgobject-2.0.so.0'
const versions = { electron: '45.0.0', sharp: '1.0.0' }
const folder = mkdtempSync(path.join(tmpdir(), 'pictures-'))
afterAll(async () => {
  await endStarted()
  rmSync(folder, { recursive: true })
})
let userDir = ''
beforeEach(() => {
  userDir = mkdtempSync(path.join(folder, 'user-'))
})
const fail = (reason: string) => {
  throw new Error(reason)
}
const checkOf = (given = versions) => new PictureCheck(userDir, given, fail)

function launcherWith(preload: string | null): Launcher {
  const { emitter, app } = goneApp()
  return pictureCheckLauncher({
    parts: { app, utilityProcess: utilityDouble({ app: emitter, isReady: () => true }) } as never,
    paths: { rootDir: ROOT_DIR, nodePath: null },
    facts: {
      env: { ...process.env, ...(preload === null ? {} : { LD_PRELOAD: preload }) },
      platform: 'linux',
    },
  })
}
const never = new AbortController().signal

test('pictures that are decoded without a warning pass, for these versions alone', async () => {
  expect(checkOf().verdict).toBeNull()
  await checkOf().run(launcherWith(null), never)
  expect(checkOf().verdict).toMatchObject({ passes: true })
  expect(checkOf({ ...versions, sharp: '1.0.1' }).verdict).toBeNull()
  expect(checkOf({ ...versions, electron: '46.0.0' }).verdict).toBeNull()
})

test('a check that is ended gives no verdict', async () => {
  const end = new AbortController()
  const run = checkOf().run(launcherWith(null), end.signal)
  end.abort()
  await run
  expect(checkOf().verdict).toBeNull()
})

test.each<[string, string, string]>([
  ['a crash', 'process.abort()', 'SIGABRT'],
  ['a warning', 'console.error("(x:1): GLib-GObject-CRITICAL **: g_object_ref")', 'GLib-GObject'],
  ['growing memory', 'process.exit(1)', 'exit code 1'],
])('%s fails', async (_what, script, reason) => {
  const { emitter, app } = goneApp()
  const entry = path.join(userDir, 'probe.mjs')
  writeFileSync(entry, `${script}\nprocess.exit(0)`)
  const double = utilityDouble({ app: emitter, isReady: () => true })
  const launcher = pictureCheckLauncher({
    parts: {
      app,
      utilityProcess: { fork: (_entry: string, ...given: []) => double.fork(entry, ...given) },
    } as never,
    paths: { rootDir: ROOT_DIR, nodePath: null },
    facts: { env: process.env, platform: 'linux' },
  })
  await checkOf().run(launcher, never)
  const { verdict } = checkOf()
  expect(verdict?.passes).toBe(false)
  expect(verdict?.reason).toContain(reason)
})

describe('the launcher', () => {
  const launcher = (given: {
    platform: NodeJS.Platform
    picturesPass: boolean
    nodePath?: string | null
    env?: NodeJS.ProcessEnv
  }) => {
    const { app } = goneApp()
    return createBackendLauncher({
      parts: { app, utilityProcess: { fork: fail } } as never,
      paths: { rootDir: ROOT_DIR, nodePath: '/node', ...given },
      facts: { env: {}, ...given },
      isSafeMode: false,
      picturesPass: given.picturesPass,
    })
  }

  test.each<[NodeJS.Platform, boolean, string]>([
    ['linux', false, 'node'],
    ['linux', true, 'utility'],
    ['darwin', true, 'node'],
    ['win32', false, 'utility'],
  ])('on %s, pictures checked: %s, starts with %s', (platform, picturesPass, kind) => {
    expect(launcher({ platform, picturesPass }).kind).toBe(kind)
  })

  test('without Node, unchecked pictures on Linux refuse the start and name the remedy', async () => {
    const refusing = launcher({ platform: 'linux', picturesPass: false, nodePath: null })
    const exit = await new Promise<{ failure: { message: string } | null }>((resolve) => {
      refusing.launch(
        { name: 'emotion', args: [], env: {} },
        { onOutput: () => undefined, onExit: resolve },
      )
    })
    expect(exit.failure?.message).toContain('SWITCHYARD_NODE')
  })

  test('a person may insist on utility processes', () => {
    const env = { SWITCHYARD_LAUNCHER: 'utility' }
    expect(launcher({ platform: 'linux', picturesPass: false, nodePath: null, env }).kind).toBe(
      'utility',
    )
  })
})

describe.runIf(existsSync(GOBJECT))('beside the system’s GLib', () => {
  test('the check passes, because the libraries are bound deeply', async () => {
    await checkOf().run(launcherWith(GOBJECT), never)
    expect(checkOf().verdict).toMatchObject({ passes: true })
  })

  test('without that it fails with the warning', async () => {
    const deep = launcherWith(GOBJECT)
    const plain: Launcher = {
      ...deep,
      launch: (request, events) => deep.launch({ ...request, env: {} }, events),
    }
    await checkOf().run(plain, never)
    expect(checkOf().verdict).toMatchObject({
      passes: false,
      reason: expect.stringContaining('GLib-GObject-CRITICAL') as string,
    })
  })

  test.each(['emotion', 'fatigue', 'own'])(
    '%s answers pictures without a warning',
    async (name) => {
      const model = path.join(folder, 'net.onnx')
      writeFileSync(model, colourMeansModel(16))
      const section = {
        port: 8799,
        ...(name === 'own' && { runtime: 'onnx', model, output: { type: 'classification' } }),
      }
      const backend = startNode(
        [
          path.join(ROOT_DIR, 'dist/backends/process.js'),
          ...[name, '--port', '0', '--settings', JSON.stringify(section)],
        ],
        { LD_PRELOAD: GOBJECT, ...DEEP_BINDING },
      )
      const [, url = ''] = await backend.waitFor(/listening on (ws:\S+)/)
      await backend.waitFor(/ready on/)
      const picture = await sharp({
        create: { width: 640, height: 480, channels: 3, background: '#4a6' },
      })
        .webp()
        .toBuffer()
      const client = await connect(url)
      for (let count = 0; count < PICTURES; count++) {
        // Bytes that differ, so that no cache answers.
        const bytes = Buffer.concat([picture, Buffer.from([count & 0xff, count >> 8])])
        const answer = await client.ask(inferenceRequest(`${name}-${count}`, bytes))
        expect(answer['type'], JSON.stringify(answer)).toBe('inference_response')
      }
      await client.close()
      backend.signal('SIGTERM')
      await backend.exited
      expect(backend.output()).not.toContain('GLib')
    },
  )
})

const PICTURES = 30
