/** `npm run dist -- --dir` with a stand-in for Electron's files: layout, loading, and what is not packed. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { listPackage } from '@electron/asar'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT_DIR, endStarted, startNode } from '../../testing/processes.ts'
import { licencesOf } from './licences.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'dist-'))
afterAll(async () => {
  await endStarted()
  rmSync(folder, { recursive: true, force: true })
})

const dist = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/dist.mjs', ...args], {
    cwd: ROOT_DIR,
    encoding: 'utf8',
    env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: '' },
  })

test.skipIf(existsSync(path.join(ROOT_DIR, 'node_modules/electron/dist')))(
  'without Electron it stops immediately and names what is missing',
  () => {
    const { status, stderr } = dist('--dir')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /Nothing is packed: no Electron binary .*install-electron.*--electron-dist/,
    )
  },
)

test('a folder without an Electron, and a flag that is none, are named', () => {
  expect(dist('--dir', '--electron-dist', folder).stderr).toContain(
    `no Electron binary at ${folder}`,
  )
  expect(dist('--tar').stderr).toContain('Usage: npm run dist')
})

// In the layout of Linux.
describe.runIf(process.platform === 'linux')('the packed folder', () => {
  const output = path.join(folder, 'out')
  const app = path.join(output, process.arch === 'x64' ? 'linux-unpacked' : 'linux-arm64-unpacked')
  const resources = path.join(app, 'resources')
  const unpacked = path.join(resources, 'app.asar.unpacked')
  let said = ''
  let archived: string[] = []

  beforeAll(async () => {
    const stub = path.join(folder, 'electron')
    writeStub(stub)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['scripts/dist.mjs', '--dir', '--without-node', '--electron-dist', stub, '--output', output],
      { cwd: ROOT_DIR },
    )
    said = stdout
    archived = listPackage(path.join(resources, 'app.asar'), { isPack: false })
  }, 120_000)

  async function runBackend(): Promise<void> {
    const backend = startNode([
      path.join(unpacked, 'dist/backends/process.js'),
      ...['emotion', '--port', '0', '--settings', '{"port":8799}'],
    ])
    await backend.waitFor(/ready on CPU/)
    backend.signal('SIGTERM')
    expect(await backend.exited).toEqual({ code: 0, signal: null })
  }

  test('the archive has shell, preload and panel, and no development package', () => {
    for (const file of [
      '/dist/electron/main.js',
      '/dist/electron/preload.cjs',
      '/dist/renderer/index.html',
      '/dist/icons/tray-ready.png',
      '/dist/icons/tray-ready@2x.png',
      '/dist/icons/tray-mac-ready@2x.png',
    ]) {
      expect(archived).toContain(file)
    }
    const packages = new Set(
      archived.flatMap((file) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
    )
    const development = Object.keys(readPackage().devDependencies).filter((name) =>
      packages.has(name),
    )
    expect(development).toEqual([])
    expect(
      [...packages].filter(
        (name) =>
          !/^(@img|@julusian|onnxruntime-|(sharp|detect-libc|semver|pkg-prebuilds|bufferutil|node-gyp-build)$)/.test(
            name,
          ),
      ),
    ).toEqual([])
    expect(archived.filter((file) => /\.(map|tsx?)$|\.test\./.test(file))).toEqual([])
  })

  test('only this platform’s native libraries are packed, outside of the archive, and all addons load', () => {
    const native = path.join(unpacked, 'node_modules/onnxruntime-node/bin/napi-v6')
    expect(readdirSync(native)).toEqual([process.platform])
    expect(readdirSync(path.join(native, process.platform))).toEqual([process.arch])
    const jpeg = path.join(unpacked, 'node_modules/@julusian/jpeg-turbo/prebuilds')
    expect(readdirSync(jpeg)).toEqual([`jpeg-turbo-${process.platform}-${process.arch}`])
    const load = spawnSync(
      process.execPath,
      [
        '-e',
        `const { createRequire } = require('node:module')
         const load = createRequire(${JSON.stringify(path.join(unpacked, 'package.json'))})
         console.log(load('onnxruntime-node').listSupportedBackends().length > 0, load('sharp').versions.vips, typeof load('@julusian/jpeg-turbo').decompress)`,
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(load.stdout).toMatch(/^true \d+\.\d+\S* function/)
  })

  test('a packed backend becomes ready and stops, run by Node from outside of the archive', async () => {
    await runBackend()
  })

  test('nothing is written into the package, where a read-only one works as well', async () => {
    const before = statesOf(app)
    execFileSync('chmod', ['-R', 'a-w', app])
    try {
      await runBackend()
      const cli = path.join(unpacked, 'dist/cli/main.js')
      const program = startNode([
        '--input-type=module',
        '-e',
        `const { runCli } = await import(${JSON.stringify(cli)})
         process.exitCode = await runCli({ argv: ['--version'], rootDir: ${JSON.stringify(unpacked)} })`,
      ])
      expect(await program.exited).toEqual({ code: 0, signal: null })
    } finally {
      execFileSync('chmod', ['-R', 'u+w', app])
    }
    expect(statesOf(app)).toEqual(before)
  })

  test('configuration, licences and the file for updates are resources', () => {
    expect(readFileSync(path.join(resources, 'config/models.yaml'), 'utf8')).toContain(
      'model_backends',
    )
    expect(readFileSync(path.join(resources, 'licences/packages.txt'), 'utf8')).toMatch(
      /^react \d+.*\nMIT/m,
    )
    expect(existsSync(path.join(resources, 'licences/NOTICE'))).toBe(true)
    expect(readFileSync(path.join(resources, 'app-update.yml'), 'utf8')).toContain('generic')
  })

  test('the fuses are flipped', async () => {
    const wire = await getCurrentFuseWire(path.join(app, 'switchyard'))
    const { DISABLE, ENABLE } = FuseState
    expect({
      runAsNode: wire[FuseV1Options.RunAsNode],
      nodeOptions: wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
      inspect: wire[FuseV1Options.EnableNodeCliInspectArguments],
      file: wire[FuseV1Options.GrantFileProtocolExtraPrivileges],
      integrity: wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation],
      onlyArchive: wire[FuseV1Options.OnlyLoadAppFromAsar],
    }).toEqual({
      runAsNode: DISABLE,
      nodeOptions: DISABLE,
      inspect: DISABLE,
      file: DISABLE,
      integrity: ENABLE,
      onlyArchive: ENABLE,
    })
  })

  test('the size is printed', () => {
    expect(said).toMatch(/app\.asar: \d+\.\d MiB\n {2}app\.asar\.unpacked: \d+\.\d MiB/)
  })
})

test('each package that is shipped has a licence', () => {
  const without = licencesOf(ROOT_DIR).filter(({ licence }) => licence === 'not stated')
  expect(without.map(({ name }) => name)).toEqual([])
})

/** Path and time of each file and folder below. */
function statesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    return `${path.relative(dir, file)} ${statSync(file).mtimeMs}`
  })
}

function readPackage(): { devDependencies: Record<string, string> } {
  return JSON.parse(readFileSync(path.join(ROOT_DIR, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
}

/** The part of Electron's folder that electron-builder reads; it finds the fuses by their sentinel. */
function writeStub(stub: string): void {
  mkdirSync(path.join(stub, 'locales'), { recursive: true })
  mkdirSync(path.join(stub, 'resources'))
  const wire = Buffer.concat([
    Buffer.from('#!/bin/sh\nexit 0\n'),
    // https://github.com/electron/fuses: the sentinel, version 1, nine fuses, all off.
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([1, 9]),
    Buffer.from('0'.repeat(9)),
  ])
  writeFileSync(path.join(stub, 'electron'), wire)
  chmodSync(path.join(stub, 'electron'), 0o755)
  const { version } = JSON.parse(
    readFileSync(path.join(ROOT_DIR, 'node_modules/electron/package.json'), 'utf8'),
  ) as { version: string }
  writeFileSync(path.join(stub, 'version'), version)
  writeFileSync(path.join(stub, 'locales/en-US.pak'), '')
  writeFileSync(path.join(stub, 'LICENSE'), '')
}
