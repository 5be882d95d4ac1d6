import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeConfigFile } from './write_file.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'write-config-'))
  file = path.join(folder, 'models.yaml')
  writeFileSync(file, 'old\n')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const isPosix = process.platform !== 'win32'
const messageOf = (written: Awaited<ReturnType<typeof writeConfigFile>>) =>
  written.ok ? null : written.problem.message

describe('writeConfigFile', () => {
  it('replaces the text and leaves nothing else in the folder', async () => {
    expect(await writeConfigFile(file, 'nëw\n', 'old\n')).toEqual({ ok: true })
    expect(readFileSync(file, 'utf8')).toBe('nëw\n')
    expect(readdirSync(folder)).toEqual(['models.yaml'])
  })

  it('refuses when somebody else has changed the file', async () => {
    writeFileSync(file, 'theirs\n')
    expect(messageOf(await writeConfigFile(file, 'new\n', 'old\n'))).toMatch(
      /was changed by another program/,
    )
    expect(readFileSync(file, 'utf8')).toBe('theirs\n')
    expect(readdirSync(folder)).toEqual(['models.yaml'])
  })

  it('lets one of several concurrent saves win, and rejects the others', async () => {
    const texts = ['a\n', 'b\n', 'c\n', 'd\n']
    const written = await Promise.all(texts.map((text) => writeConfigFile(file, text, 'old\n')))
    const winners = texts.filter((_text, index) => written[index]?.ok)
    expect(winners).toEqual([readFileSync(file, 'utf8')])
    expect(readdirSync(folder)).toEqual(['models.yaml'])
  })

  it('refuses a file that is not UTF-8, which it could not give back', async () => {
    writeFileSync(file, Buffer.from([0x6f, 0xff, 0x0a]))
    const read = readFileSync(file, 'utf8')
    expect((await writeConfigFile(file, 'new\n', read)).ok).toBe(false)
  })

  it.runIf(isPosix).each([0o600, 0o640, 0o666])('keeps the mode %o', async (mode) => {
    chmodSync(file, mode)
    expect(await writeConfigFile(file, 'new\n', 'old\n')).toEqual({ ok: true })
    expect(statSync(file).mode & 0o777).toBe(mode)
  })

  it.runIf(isPosix && process.getuid?.() === 0)('keeps the owner (runs as root only)', async () => {
    chownSync(file, 65_534, 65_534)
    expect(await writeConfigFile(file, 'new\n', 'old\n')).toEqual({ ok: true })
    expect(statSync(file)).toMatchObject({ uid: 65_534, gid: 65_534 })
  })

  it.runIf(isPosix)('follows a link, and leaves it a link', async () => {
    mkdirSync(path.join(folder, 'etc'))
    const link = path.join(folder, 'etc', 'models.yaml')
    symlinkSync('../models.yaml', link)
    expect(await writeConfigFile(link, 'new\n', 'old\n')).toEqual({ ok: true })
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(file, 'utf8')).toBe('new\n')
    expect(readdirSync(path.join(folder, 'etc'))).toEqual(['models.yaml'])
  })

  it('names the fault of a file that is not there', async () => {
    const written = await writeConfigFile(path.join(folder, 'no.yaml'), 'new\n', 'old\n')
    expect(messageOf(written)).toBe('The file cannot be written (ENOENT).')
  })

  it('names the fault of a folder in place of the file', async () => {
    expect(messageOf(await writeConfigFile(folder, 'new\n', 'old\n'))).toMatch(
      /a folder, not a regular file/,
    )
  })
})
