/** Every converted model against the stored results of its original runtime, at every place of a batch. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { referenceInputs, sha256, type ReferenceInput } from './inputs.ts'
import { decodeValues, readReference, type Reference } from './reference_file.ts'
import { MODELS, type ModelOutput, type ModelRow } from './registry.ts'

const rootDir = resolve(import.meta.dirname, '../..')
/**
 * Allowed difference as a share of the largest reference value: six times the worst measured rounding difference (1.6e-6, x86-64
 * with AVX-512), far below the effect of a wrong layer.
 */
const TOLERANCE_SHARE = 1e-5
/** Prints the measured differences for the README's table: `PARITY_PRINT=1 npx vitest run tools/models`. */
const prints = process.env['PARITY_PRINT'] === '1'

describe.each(MODELS)('$name', (row) => {
  test(
    'answers like its original runtime, at every place of a batch',
    { timeout: 60_000 },
    async () => {
      const reference = readReference(row)
      const inputs = await referenceInputs(rootDir, row.inputSize, row.referenceMargin)
      requireSameInputs(row, inputs, reference)
      const session = await openSession(row)
      const largest = new Map(row.outputs.map(({ name }) => [name, 0]))
      const ranges = new Map(row.outputs.map((output) => [output.name, rangeOf(reference, output)]))
      for (let shift = 0; shift < inputs.length; shift++) {
        const results = await session.run({ image: batchOf(row, inputs, shift) })
        for (const output of row.outputs) {
          const values = results[output.name]?.data as Float32Array
          for (let place = 0; place < inputs.length; place++) {
            const { id } = inputs[(place + shift) % inputs.length] as ReferenceInput
            const difference = compare(output, values, place, storedValues(reference, id, output))
            largest.set(output.name, Math.max(largest.get(output.name) ?? 0, difference))
            expect(
              difference,
              `${output.name} of ${id} at place ${place} of ${inputs.length}`,
            ).toBeLessThanOrEqual(TOLERANCE_SHARE * (ranges.get(output.name) ?? 0))
          }
        }
      }
      await session.release()
      if (prints) console.log(row.name, { largest, ranges })
    },
  )
})

/** Otherwise another picture decoder would look like a wrong conversion. */
function requireSameInputs(
  row: ModelRow,
  inputs: readonly ReferenceInput[],
  reference: Reference,
): void {
  const given = inputs.map(({ id, pixels }) => `${id} ${sha256(pixels)}`)
  const stored = reference.inputs.map((input) => `${input.id} ${input.sha256}`)
  expect(
    given,
    `the inputs of ${row.name} are not those that the reference was made with; run \`node --import tsx tools/models/reference.ts\``,
  ).toEqual(stored)
}

async function openSession({ file }: ModelRow): Promise<InferenceSession> {
  const path = join(rootDir, file)
  if (!existsSync(path)) throw new Error(`${path} does not exist; run \`npm run models\``)
  return InferenceSession.create(path, { executionProviders: ['cpu'], intraOpNumThreads: 1 })
}

function batchOf(row: ModelRow, inputs: readonly ReferenceInput[], shift: number): Tensor {
  const length = row.inputSize * row.inputSize * 3
  const data = new Uint8Array(length * inputs.length)
  for (let place = 0; place < inputs.length; place++) {
    data.set(inputs[(place + shift) % inputs.length]?.pixels ?? [], place * length)
  }
  return new Tensor('uint8', data, [inputs.length, row.inputSize, row.inputSize, 3])
}

function storedValues(reference: Reference, id: string, output: ModelOutput): Float32Array {
  const input = reference.inputs.find((each) => each.id === id)
  return decodeValues(input?.outputs[output.name] ?? '')
}

function rangeOf(reference: Reference, output: ModelOutput): number {
  const values = reference.inputs.flatMap(({ id }) => [...storedValues(reference, id, output)])
  return Math.max(...values.map(Math.abs))
}

/** The largest difference over the stored values; Infinity when the count or a value is not comparable. */
function compare(
  output: ModelOutput,
  values: Float32Array,
  place: number,
  stored: Float32Array,
): number {
  const length = output.shape.reduce((product, size) => product * size, 1)
  if (stored.length !== Math.ceil(length / output.referenceEvery)) return Infinity
  let largest = 0
  for (const [index, expected] of stored.entries()) {
    const actual = values[place * length + index * output.referenceEvery] ?? NaN
    const difference = Math.abs(actual - expected)
    largest = difference >= 0 ? Math.max(largest, difference) : Infinity
  }
  return largest
}
