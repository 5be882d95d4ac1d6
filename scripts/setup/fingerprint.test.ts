import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf, isTestFile } from './fingerprint.mjs'

describe('fingerprintOf', () => {
  let rootDir: string

  beforeEach(() => {
    rootDir = mkdtempSync(join(tmpdir(), 'switchyard-fingerprint-'))
    write('panel/main.ts', 'one')
    write('panel/parts/button.ts', 'two')
    write('lock.json', '{}')
  })

  afterEach(() => {
    rmSync(rootDir, { recursive: true })
  })

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(rootDir, path)), { recursive: true })
    writeFileSync(join(rootDir, path), text)
  }
  const isInput = (path: string) => !isTestFile(path)
  const fingerprint = () =>
    fingerprintOf(rootDir, { paths: ['panel', 'lock.json', 'none'], isInput })

  it('stays the same while nothing changes', () => {
    expect(fingerprint()).toBe(fingerprint())
  })

  it.each<[string, () => void]>([
    ['an edit deep below', () => write('panel/parts/button.ts', 'TWO')],
    ['an edit of a file that is named itself', () => write('lock.json', '[]')],
    ['a new file', () => write('panel/new.ts', '')],
    ['a removed file', () => rmSync(join(rootDir, 'panel/main.ts'))],
    ['a moved file', () => renameSync(join(rootDir, 'panel/main.ts'), join(rootDir, 'panel/m.ts'))],
    ['a folder that appears', () => write('none/file.ts', '')],
  ])('changes with %s', (_what, change) => {
    const before = fingerprint()
    change()
    expect(fingerprint()).not.toBe(before)
  })

  it.each([
    ['a test file', 'panel/main.test.ts'],
    ['a hidden file', 'panel/.DS_Store'],
    ['a file elsewhere', 'other/file.ts'],
  ])('does not change with %s', (_what, path) => {
    const before = fingerprint()
    write(path, 'text')
    expect(fingerprint()).toBe(before)
  })
})
