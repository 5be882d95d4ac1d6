/**
 * Models of SWITCHYARD_CASES. Expectations follow from their graphs, read with the Python package `onnx`: most return
 * the mean of each colour, some constants, others cannot be served.
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { outputSchema, preprocessSchema } from '../../protocol/onnx_config.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { quietContext } from '../base/quiet_context.ts'
import { OnnxBackend } from './backend.ts'

const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const FOLDER = path.join(CASES, 'models')
const hasCases = CASES !== '' && existsSync(FOLDER)
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with models')

interface Settings {
  output?: object
  labels?: string[]
  preprocess?: object
  max_batch_size?: number
}
type Case = [Settings, RegExp | Record<string, unknown>]

const COCO = Array.from({ length: 80 }, (_, index) => `coco${index}`)
const RGB = ['red', 'green', 'blue']
const detection = (more: object = {}) => ({ type: 'detection', ...more })
const activated = (activation: string) => ({ type: 'classification', activation })

/** Shares that a softmax makes of values. */
function softmax(values: readonly number[]): number[] {
  const powers = values.map(Math.exp)
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
const near = (value: number): unknown => expect.closeTo(value, 4) as unknown

/** The means of red.png, in 0 to 1. */
const RED_MEANS = [200 / 255, 40 / 255, 20 / 255]
/** Values from 0 to 1 without a softmax in the graph may be probabilities. */
const DOUBT = [{ code: 'activation_unverified' }]

/** An answer by the probability of each class. */
function ranked(probabilities: readonly number[], labels: readonly string[] = RGB) {
  const top = probabilities
    .map((probability, index) => ({ label: labels[index], index, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 5)
  return {
    prediction: top[0]?.label,
    confidence: near(top[0]?.probability ?? NaN),
    top: top.map((one) => ({ ...one, probability: near(one.probability) })),
  }
}
const found = (label: string, score: number, box: readonly [number, number, number, number]) => {
  const [x, y, width, height] = box
  return {
    prediction: label,
    detections: [{ label, score: near(score), box: { x, y, width, height } }],
  }
}

/** Colour means with a softmax applied. */
const MEANS: Case[] = [
  [{ labels: RGB }, { 'red.png': { ...ranked(softmax(RED_MEANS)), warnings: DOUBT } }],
  [
    { labels: RGB, output: activated('none') },
    { 'red.png': ranked(RED_MEANS), 'black.png': ranked([0, 0, 0]) },
  ],
  [
    {},
    {
      'red.png': {
        prediction: 'class 0',
        warnings: [{ code: 'classes_unverified' }, { code: 'activation_unverified' }],
      },
    },
  ],
]

const CASES_OF: Record<string, Case[]> = {
  'argmax.onnx': [
    [{ labels: RGB }, /^Output "label" is int64; .* the class that was chosen, without the scores/],
  ],
  'batch4.onnx': [
    [{ labels: RGB }, /^Input "x" \[4, 3, 8, 8\] takes exactly 4 pictures .* batch of 1 or a free/],
  ],
  'binary.onnx': [
    [
      { labels: ['cat', 'dog'] },
      /^Output "p" has the shape \[1, 1\] .* expects \[1, 2\]\. There is one value for each picture/,
    ],
    [
      { labels: ['cat', 'dog'], output: activated('sigmoid') },
      /expects \[1, 2\]\. .* remove all labels but one/,
    ],
    [
      { labels: ['bright'], output: activated('none'), max_batch_size: 4 },
      {
        'red.png': { prediction: 'bright', confidence: near(260 / 3 / 255) },
        'black.png': { confidence: 0 },
        'white.png': { confidence: 1 },
      },
    ],
  ],
  'chw.onnx': [
    [{}, /^Input "x" has the shape \[3, 8, 8\]; expected are four axes: batch, channels, height/],
  ],
  'custom_op.onnx': [[{}, /needs the operator TRT:EfficientNMS_TRT, .* without custom operators/]],
  // Mean difference of neighbouring pixels: one-pixel stripes survive only unscaled.
  'detail2048.onnx': [
    [{ labels: ['a', 'b'] }, /^Output "scores" has the shape \[1, 1\] .* expects \[1, 2\]/],
    [
      { labels: ['detail'], output: activated('none') },
      { 'stripes2048.png': { confidence: near(1) }, 'white.png': { confidence: 0 } },
    ],
  ],
  'end2end.onnx': [
    [
      { labels: COCO, output: detection({ values_axis: 'last', boxes: 'xyxy' }) },
      /^Output "out" has the shape \[1, 300, 6\] .* expects \[1, boxes, 84\]\. .* nms=False/,
    ],
    [
      { output: detection({ values_axis: 'last', boxes: 'xyxy' }) },
      /^Output "out" holds a score and a whole number behind each box\. .* nms=False/,
    ],
    [
      { labels: COCO.slice(0, 2), output: detection({ values_axis: 'last', boxes: 'xyxy' }) },
      /nms=False/,
    ],
    [{ labels: COCO }, /^Output "out" has the shape \[1, 300, 6\] .* output\.type: detection/],
  ],
  'ext.onnx': [[{}, /weights in ext\.onnx\.data: .* cannot be opened \(ENOENT\)\. Copy it to/]],
  'folded_batch.onnx': [
    [
      { labels: RGB, max_batch_size: 4 },
      /^Output "scores" has the shape \[1, 12\] for 4 pictures; .* \[4, 3\]\. .* Set max_batch_size: 1/,
    ],
    ...MEANS,
  ],
  'fp16_io.onnx': [[{}, /^Input "x" is float16; runtime onnx feeds float32 or uint8\. Export/]],
  'fp16_out.onnx': [[{}, /^Output "h" is float16; runtime onnx reads float32 only\. Export/]],
  'half_open.onnx': [
    [{}, /^Input "x" \[N, 3, H, 8\] .* any height\. Set preprocess\.size: \[8, height\]/],
    [
      { preprocess: { size: [9, 16] } },
      /^preprocess\.size is \[9, 16\], and the model takes 8 x any height\. Set it to \[8, 16\]/,
    ],
    ...MEANS.map(([settings, answers]): Case => [
      { ...settings, preprocess: { size: [8, 16] } },
      answers,
    ]),
  ],
  'ir3.onnx': MEANS,
  'lfs.onnx': [[{}, /lfs\.onnx is a Git LFS pointer, not the model itself\. Run `git lfs pull`/]],
  'many_labels.onnx': [
    [
      { output: activated('none') },
      {
        'red.png': {
          ...ranked(
            [0.1, 0.9, 0.2, 0.8, 0.05, 0.3],
            COCO.map((_, index) => `class ${index}`),
          ),
          warnings: [{ code: 'classes_unverified' }],
        },
      },
    ],
    [
      { labels: COCO.slice(0, 6) },
      {
        'red.png': {
          prediction: 'coco1',
          warnings: [
            {
              code: 'activation_unverified',
              message: expect.stringMatching(
                /"scores" has values from 0 to 1 before softmax .* set output\.activation: none/,
              ) as unknown,
            },
          ],
        },
      },
    ],
    [{ labels: RGB }, /^Output "scores" has 6 classes, and labels has 3\. Correct labels/],
    [
      { output: { type: 'classification', classes: 5 } },
      /has 6 classes, and output\.classes has 5/,
    ],
  ],
  // log(0.5 - mean): NaN for a channel above 0.5.
  'nan_class.onnx': [
    [
      { labels: RGB },
      {
        'black.png': ranked([1 / 3, 1 / 3, 1 / 3]),
        'red.png': /the model returned NaN in output "scores"/,
        'white.png': /the model returned NaN in output "scores"/,
      },
    ],
    [
      { labels: RGB, output: activated('none') },
      /^Output "scores" has values from -0\.693 .* Set output\.activation: softmax/,
    ],
  ],
  'opset99.onnx': [[{}, /has opset 99 of ai\.onnx, .* reads up to \d+\. Export it with opset/]],
  'seg.onnx': [
    [
      { labels: COCO, output: detection() },
      /^Output "out" has the shape \[1, 116, 5\] .* expects \[1, 84, boxes\]\. .* mask coefficients/,
    ],
    [
      { output: detection({ classes: 80 }) },
      /expects \[1, 84, boxes\]\. .* 112 class scores, and output\.classes has 80/,
    ],
    [{ output: detection() }, /^Output "out" has the shape \[1, 116, 5\] .* labels/],
  ],
  'softmaxed.onnx': [
    ...['softmax', 'sigmoid', 'none'].map((activation): Case => [
      { labels: RGB, output: activated(activation) },
      {
        'red.png': {
          ...ranked(softmax(RED_MEANS.map((mean) => mean * 10))),
        },
      },
    ]),
    // Values that sum to one are a distribution over classes.
    [{}, { 'red.png': { prediction: 'class 0', confidence: near(0.99726) } }],
  ],
  'squeezed.onnx': [
    [{ labels: RGB }, /^Output "scores" has the shape \[3\] .* expects \[1, 3\]\. The first axis/],
  ],
  // A box of half the width and height, whose middle is at (1/2, 3/4).
  'strip.onnx': [
    [
      { labels: ['strip'], output: detection() },
      {
        'strip_640x480.png': found('strip', 0.9, [160, 240, 320, 240]),
        'strip_100x12000.png': found('strip', 0.9, [25, 6000, 50, 6000]),
        'strip_12000x100.png': found('strip', 0.9, [3000, 50, 6000, 50]),
        'thin_tall.png': found('strip', 0.9, [0.8, 3000, 1.5, 3000]),
      },
    ],
    [
      { output: detection() },
      { 'red.png': { prediction: 'class 0', warnings: [{ code: 'classes_unverified' }] } },
    ],
    [
      { output: detection({ classes: 1 }) },
      { 'red.png': { ...found('class 0', 0.9, [16, 32, 32, 32]) } },
    ],
  ],
  'with_names.onnx': [
    [{}, { 'red.png': { ...ranked(softmax(RED_MEANS)), warnings: DOUBT } }],
    [{ output: activated('none') }, { 'red.png': { ...ranked(RED_MEANS) } }],
    [{ output: detection() }, /task is "classify" .* Set output\.type: classification/],
    [{ labels: ['a', 'b'] }, /^Output "flat" has 3 classes, and labels has 2/],
  ],
  'yolov5.onnx': [
    [
      { labels: COCO, output: detection() },
      /^Output "out" has the shape \[1, 252, 85\] .* Set output\.values_axis: last and output\.objectness: true/,
    ],
    [
      { labels: COCO, output: detection({ values_axis: 'last', objectness: true }) },
      { 'red.png': found('coco16', 0.95 * 0.9, [15, 15, 10, 10]) },
    ],
  ],
}

const folder = mkdtempSync(path.join(tmpdir(), 'given-models-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function backendOf(model: string, settings: Settings): OnnxBackend {
  const {
    output = { type: 'classification' },
    labels,
    preprocess = {},
    max_batch_size = 1,
  } = settings
  return new OnnxBackend(quietContext('given', { rootDir: folder, batchSizeMax: max_batch_size }), {
    model,
    labels,
    output: outputSchema.parse(output),
    preprocess: preprocessSchema.parse(preprocess),
  })
}

/** Checks the start error, or the answer per picture. */
async function expectCase(model: string, [settings, expected]: Case): Promise<void> {
  const backend = backendOf(model, settings)
  if (expected instanceof RegExp) {
    const refusal = await backend.initializeModel().then(
      () => 'it was served',
      (error: unknown) => (error as Error).message,
    )
    expect(refusal).toMatch(expected)
    return
  }
  const { files } = await backend.initializeModel()
  expect(files).toContain(model)
  for (const [picture, answer] of Object.entries(expected)) {
    const bytes = readFileSync(path.join(CASES, 'img', picture))
    const { results } = await backend.processInference([{ requestId: 'x', params: {}, bytes }])
    if (answer instanceof RegExp) {
      expect(results[0]).toBeInstanceOf(ProtocolError)
      expect((results[0] as ProtocolError).message).toMatch(answer)
    } else {
      // A row without warnings expects none.
      expect({ warnings: [], ...results[0] }, picture).toMatchObject({
        warnings: [],
        ...(answer as object),
      })
    }
  }
  await backend.cleanup()
}

describe.skipIf(!hasCases)('models of the cases', () => {
  it('are all in the table, and the table names no other', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(CASES_OF).sort())
  })

  const rows = Object.entries(CASES_OF).flatMap(([name, cases]) =>
    cases.map((one) => [name, JSON.stringify(one[0]).slice(0, 80), one] as const),
  )
  it.each(rows)('%s with %s is answered right or refused', async (name, _settings, one) => {
    await expectCase(path.join(FOLDER, name), one)
  })

  it('ext.onnx is answered once its weights lie beside it', async () => {
    const model = path.join(folder, 'ext.onnx')
    copyFileSync(path.join(FOLDER, 'ext.onnx'), model)
    const pixels = 512 * 512
    const bias = Float32Array.from({ length: 3 * pixels }, (_, at) =>
      Math.floor(at / pixels) === 1 ? 5 : 0,
    )
    writeFileSync(`${model}.data`, bias)
    const biased = RED_MEANS.map((mean, index) => (index === 1 ? mean + 5 : mean))
    await expectCase(model, [{ labels: RGB }, { 'red.png': ranked(softmax(biased)) }])
    writeFileSync(`${model}.data`, bias.subarray(1))
    await expectCase(model, [
      { labels: RGB },
      /ext\.onnx\.data is incomplete: 3145724 bytes, and the model needs 3145728/,
    ])
  })
})
