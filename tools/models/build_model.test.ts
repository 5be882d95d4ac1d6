import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { buildModel } from './build_model.ts'
import { MODELS, type ModelRow } from './registry.ts'

const rootDir = resolve(import.meta.dirname, '../..')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const [row] = MODELS.filter(({ name }) => name === 'mini_xception') as [ModelRow]

test('equal sources give equal bytes', () => {
  expect(sha256(buildModel(row, rootDir).bytes)).toBe(sha256(buildModel(row, rootDir).bytes))
})

test('an output whose shape the registry does not expect stops the conversion', () => {
  const wrong: ModelRow = {
    ...row,
    outputs: row.outputs.map((output) => ({ ...output, shape: [8] })),
  }
  expect(() => buildModel(wrong, rootDir)).toThrow(
    'mini_xception: output probabilities has shape [7], the registry has [8]',
  )
})
