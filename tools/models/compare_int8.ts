/**
 * Compares each INT8 model with its original on faces outside of the calibration set. `node --import tsx
 * tools/models/compare_int8.ts` prints the table of backends/emotion/README.md.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { faceCrops } from './face_squares.ts'
import { MODEL_TARGETS, MODELS, type ModelRow } from './registry.ts'

const rootDir = resolve(import.meta.dirname, '../..')

/** Results of both models on the held-out crops. */
export interface Agreement {
  crops: number
  /** Crops with the same top class. */
  agreeing: number
  /** Mean absolute difference of all probabilities. */
  meanDifference: number
}

export const quantisedRows = MODELS.filter(({ hasInt8 }) => hasInt8)

export async function compareAnswers(row: ModelRow): Promise<Agreement> {
  const crops = await faceCrops(rootDir, 'held_out', row.inputSize)
  const [exact, quantised] = await openBoth(row)
  let agreeing = 0
  let difference = 0
  let values = 0
  for (const crop of crops) {
    const expected = await answer(exact, row, [crop])
    const actual = await answer(quantised, row, [crop])
    if (likeliest(expected) === likeliest(actual)) agreeing++
    for (const [index, value] of expected.entries()) {
      difference += Math.abs(value - (actual[index] ?? NaN))
      values++
    }
  }
  await exact.release()
  await quantised.release()
  return { crops: crops.length, agreeing, meanDifference: difference / values }
}

async function printTable(): Promise<void> {
  console.log('| model | KB | ms, 1 face | ms, 8 faces | same prediction | mean difference |')
  console.log(`|${' --- |'.repeat(6)}`)
  for (const row of quantisedRows) {
    const { crops, agreeing, meanDifference } = await compareAnswers(row)
    const sessions = await openBoth(row)
    const pictures = await faceCrops(rootDir, 'held_out', row.inputSize)
    const sizes = sizesOf(row).map((bytes) => Math.round(bytes / 1000))
    const one = await medianMs(sessions, row, pictures.slice(0, 1))
    const eight = await medianMs(sessions, row, pictures.slice(0, 8))
    for (const session of sessions) await session.release()
    const cells = [
      row.name,
      sizes.join(' -> '),
      one.join(' -> '),
      eight.join(' -> '),
      `${agreeing} of ${crops}`,
      meanDifference.toFixed(4),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

const RUNS = 100

/** Alternates between both, so that other load affects both. */
async function medianMs(
  sessions: readonly InferenceSession[],
  row: ModelRow,
  pictures: readonly Uint8Array[],
): Promise<string[]> {
  const times = sessions.map((): number[] => [])
  for (let run = 0; run < RUNS; run++) {
    for (const [index, session] of sessions.entries()) {
      const started = performance.now()
      await answer(session, row, pictures)
      times[index]?.push(performance.now() - started)
    }
  }
  return times.map((list) => (list.sort((a, b) => a - b)[RUNS / 2] ?? NaN).toFixed(1))
}

async function openBoth({ name }: ModelRow): Promise<[InferenceSession, InferenceSession]> {
  const open = (precision: 'fp32' | 'int8') => {
    const target = MODEL_TARGETS.find((one) => one.row.name === name && one.precision === precision)
    return InferenceSession.create(resolve(rootDir, target?.file ?? ''), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
    })
  }
  return [await open('fp32'), await open('int8')]
}

function sizesOf({ name }: ModelRow): number[] {
  return MODEL_TARGETS.filter(({ row }) => row.name === name).map(
    ({ file }) => statSync(resolve(rootDir, file)).size,
  )
}

async function answer(
  session: InferenceSession,
  { inputSize }: ModelRow,
  pictures: readonly Uint8Array[],
): Promise<Float32Array> {
  const length = inputSize * inputSize * 3
  const pixels = new Uint8Array(length * pictures.length)
  for (const [index, picture] of pictures.entries()) pixels.set(picture, index * length)
  const image = new Tensor('uint8', pixels, [pictures.length, inputSize, inputSize, 3])
  const { probabilities } = await session.run({ image })
  return probabilities?.data as Float32Array
}

const likeliest = (values: Float32Array) => values.indexOf(Math.max(...values))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await printTable()
