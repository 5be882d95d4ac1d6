/** The configuration of all systems, by electron-builder's own schema and by what its templates do with it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv'
import { expect, test } from 'vitest'
import { ROOT_DIR } from '../../testing/processes.ts'
import { packageConfig } from './config.mjs'
import { PACKAGES } from './node_runtime.mjs'

const SYSTEMS = ['linux', 'darwin', 'win32'] as const
const configOf = (platform: (typeof SYSTEMS)[number], hasCertificate = false) =>
  packageConfig({
    ...{ rootDir: ROOT_DIR, platform, arch: 'arm64' as const, electronDist: '/electron' },
    ...{ nodeDir: '/node', output: '/out', hasCertificate },
  })
const endingsOf = (platform: (typeof SYSTEMS)[number]) =>
  [configOf(platform).fileAssociations ?? []].flat().flatMap(({ ext }) => ext)

const schema = JSON.parse(
  readFileSync(path.join(ROOT_DIR, 'node_modules/app-builder-lib/scheme.json'), 'utf8'),
) as object

test.each(SYSTEMS)('electron-builder accepts that of %s', (platform) => {
  const isValid = new Ajv({ unknownFormats: 'ignore', logger: false }).compile(schema)
  expect(isValid(configOf(platform)), JSON.stringify(isValid.errors)).toBe(true)
  expect(isValid({ ...configOf(platform), colour: 'red' })).toBe(false)
})

test('without a certificate macOS is signed ad hoc, after the fuses broke the signature', () => {
  expect(configOf('darwin').electronFuses).toMatchObject({ resetAdHocDarwinSignature: true })
  expect(configOf('darwin').mac).toMatchObject({ identity: '-' })
  expect(configOf('darwin', true).mac).not.toHaveProperty('identity')
})

test('App Nap does not delay health checks', () => {
  expect(configOf('darwin').mac).toMatchObject({ extendInfo: { LSAppNapIsDisabled: true } })
})

test('pictures are offered, and the app takes over the default program of none', () => {
  expect(endingsOf('win32')).toEqual(['edf'])
  expect(endingsOf('linux')).toEqual(['edf'])
  expect(endingsOf('darwin')).toContain('jpg')
  const ranks = [configOf('darwin').fileAssociations ?? []].flat().map(({ rank }) => rank)
  expect(new Set(ranks)).toEqual(new Set(['Alternate']))
  // A new type; known ones are only named in the desktop entry.
  const [recording] = [configOf('linux').fileAssociations ?? []].flat()
  expect(recording?.mimeType).toBe('application/x-edf')
  expect(configOf('linux').linux?.mimeTypes).toContain('image/jpeg')
})

test('Windows withdraws at the end what the installer offered', () => {
  const { include } = configOf('win32').nsis ?? {}
  const script = readFileSync(path.resolve(ROOT_DIR, String(include)), 'utf8')
  const endings = (macro: string) =>
    [...script.matchAll(new RegExp(`insertmacro ${macro} "(\\w+)"`, 'g'))].map(([, one]) => one)
  expect(endings('OfferFor')).toEqual(['jpg', 'jpeg', 'png', 'webp', 'tif', 'tiff'])
  expect(endings('WithdrawFrom')).toEqual(endings('OfferFor'))
  // The default program of an extension.
  expect(script).not.toMatch(/Classes\\\.\$\{EXT\}" ""/)
})

test('all systems get the same Node', () => {
  expect(new Set(Object.values(PACKAGES).map(({ version }) => version)).size).toBe(1)
})
