import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { converterKey, findStaleModels, sha256OfFile, writeStamp } from './stale.mjs'

const rootDir = resolve(import.meta.dirname, '../..')
const MODEL = 'backends/x/model/a.onnx'

describe('findStaleModels', () => {
  let outDir: string
  beforeEach(() => {
    outDir = mkdtempSync(join(tmpdir(), 'switchyard-models-'))
    const path = join(outDir, MODEL)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'model')
    writeStamp(outDir, { key: converterKey(rootDir), files: { [MODEL]: sha256OfFile(path) } })
  })
  afterEach(() => {
    rmSync(outDir, { recursive: true })
  })

  test('nothing is stale after a conversion', () => {
    expect(findStaleModels(rootDir, outDir)).toEqual([])
  })

  test('a changed or missing file is stale by itself', () => {
    writeFileSync(join(outDir, MODEL), 'cut off')
    expect(findStaleModels(rootDir, outDir)).toEqual([MODEL])
    rmSync(join(outDir, MODEL))
    expect(findStaleModels(rootDir, outDir)).toEqual([MODEL])
  })

  test('another converter makes everything stale', () => {
    writeStamp(outDir, { key: 'older', files: {} })
    expect(findStaleModels(rootDir, outDir)).toBe('all')
  })

  test('a stamp that was cut off makes everything stale', () => {
    writeFileSync(join(outDir, '.cache/models.json'), '{"key":')
    expect(findStaleModels(rootDir, outDir)).toBe('all')
  })
})
