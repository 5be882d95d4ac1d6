import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeAtomically, writeAtomicallySync } from './atomic_file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'switchyard-atomic-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('of many concurrent writers one wins, whole, and nothing of the others remains', async () => {
  const file = path.join(folder, 'a.json')
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000))
  await Promise.all(texts.map((text) => writeAtomically(file, text)))
  expect(texts).toContain(readFileSync(file, 'utf8'))
  expect(readdirSync(folder)).toEqual(['a.json'])
})

it.skipIf(process.platform === 'win32')('is for its owner alone', async () => {
  const file = path.join(folder, 'a.json')
  await writeAtomically(file, 'x')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('a failing write rejects and leaves nothing behind', async () => {
  const file = path.join(folder, 'a.json')
  mkdirSync(path.join(file, 'inside'), { recursive: true })
  await expect(writeAtomically(file, 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/)
  expect(readdirSync(folder)).toEqual(['a.json'])
})

it('a write that is cancelled before the rename leaves the old file', async () => {
  const file = path.join(folder, 'a.json')
  await writeAtomically(file, 'old')
  const cancelled = new Error('changed meanwhile')
  const writing = writeAtomically(file, 'new', {
    beforeRename: () => {
      throw cancelled
    },
  })
  await expect(writing).rejects.toBe(cancelled)
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(folder)).toEqual(['a.json'])
})

it('the synchronous write replaces a file too, and leaves nothing behind when it fails', () => {
  const file = path.join(folder, 'a.json')
  writeAtomicallySync(file, 'old')
  writeAtomicallySync(file, 'new')
  expect(readFileSync(file, 'utf8')).toBe('new')
  mkdirSync(path.join(folder, 'b.json'))
  expect(() => writeAtomicallySync(path.join(folder, 'b.json'), 'x')).toThrow()
  expect(readdirSync(folder)).toEqual(['a.json', 'b.json'])
})
