/** The whole chain on real pictures: @vladmandic/face-api's demo, and SWITCHYARD_SAMPLES if set. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMOTION_LABELS, emotionResultSchema, type EmotionResult } from '../../protocol/results.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { facePicture } from '../../testing/pictures.ts'
import type { BackendContext, LoadedModel } from '../base/backend.ts'
import { EmotionBackend } from './backend.ts'
import { quietContext } from '../base/quiet_context.ts'

const progress: string[] = []

const contextWith = (changes: Partial<BackendContext> = {}) =>
  quietContext('emotion', {
    threads: 2,
    batchSizeMax: 4,
    cacheSize: 4,
    onProgress: (detail) => progress.push(detail.message),
    ...changes,
  })

const backend = new EmotionBackend(contextWith())
let model: LoadedModel
beforeAll(async () => {
  model = await backend.initializeModel()
})
afterAll(() => backend.cleanup())

async function answer(...images: Uint8Array[]): Promise<(EmotionResult | ProtocolError)[]> {
  const items = images.map((bytes, index) => ({
    requestId: `r${index}`,
    bytes,
    params: { timestamp: 1 },
  }))
  const { results } = await backend.processInference(items)
  return results.map((result) =>
    result instanceof ProtocolError ? result : emotionResultSchema.parse(result),
  )
}

async function answerOne(image: Uint8Array): Promise<EmotionResult> {
  const [result] = await answer(image)
  if (!result || result instanceof ProtocolError) throw new Error('refused', { cause: result })
  return result
}

describe('loading', () => {
  test('warms up every session and reports its progress', () => {
    expect(progress).toEqual([
      'reading the model files',
      ...[1, 2, 3, 4].map((step) => `warm-up ${step} of 4`),
    ])
  })

  test('names provider, models and the files to watch', () => {
    expect(model.provider).toBe('CPU')
    expect(model.models.map(({ name }) => name)).toEqual([
      'blazeface',
      'facemesh',
      'mini_xception',
      'fa_expression',
    ])
    expect(model.files).toHaveLength(8)
    expect(model.files.every((file) => path.isAbsolute(file))).toBe(true)
  })

  test('precision: int8 opens the quantised classifiers, which see the same', async () => {
    const quantised = new EmotionBackend(contextWith({ precision: 'int8' }))
    const { models } = await quantised.initializeModel()
    expect(models.map(({ name }) => name)).toEqual([
      'blazeface',
      'facemesh',
      'mini_xception.int8',
      'fa_expression.int8',
    ])
    const item = { requestId: 'r', bytes: facePicture(6), params: {} }
    const [result] = (await quantised.processInference([item])).results
    const [exact] = (await backend.processInference([item])).results
    const [small, full] = [result, exact].map((one) => emotionResultSchema.parse(one))
    expect(small?.prediction).toBe(full?.prediction)
    expect(small?.confidence).toBeCloseTo(full?.confidence ?? NaN, 1)
    await quantised.cleanup()
  })

  test('reports where the nodes of each model run', () => {
    const { placements = [] } = model
    expect(placements.map((one) => one.model)).toEqual(model.models.map(({ name }) => name))
    expect(placements[0]).toMatchObject({ requested: ['CPU'], granted: 'CPU', on_cpu: [] })
  })

  test('a missing model names the file and the remedy', async () => {
    const rootDir = mkdtempSync(path.join(tmpdir(), 'switchyard-emotion-'))
    const homeless = new EmotionBackend(contextWith({ rootDir }))
    await expect(homeless.initializeModel()).rejects.toThrow(
      /blazeface\.onnx.*run `npm run models`/,
    )
    await homeless.cleanup()
    rmSync(rootDir, { recursive: true })
  })

  test.each([
    [{ face_gat: 0.3 }, /face_gat is not a known key; known options: .*face_gate/],
    [{ face_gate: 7 }, /"emotion": face_gate is 7; must be at most 1/],
    [{ max_faces: 1.5 }, /max_faces/],
    [{ small_faces: 'yes' }, /small_faces must be true or false/],
  ])('options %o are refused', (options, words) => {
    expect(() => new EmotionBackend(contextWith({ options }))).toThrow(words)
  })
})

describe('a picture with faces', () => {
  test('is answered with the largest face first, which is the prediction', async () => {
    const result = await answerOne(facePicture(6))
    expect(result.faces).toHaveLength(4)
    const areas = result.faces.map(({ box }) => box.width * box.height)
    expect(areas).toEqual([...areas].sort((a, b) => b - a))
    const [first] = result.faces
    expect(result.prediction).toBe(first?.prediction)
    expect(result.confidence).toBe(first?.confidence)
    expect(result.probabilities).toEqual(first?.probabilities)
    expect(result.image).toEqual({ width: 1920, height: 1537 })
    expect(result).not.toHaveProperty('reason')
  })

  test('has probabilities that are the mean of both raw vectors and add up to 1', async () => {
    const [face] = (await answerOne(facePicture(3))).faces
    const { mini_xception: first, fa_expression: second } = face?.['raw'] as Record<
      string,
      Record<string, number>
    >
    const probabilities = face?.probabilities ?? {}
    expect(Object.keys(probabilities)).toEqual([...EMOTION_LABELS])
    expect(Object.values(probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 2)
    expect(probabilities['surprise']).toBeCloseTo(
      ((first?.['surprise'] ?? NaN) + (second?.['surprised'] ?? NaN)) / 2,
      3,
    )
  })

  test('carries a model block that claims nothing', async () => {
    expect((await answerOne(facePicture(1)))['model']).toMatchObject({
      validated: false,
      licence: 'MIT',
      version: expect.stringMatching(/^mini_xception@\w{8} fa_expression@\w{8}$/) as string,
      evaluation: expect.stringContaining('not measured') as string,
    })
  })

  test('is answered in its own pixels, also where it is scaled down for the models', async () => {
    const small = await sharp(facePicture(6)).resize(960).jpeg({ quality: 95 }).toBuffer()
    const [before] = (await answerOne(small)).faces
    const [after] = (await answerOne(facePicture(6))).faces
    if (!before || !after) throw new Error('a face was missed')
    for (const key of ['x', 'y', 'width', 'height'] as const) {
      expect(Math.abs(after.box[key] - 2 * before.box[key])).toBeLessThan(0.06 * after.box.width)
    }
    expect(after.landmarks).toHaveLength(468)
    const [x = NaN, y = NaN] = after.landmarks[1] ?? []
    expect(x).toBeGreaterThan(after.box.x)
    expect(x).toBeLessThan(after.box.x + after.box.width)
    expect(y).toBeGreaterThan(after.box.y)
    expect(y).toBeLessThan(after.box.y + after.box.height)
  })

  test('is not decoded twice', async () => {
    await answerOne(facePicture(4))
    expect((await answerOne(facePicture(4)))['cached']).toBe(true)
  })
})

describe('a batch', () => {
  test('gives every picture its own answer, whatever stands beside it', async () => {
    const pictures = [facePicture(6), await plainPicture(), facePicture(1), facePicture(3)]
    const together = await answer(...pictures)
    for (const [index, picture] of pictures.entries()) {
      const alone = await answerOne(picture)
      const inBatch = together[index]
      if (!inBatch || inBatch instanceof ProtocolError) throw new Error('refused')
      expect(inBatch.prediction).toBe(alone.prediction)
      expect(inBatch.confidence).toBeCloseTo(alone.confidence, 3)
      expect(inBatch.faces).toHaveLength(alone.faces.length)
    }
  })

  test('loses only its broken picture', async () => {
    const [first, broken, last] = await answer(facePicture(1), Buffer.from('text'), facePicture(1))
    expect(broken).toMatchObject({ code: 'invalid_image' })
    expect((first as EmotionResult).faces).toHaveLength(3)
    expect((last as EmotionResult).faces).toHaveLength(3)
  })
})

describe('a picture without a face', () => {
  test('gives no prediction and the reason', async () => {
    expect(await answerOne(await plainPicture())).toMatchObject({
      prediction: null,
      confidence: 0,
      probabilities: null,
      faces: [],
      reason: 'no face: the detector saw nothing with a score of 0.5 or more',
      image: { width: 640, height: 480 },
    })
  })

  test('the reason counts what the gate turned away', async () => {
    const strict = new EmotionBackend(
      contextWith({ options: { face_gate: 1, small_faces: false } }),
    )
    await strict.initializeModel()
    const turned = await sharp(facePicture(2))
      .extract({ left: 200, top: 50, width: 700, height: 700 })
      .toBuffer()
    const { results } = await strict.processInference([
      { requestId: 'g', bytes: turned, params: {} },
    ])
    await strict.cleanup()
    const { reason } = emotionResultSchema.parse(results[0])
    expect(reason).toMatch(
      /^no face: 1 candidate was seen \(detector score 0\.\d\d\), .*gate of 1$/,
    )
  })
})

const samples = process.env['SWITCHYARD_SAMPLES']
describe.skipIf(samples === undefined)('pictures of SWITCHYARD_SAMPLES/faces', () => {
  const sample = (name: string) => readFileSync(path.join(samples ?? '', 'faces', `${name}.jpg`))

  // A smoke test of four chosen pictures, not an accuracy.
  test.each([
    ['astronaut-happy', 'happy'],
    ['darwin-happy', 'happy'],
    ['darwin-neutral', 'neutral'],
    ['darwin-fear', 'fear'],
  ])('%s is %s', async (name, emotion) => {
    expect((await answerOne(sample(name))).prediction).toBe(emotion)
  })

  test.each(['no-face-cat', 'no-face-coffee'])('%s gets no emotion', async (name) => {
    const result = await answerOne(sample(name))
    expect(result).toMatchObject({ prediction: null, faces: [] })
    expect(result.reason).toMatch(/below the gate of 0\.2$/)
  })
})

function plainPicture(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 }
  return sharp({ create: { width: 640, height: 480, channels: 3, background: '#888', noise } })
    .png()
    .toBuffer()
}
