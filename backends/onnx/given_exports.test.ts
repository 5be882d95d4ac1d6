/**
 * Exports of real libraries (SWITCHYARD_ZOO): fitting ones match their library, others are rejected or warned about.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outputSchema, preprocessSchema, type OnnxOutput } from '../../protocol/onnx_config.ts'
import { OnnxBackend } from './backend.ts'
import { quietContext } from '../base/quiet_context.ts'

const ZOO = process.env['SWITCHYARD_ZOO'] ?? ''

const channels = z.array(z.number())
const referenceSchema = z.looseObject({
  name: z.string(),
  expect: z.looseObject({
    serves: z.boolean().default(true),
    task: z.string().default(''),
    variant: z.string().optional(),
    labels: z.array(z.string()).nullish(),
    end2end: z.boolean().default(false),
    nms_in_graph: z.boolean().default(false),
    input: z
      .looseObject({
        layout: z.string().default('NCHW'),
        colour: z.string().default('RGB'),
        dtype: z.string().default('float32'),
        range: channels.nullish(),
        mean: channels.nullish(),
        std: channels.nullish(),
        fit: z.string().default('stretch'),
        resize_shorter_side: z.number().optional(),
        batch: z.union([z.string(), z.number()]).nullish(),
      })
      .nullish(),
  }),
  label_files: z.array(z.string()).default([]),
  cases: z.array(
    z.looseObject({
      name: z.string(),
      image: z.string().optional(),
      results: z.array(z.unknown()).default([]),
    }),
  ),
})
type Reference = z.infer<typeof referenceSchema>

const entries = existsSync(ZOO)
  ? readdirSync(ZOO).filter((name) =>
      ['model.onnx', 'reference.json'].every((file) => existsSync(path.join(ZOO, name, file))),
    )
  : []
if (entries.length === 0) console.log('skipped: SWITCHYARD_ZOO names no folder with model exports')
const references = entries.map((name) =>
  referenceSchema.parse(JSON.parse(readFileSync(path.join(ZOO, name, 'reference.json'), 'utf8'))),
)

const FITS: Record<string, string> = { contain: 'letterbox', cover: 'cover' }

function backendOf(
  { name, expect: { input, labels } }: Reference,
  output: OnnxOutput,
  labelsGiven: string[] | string | undefined = labels ?? undefined,
): OnnxBackend {
  const isGrey = /gr[ae]y/i.test(input?.colour ?? '')
  const isBytes = input?.dtype === 'uint8'
  const preprocess = preprocessSchema.parse({
    layout: input?.layout.toLowerCase() === 'nhwc' ? 'nhwc' : 'nchw',
    colour: isGrey ? 'grey' : input?.colour === 'BGR' ? 'bgr' : 'rgb',
    fit: FITS[input?.fit ?? ''] ?? 'stretch',
    divide_by: input?.range?.[1] === 255 ? 1 : 255,
    ...(isBytes || input?.mean?.length !== 3 ? {} : { mean: input.mean }),
    ...(isBytes || input?.std?.length !== 3 ? {} : { std: input.std }),
    ...(/dynamic|deeplab|lraspp/.test(name) ? { size: [160, 160] } : {}),
  })
  return new OnnxBackend(quietContext(name, { rootDir: ZOO, batchSizeMax: 2 }), {
    model: path.join(ZOO, name, 'model.onnx'),
    labels: labelsGiven,
    output,
    preprocess,
  })
}

async function answer(backend: OnnxBackend, image: string): Promise<Record<string, unknown>> {
  const item = { requestId: 'x', params: {}, bytes: readFileSync(path.join(ZOO, image)) }
  const { results } = await backend.processInference([item])
  const [result] = results
  if (result === undefined || result instanceof Error) throw result ?? new Error('no result')
  return result
}

const CLASSIFICATION = outputSchema.parse({ type: 'classification', top: 1000 })
const detection = (more: object = {}) =>
  outputSchema.parse({ type: 'detection', iou_threshold: 0.7, ...more })
const YOLOV5 = { values_axis: 'last', objectness: true, iou_threshold: 0.45 }

/** Input that `runtime: onnx` supports. */
const isFed = ({ expect: { input } }: Reference) =>
  ['float32', 'uint8'].includes(input?.dtype ?? '') &&
  !(typeof input?.batch === 'number' && input.batch > 1)
const isClassifier = (one: Reference) =>
  one.expect.serves && one.expect.task === 'classify' && isFed(one)
const isDetector = (one: Reference) =>
  one.expect.task === 'detect' &&
  isFed(one) &&
  /yolo/.test(one.name) &&
  !one.expect.end2end &&
  !one.expect.nms_in_graph

