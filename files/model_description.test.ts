import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ROOT_DIR } from '../testing/processes.ts'
import { FACE_MODELS } from './builtin_models.ts'
import { readModelFile } from './model_description.ts'

/** The smallest converted model; `npm run models` makes it. */
const MODEL = join(ROOT_DIR, FACE_MODELS.detector)

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-description-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

describe('readModelFile', () => {
  beforeEach(() => {
    copyFileSync(MODEL, join(dir, 'm.onnx'))
    copyFileSync(MODEL.replace('.onnx', '.json'), join(dir, 'm.json'))
  })

  test('gives name, hash, size, licence and origin', async () => {
    const file = await readModelFile(join(dir, 'm.onnx'))
    expect(file).toEqual({
      path: join(dir, 'm.onnx'),
      name: 'blazeface',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      bytes: readFileSync(MODEL).byteLength,
      licence: 'Apache-2.0',
      origin: expect.stringContaining('@vladmandic/human@') as string,
    })
  })

  test('a file that is not the described one is refused', async () => {
    writeFileSync(join(dir, 'm.onnx'), 'something else')
    await expect(readModelFile(join(dir, 'm.onnx'))).rejects.toThrow(
      /is not the file that .* describes .*run `npm run models`/,
    )
  })

  test('a missing or broken description names the remedy', async () => {
    writeFileSync(join(dir, 'm.json'), '{}')
    await expect(readModelFile(join(dir, 'm.onnx'))).rejects.toThrow('is not a model description')
    rmSync(join(dir, 'm.json'))
    await expect(readModelFile(join(dir, 'm.onnx'))).rejects.toThrow('run `npm run models`')
  })
})
