import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUILTIN_NAMES } from '../protocol/builtin_backends.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import { checkBuiltinModels, emotionModels, EYE_MODEL_FILE, FACE_MODELS } from './builtin_models.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'switchyard-models-'))
  for (const name of ['faces', 'emotion', 'eeg']) {
    const folder = path.join('backends', name, 'model')
    mkdirSync(path.join(dir, folder), { recursive: true })
    cpSync(path.join(ROOT_DIR, folder), path.join(dir, folder), { recursive: true })
  }
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

test.each(BUILTIN_NAMES)('every model of %s is there, in each precision', async (name) => {
  for (const precision of ['fp32', 'int8'] as const) {
    const { files, bytes, fault } = await checkBuiltinModels(dir, name, precision)
    expect(fault).toBeNull()
    expect(files).toBe({ fatigue: 2, emotion: 4, eeg: 1 }[name])
    expect(bytes).toBeGreaterThan(1000)
  }
})

test('a missing file is named with the remedy, for those backends that load it', async () => {
  rmSync(path.join(dir, emotionModels('int8').faExpression))
  expect((await checkBuiltinModels(dir, 'emotion', 'int8')).fault).toMatchObject({
    file: 'fa_expression.int8.onnx',
    is_missing: true,
    remedy: 'convert',
    message: expect.stringMatching(/cannot be opened \(.+\); run `npm run models`/) as string,
  })
  expect((await checkBuiltinModels(dir, 'emotion', 'fp32')).fault).toBeNull()
  rmSync(path.join(dir, EYE_MODEL_FILE))
  expect((await checkBuiltinModels(dir, 'eeg', 'fp32')).fault).toMatchObject({
    file: 'eye_state.json',
    is_missing: true,
    remedy: 'restore',
  })
})

test('a changed file is refused by its hash', async () => {
  writeFileSync(path.join(dir, FACE_MODELS.mesh), 'something else')
  expect((await checkBuiltinModels(dir, 'fatigue', 'fp32')).fault).toMatchObject({
    file: 'facemesh.onnx',
    is_missing: false,
    message: expect.stringContaining('is not the file that') as string,
  })
})
