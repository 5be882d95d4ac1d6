import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTokenFile, replaceTokenFile, watchTokenFile } from './token_file.ts'

const TOKEN = /^[A-Za-z0-9_-]{32}$/
const isPosix = process.platform !== 'win32'
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'token-'))
  file = path.join(folder, 'state', 'token')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})
const write = (text: string, mode = 0o600) => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

describe('the token', () => {
  it('has 192 bits and is the same at the next start', async () => {
    const first = await openTokenFile(file)
    expect(first).toEqual({ token: expect.stringMatching(TOKEN) as string, notice: null })
    expect(await openTokenFile(file)).toEqual(first)
    expect(readdirSync(path.dirname(file))).toEqual(['token'])
  })

  it.runIf(isPosix)('is readable by its owner alone', async () => {
    await openTokenFile(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
  })

  it('is one for panels that start together', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => openTokenFile(file)))
    expect(new Set(opened.map(({ token }) => token)).size).toBe(1)
    expect(readdirSync(path.dirname(file))).toEqual(['token'])
  })

  it('can be one that a person wrote', async () => {
    write('my-own-token-of-16-and-more\n')
    expect((await openTokenFile(file)).token).toBe('my-own-token-of-16-and-more')
  })

  it('can be replaced', async () => {
    const { token } = await openTokenFile(file)
    const next = await replaceTokenFile(file)
    expect(next).not.toBe(token)
    expect((await openTokenFile(file)).token).toBe(next)
  })
})

describe('a token file is replaced, and the reason given, that', () => {
  const OLD = 'the-token-of-yesterday'
  it.runIf(isPosix).each([0o644, 0o640, 0o604, 0o660, 0o622])('has mode %o', async (mode) => {
    write(OLD, mode)
    const { token, notice } = await openTokenFile(file)
    expect(token).toMatch(TOKEN)
    expect(notice).toMatch(
      /could be read or written by other users \(mode 0\d{3}\)\. Its token was/,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await openTokenFile(file)).token).toBe(token)
  })

  it.each([
    ['is empty', ''],
    ['was cut off', 'abc'],
    ['holds two lines', `${OLD}\n${OLD}`],
    ['holds zeros', '\0'.repeat(32)],
    ['is too large', 'x'.repeat(100_000)],
    ['holds a header line', 'a-good-token-x\r\nX-Evil: 1'],
  ])('%s', async (_what, text) => {
    write(text)
    const { token, notice } = await openTokenFile(file)
    expect(token).toMatch(TOKEN)
    expect(notice).toContain(`The token file ${file}`)
    expect((await openTokenFile(file)).token).toBe(token)
  })

  it.runIf(isPosix)('is a link; what it leads to stays', async () => {
    const target = path.join(folder, 'target')
    writeFileSync(target, OLD, { mode: 0o600 })
    mkdirSync(path.dirname(file))
    symlinkSync(target, file)
    expect((await openTokenFile(file)).notice).toContain('is not a regular file')
    expect(readFileSync(target, 'utf8')).toBe(OLD)
    expect(statSync(file).isFile()).toBe(true)
  })

  it.runIf(process.platform === 'linux')('is a FIFO; it is not opened', async () => {
    mkdirSync(path.dirname(file))
    expect(spawnSync('mkfifo', ['-m', '600', file]).status).toBe(0)
    const { token, notice } = await openTokenFile(file)
    expect(notice).toContain('is not a regular file')
    expect((await openTokenFile(file)).token).toBe(token)
  })
})

it.each([
  ['a folder stands in its place', () => mkdirSync(file, { recursive: true })],
  ['the state folder is a file', () => writeFileSync(path.dirname(file), '')],
])('without a file, since %s, the token lasts for this start', async (_why, prepare) => {
  prepare()
  const { token, notice } = await openTokenFile(file)
  expect(token).toMatch(TOKEN)
  expect(notice).toContain(`The token cannot be kept in ${file}: `)
})

it('what another process writes is noticed, until nobody wants to know', async () => {
  await openTokenFile(file)
  let tell: (token: string) => void = () => undefined
  const seen = new Promise<string>((resolve) => (tell = resolve))
  const stop = watchTokenFile(file, (token) => {
    tell(token)
  })
  expect(await replaceTokenFile(file)).toBe(await seen)
  stop()
})
