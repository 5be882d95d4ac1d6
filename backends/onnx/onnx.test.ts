import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import {
  classificationOutputSchema,
  detectionOutputSchema,
  preprocessSchema,
  type OnnxSettings,
} from '../../protocol/onnx_config.ts'
import { readResult } from '../../protocol/results.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { byteMeansModel, colourMeansModel } from '../../testing/tiny_onnx.ts'
import { decodeImage } from '../base/image.ts'
import { OnnxBackend } from './backend.ts'
import { classificationResult } from './classify.ts'
import { detectionsOf, toOriginal } from './detect.ts'
import { createTensorWriter, decodeOptionsFor } from './to_tensor.ts'
import { quietContext } from '../base/quiet_context.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'onnx-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const context = () => quietContext('colours', { rootDir: folder, batchSizeMax: 4, cacheSize: 8 })
const settings = (more: Partial<OnnxSettings> = {}): OnnxSettings => ({
  model: 'means.onnx',
  preprocess: preprocessSchema.parse({}),
  labels: ['red', 'green', 'blue'],
  output: classificationOutputSchema.parse({ type: 'classification', activation: 'none', top: 2 }),
  ...more,
})
const flat = async (r: number, g: number, b: number) => ({
  requestId: 'x',
  params: {},
  bytes: await sharp({ create: { width: 20, height: 10, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer(),
})

describe('any classification model runs from its settings alone', () => {
  it.each([
    ['with an open batch axis', 'N'],
    ['with a fixed batch of one', 1],
  ])('%s', async (_title, batch) => {
    writeFileSync(path.join(folder, 'means.onnx'), colourMeansModel(8, batch))
    const backend = new OnnxBackend(context(), settings())
    const model = await backend.initializeModel()
    expect(model).toMatchObject({
      provider: 'CPU',
      files: [path.join(folder, 'means.onnx')],
      descriptor: { returns: [{ kind: 'classification', labels: ['red', 'green', 'blue'] }] },
    })
    const items = [
      await flat(255, 0, 0),
      { requestId: 'bad', params: {}, bytes: Buffer.from('x') },
      await flat(0, 51, 204),
    ]
    const { results } = await backend.processInference(items)
    expect(results[0]).toMatchObject({
      prediction: 'red',
      confidence: 1,
      top: [{ label: 'red' }, { probability: 0 }],
      image: { width: 20, height: 10 },
      cached: false,
    })
    expect(readResult(results[0])?.kind).toBe(model.descriptor?.returns[0]?.kind)
    expect(results[1]).toBeInstanceOf(ProtocolError)
    expect(results[2]).toMatchObject({ prediction: 'blue' })
    expect((results[2] as { confidence: number }).confidence).toBeCloseTo(0.8)
    const again = await backend.processInference(items.slice(0, 1))
    expect(again.results[0]).toMatchObject({ cached: true })
    await backend.cleanup()
  })

  it('a uint8 input gets the bytes as they are, and no mean or std', async () => {
    writeFileSync(path.join(folder, 'means.onnx'), byteMeansModel(8))
    const preprocess = preprocessSchema.parse({ layout: 'nhwc' })
    const output = classificationOutputSchema.parse({ type: 'classification' })
    const backend = new OnnxBackend(context(), settings({ preprocess, output }))
    await backend.initializeModel()
    const { results } = await backend.processInference([await flat(0, 51, 204)])
    // A softmax of values from 0 to 1 would give 0.51.
    expect(results[0]).toMatchObject({ prediction: 'blue', confidence: 1 })
    await backend.cleanup()
    const scaled = preprocessSchema.parse({ layout: 'nhwc', mean: 0.5 })
    await expect(
      new OnnxBackend(context(), settings({ preprocess: scaled })).initializeModel(),
    ).rejects.toThrow(/is uint8 and takes bytes as they are. Remove preprocess.mean/)
  })

  it.each([
    ['a missing file', settings({ model: 'none.onnx' }), /No such file: .*none\.onnx\. Correct/],
    [
      'a wrong size',
      settings({ preprocess: preprocessSchema.parse({ size: [9, 9] }) }),
      /\[9, 9\].*8 x 8/,
    ],
    [
      'a wrong layout',
      settings({ preprocess: preprocessSchema.parse({ layout: 'nhwc' }) }),
      /preprocess\.layout/,
    ],
    [
      'an unknown output',
      settings({
        output: classificationOutputSchema.parse({ type: 'classification', tensor: 'y' }),
      }),
      /no output "y".*means/,
    ],
    ['missing labels', settings({ labels: 'none.txt' }), /none\.txt cannot be used/],
  ])('%s is reported before the first request', async (_title, wrong, words) => {
    writeFileSync(path.join(folder, 'means.onnx'), colourMeansModel(8))
    await expect(new OnnxBackend(context(), wrong).initializeModel()).rejects.toThrow(words)
  })
})

describe('the tensor holds the values that the settings ask for', () => {
  const size = { width: 2, height: 1 }
  const rgb = Uint8Array.of(255, 0, 51, 0, 102, 255)
  const write = (given: object) =>
    [...createTensorWriter(size, preprocessSchema.parse(given)).fill([rgb], 1)].map(
      (value) => Math.round(value * 1000) / 1000,
    )
  it.each([
    ['NCHW', {}, [1, 0, 0, 0.4, 0.2, 1]],
    ['NHWC', { layout: 'nhwc' }, [1, 0, 0.2, 0, 0.4, 1]],
    ['BGR', { layout: 'nhwc', colour: 'bgr' }, [0.2, 0, 1, 1, 0.4, 0]],
    ['[-1, 1]', { layout: 'nhwc', mean: 0.5, std: 0.5 }, [1, -1, -0.6, -1, -0.2, 1]],
    ['raw bytes', { layout: 'nhwc', divide_by: 1 }, [255, 0, 51, 0, 102, 255]],
    ['grey', { colour: 'grey', divide_by: 1 }, [82, 89]],
    ['a mean per channel', { divide_by: 1, mean: [5, 0, 1] }, [250, -5, 0, 102, 50, 254]],
  ])('%s', (_title, given, expected) => {
    expect(write(given)).toEqual(expected)
  })

  it.each(['rgb', 'bgr'])('for rows of %s pictures, and 0 in the padding', (colour) => {
    const picture = { width: 7, height: 5 }
    const pictures = [3, 11].map((step) => Uint8Array.from({ length: 105 }, (_, at) => at * step))
    const mean = [0.1, 0.2, 0.3]
    const writer = createTensorWriter(picture, preprocessSchema.parse({ colour, mean, std: 2 }))
    writer.fill([...pictures, ...pictures], 4)
    const values = writer.fill(pictures, 3)
    const expected = Array.from({ length: 3 * 105 }, (_, at) => {
      const [row, channel, pixel] = [Math.floor(at / 105), Math.floor((at % 105) / 35), at % 35]
      const byte = pictures[row]?.[pixel * 3 + (colour === 'bgr' ? 2 - channel : channel)]
      return byte === undefined ? 0 : (byte / 255 - (mean[channel] ?? 0)) / 2
    })
    expect(values.length).toBe(expected.length)
    for (const [at, value] of expected.entries()) expect(values[at]).toBeCloseTo(value, 5)
  })
})

describe('classification', () => {
  const output = (activation: string) =>
    classificationOutputSchema.parse({ type: 'classification', activation, top: 1 })
  const label = (index: number) => `c${index}`
  it('softmax survives large scores', () => {
    const result = classificationResult(Float32Array.of(1000, 999), output('softmax'), label)
    expect(result.prediction).toBe('c0')
    expect(result.confidence).toBeCloseTo(0.731, 3)
  })
  it('sigmoid scores each class for itself', () => {
    const result = classificationResult(Float32Array.of(0, -9), output('sigmoid'), label)
    expect(result.confidence).toBeCloseTo(0.5)
  })
})

describe('detection', () => {
  const output = (more: object = {}) =>
    detectionOutputSchema.parse({ type: 'detection', values_axis: 'last', ...more })
  const size = { width: 100, height: 100 }
  /** cx, cy, w, h, class scores. */
  const anchors = [
    [50, 50, 20, 20, 0.9, 0.1],
    [51, 50, 20, 20, 0.8, 0.1],
    [51, 50, 20, 20, 0.1, 0.7],
    [10, 10, 4, 4, 0.1, 0.2],
  ]
  it('keeps the best of overlapping boxes of a class, and those of other classes', () => {
    const found = detectionsOf(Float32Array.from(anchors.flat()), [4, 6], output(), size)
    expect(found.map(({ classIndex, score }) => [classIndex, Math.round(score * 10)])).toEqual([
      [0, 9],
      [1, 7],
    ])
    expect(found[0]?.box).toEqual({ x: 40, y: 40, width: 20, height: 20 })
  })
  it('reads the transposed form alike', () => {
    const transposed = [0, 1, 2, 3, 4, 5].flatMap((value) => anchors.map((row) => row[value] ?? 0))
    const found = detectionsOf(
      Float32Array.from(transposed),
      [6, 4],
      output({ values_axis: 'middle' }),
      size,
    )
    expect(found).toHaveLength(2)
  })
  it('scales by the objectness and reads corner boxes given as shares', () => {
    const found = detectionsOf(
      Float32Array.of(0.1, 0.2, 0.3, 0.6, 0.5, 0.8),
      [1, 6],
      output({ objectness: true, boxes: 'xyxy', units: 'shares' }),
      size,
    )
    expect(found[0]?.score).toBeCloseTo(0.4)
    expect(found[0]?.box.width).toBeCloseTo(20)
    expect(found[0]?.box.y).toBeCloseTo(20)
  })
  it('a score outside 0 to 1 is an error of the picture, and rounding is not', () => {
    const values = (score: number) => Float32Array.of(50, 50, 20, 20, score, 0)
    expect(() => detectionsOf(values(17), [1, 6], output(), size)).toThrow(/the score 17, outside/)
    expect(detectionsOf(values(1.004), [1, 6], output(), size)[0]?.score).toBe(1)
  })
  it.each([
    [400, 200],
    [640, 480],
    [100, 12_000],
    [12_000, 100],
    [5000, 333],
    [333, 5000],
    [3, 6000],
    [1080, 20_000],
    [6000, 2],
    [1, 1],
  ])('a box comes back in pixels of a picture of %i x %i, whatever its fit', (width, height) => {
    const target = { x: width / 4, y: height / 2, width: width / 8, height: height / 4 }
    for (const fit of ['stretch', 'letterbox', 'cover'] as const) {
      const { layoutOf } = decodeOptionsFor({ width: 640, height: 384 }, { fit })
      const layout = layoutOf?.({ width, height })
      if (layout === undefined) throw new Error('there is no layout')
      const { scaleX, scaleY, offsetX, offsetY } = layout.mapping
      const seen = {
        x: target.x * scaleX + offsetX,
        y: target.y * scaleY + offsetY,
        width: target.width * scaleX,
        height: target.height * scaleY,
      }
      const found = toOriginal(seen, {
        mapping: layout.mapping,
        originalWidth: width,
        originalHeight: height,
      })
      for (const key of ['x', 'y', 'width', 'height'] as const) {
        expect(Math.abs(found[key] - target[key]), `${fit} ${key}`).toBeLessThan(0.11)
      }
    }
  })
})

describe('the model sees the picture at its own resolution', () => {
  /** Alternating black and white columns: any downscaling makes them grey. */
  const stripes = (side: number) => {
    const pixels = Buffer.alloc(side * side * 3)
    for (let at = 0; at < pixels.length; at++) pixels[at] = Math.floor(at / 3) % 2 === 0 ? 0 : 255
    return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer()
  }

  it.each([
    ['stretch', 1536],
    ['letterbox', 2048],
    ['cover', 2048],
  ] as const)('%s to %i pixels changes no pixel of a picture of that size', async (fit, side) => {
    const image = await decodeImage(
      await stripes(side),
      decodeOptionsFor({ width: side, height: side }, { fit }),
    )
    expect(image).toMatchObject({ width: side, height: side })
    const first = [...image.pixels.subarray(0, 12)]
    expect(first).toEqual([0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255])
  })

  it('a letterbox pads with grey and keeps the aspect ratio', async () => {
    const picture = await flat(255, 0, 0)
    const image = await decodeImage(
      picture.bytes,
      decodeOptionsFor({ width: 40, height: 40 }, { fit: 'letterbox' }),
    )
    const pixel = (x: number, y: number) => [
      ...image.pixels.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3),
    ]
    expect([pixel(0, 0), pixel(0, 9), pixel(39, 30)]).toEqual(Array(3).fill([114, 114, 114]))
    expect([pixel(0, 10), pixel(39, 29)]).toEqual(Array(2).fill([255, 0, 0]))
  })

  it('cover crops the middle of a picture that was stored turned', async () => {
    // Upright 10 x 30: a red third, a green third, a blue third from the top down.
    const third = (background: object, top: number) => ({
      input: { create: { width: 10, height: 10, channels: 3, background } } as const,
      left: 0,
      top,
    })
    const upright = sharp({ create: { width: 10, height: 30, channels: 3, background: '#f00' } })
      .composite([third({ r: 0, g: 255, b: 0 }, 10), third({ r: 0, g: 0, b: 255 }, 20)] as never)
      .png()
    const stored = await sharp(await upright.toBuffer())
      .rotate(-90)
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    const image = await decodeImage(
      stored,
      decodeOptionsFor({ width: 4, height: 4 }, { fit: 'cover' }),
    )
    expect(image).toMatchObject({ originalWidth: 10, originalHeight: 30 })
    expect([...image.pixels.subarray(0, 3)]).toEqual([0, 255, 0])
    expect([...image.pixels.subarray(-3)]).toEqual([0, 255, 0])
  })
})