const topSchema = z.looseObject({
  top: z.array(z.object({ index: z.number(), label: z.string(), score: z.number() })),
})
const instancesSchema = z.looseObject({
  instances: z.array(z.object({ label: z.string(), score: z.number(), xyxy: channels })),
})
const detectedSchema = z.looseObject({
  label: z.string(),
  score: z.number(),
  box: z.record(z.string(), z.number()),
})
type Detected = z.infer<typeof detectedSchema>
const named = (list: readonly Reference[]) => list.map((one) => [one.name, one] as const)

/** Excludes centre crops, which the settings lack, and int8 kernels, which differ between processors. */
const isComparable = (one: Reference) =>
  one.expect.input?.resize_shorter_side === undefined && !one.name.includes('quantised')

/** Cases whose picture has the input's size, so no resize filter is involved. */
const exactCases = ({ cases }: Reference) =>
  cases.flatMap(({ name, image, results }) =>
    name.startsWith('exact') && image !== undefined ? [{ image, results }] : [],
  )

describe.skipIf(entries.length === 0)('a classifier answers as its library does', () => {
  it.each(named(references.filter(isClassifier)))('%s', async (_name, reference) => {
    const backend = backendOf(reference, CLASSIFICATION)
    await backend.initializeModel()
    for (const { image, results } of isComparable(reference) ? exactCases(reference) : []) {
      const { top } = topSchema.parse(results[0])
      const given = await answer(backend, image)
      const probabilities = z
        .array(z.looseObject({ label: z.string(), index: z.number(), probability: z.number() }))
        .parse(given['top'])
      for (const { index, label, score } of top) {
        const found = probabilities.find((one) => one.index === index)
        expect(found?.label).toBe(label)
        expect(Math.abs((found?.probability ?? 9) - score)).toBeLessThan(1e-3)
      }
    }
    await backend.cleanup()
  })

  it.each(
    references.flatMap((one) => one.label_files.map((file) => [one.name, file, one] as const)),
  )('%s with %s', async (name, file, reference) => {
    const backend = backendOf(reference, CLASSIFICATION, path.join(ZOO, name, file))
    await backend.initializeModel()
    const [exact] = exactCases(reference)
    const { top } = topSchema.parse(exact?.results[0])
    expect(await answer(backend, exact?.image ?? '')).toMatchObject({ prediction: top[0]?.label })
    await backend.cleanup()
  })
})

describe.skipIf(entries.length === 0)('a detector answers as its library does', () => {
  it.each(named(references.filter(isDetector)))('%s', async (name, reference) => {
    const backend = backendOf(reference, detection(/yolov5-classic/.test(name) ? YOLOV5 : {}))
    await backend.initializeModel()
    for (const { image, results } of exactCases(reference)) {
      const { instances } = instancesSchema.parse(results[0])
      const { detections } = z
        .looseObject({ detections: z.array(detectedSchema) })
        .parse(await answer(backend, image))
      expect(detections.map(({ label }) => label)).toEqual(instances.map(({ label }) => label))
      for (const [at, { score, xyxy }] of instances.entries()) {
        const { box = {}, score: found = 9 }: Partial<Detected> = detections[at] ?? {}
        expect(Math.abs(found - score)).toBeLessThan(1e-3)
        const { x = 0, y = 0, width = 0, height = 0 } = box
        for (const [side, value] of [x, y, x + width, y + height].entries()) {
          expect(Math.abs(value - (xyxy[side] ?? 9999))).toBeLessThan(0.5)
        }
      }
    }
    await backend.cleanup()
  })
})

describe.skipIf(entries.length === 0)(
  'an export of another kind is refused, or answered with a warning',
  () => {
    const others = references.filter((one) => !isClassifier(one) && !isDetector(one))
    const settings = [
      CLASSIFICATION,
      detection(),
      detection({ values_axis: 'last', boxes: 'xyxy' }),
    ]
    it.each(
      others.flatMap((one) =>
        settings.map((output) => [one.name, output.type, one, output] as const),
      ),
    )('%s as %s', async (_name, _type, reference, output) => {
      const backend = backendOf(reference, output)
      const refusal = await backend.initializeModel().then(
        () => null,
        (error: unknown) => (error as Error).message,
      )
      if (refusal === null) {
        const image = references.flatMap(exactCases)[0]?.image ?? ''
        expect(await answer(backend, image)).toMatchObject({
          warnings: [{ code: 'classes_unverified' }],
        })
        await backend.cleanup()
      } else {
        expect(refusal).not.toMatch(/undefined|onnxruntime_src|npm run models/)
        expect(refusal.length).toBeGreaterThan(40)
      }
    })
  },
)
