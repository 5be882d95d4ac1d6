import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  openRegularFile,
  openRegularFileSync,
  readRegularFile,
  readRegularFileSync,
} from './regular_file.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-files-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const at = (name: string) => path.join(folder, name)
mkdirSync(at('folder'))
writeFileSync(at('file'), 'text')
const WAYS = {
  openRegularFile: async (file: string) => {
    await (await openRegularFile(file)).close()
  },
  openRegularFileSync: (file: string) =>
    Promise.resolve().then(() => {
      closeSync(openRegularFileSync(file))
    }),
  readRegularFile: (file: string) => readRegularFile(file, 100),
  readRegularFileSync: (file: string) =>
    Promise.resolve().then(() => readRegularFileSync(file, 100)),
}

describe.each(Object.entries(WAYS))('%s', (name, read) => {
  it('opens a file', async () => {
    await expect(read(at('file'))).resolves.not.toBe(null)
  })

  it('refuses a folder', async () => {
    await expect(read(at('folder'))).rejects.toThrow('it is a folder, not a regular file')
  })

  it.skipIf(process.platform === 'win32')('refuses a pipe without waiting', async () => {
    execFileSync('mkfifo', [at(name)])
    await expect(read(at(name))).rejects.toThrow('it is a pipe, not a regular file')
  })

  it('passes on why it cannot be opened', async () => {
    await expect(read(at('none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
