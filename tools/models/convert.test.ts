import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MODEL_TARGETS } from './registry.ts'
import { sha256OfFile } from './stale.mjs'

const rootDir = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

let outDir: string
beforeEach(() => {
  outDir = mkdtempSync(path.join(tmpdir(), 'switchyard-convert-'))
})
afterEach(() => {
  rmSync(outDir, { recursive: true })
})

/** The lines printed by one run of the converter. */
async function convert(): Promise<string[]> {
  const args = ['--import', 'tsx', 'tools/models/convert.ts', '--out', outDir]
  const { stdout } = await run(process.execPath, args, { cwd: rootDir })
  return stdout.split('\n').filter((line) => line !== '')
}

test('converts every model once, a lost one again, and always to the same bytes', async () => {
  const first = await convert()
  expect(first).toHaveLength(MODEL_TARGETS.length)
  expect(first[0]).toMatch(
    /^model 1 of 9: backends\/faces\/model\/blazeface\.onnx \(\d+ kB, \d+ ms\)$/,
  )
  expect(await convert()).toEqual([])

  for (const name of ['mini_xception.onnx', 'mini_xception.int8.onnx']) {
    const lost = path.join(outDir, 'backends/emotion/model', name)
    const before = sha256OfFile(lost)
    rmSync(lost)
    expect(await convert()).toEqual([expect.stringContaining('model 1 of 1')])
    expect(sha256OfFile(lost)).toBe(before)
  }
})
