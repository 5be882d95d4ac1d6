/** Model families whose output does not fit the settings, as small graphs: each is rejected with the key to change. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { outputSchema, preprocessSchema } from '../../protocol/onnx_config.ts'
import { int, ints, MEANS_NODES, tinyModel, type TinyGraph } from '../../testing/tiny_onnx.ts'
import { OnnxBackend } from './backend.ts'
import { quietContext } from '../base/quiet_context.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'output-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Setup {
  output: object
  labels?: string[]
  batchSizeMax?: number
  preprocess?: object
}
const logged: string[] = []
function backendOf(graph: TinyGraph, { output, labels, batchSizeMax = 1, preprocess = {} }: Setup) {
  writeFileSync(path.join(folder, 'm.onnx'), tinyModel(graph).model)
  const note = (message: string) => void logged.push(message)
  return new OnnxBackend(
    quietContext('tiny', {
      rootDir: folder,
      batchSizeMax,
      log: { debug: note, info: note, warn: note, error: note },
    }),
    {
      model: 'm.onnx',
      labels,
      output: outputSchema.parse(output),
      preprocess: preprocessSchema.parse(preprocess),
    },
  )
}
const picture = (r: number, g: number, b: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer()
async function answers(graph: TinyGraph, setup: Setup, colours: [number, number, number][]) {
  const backend = backendOf(graph, setup)
  await backend.initializeModel()
  const items = await Promise.all(
    colours.map(async (colour) => ({
      requestId: 'x',
      params: {},
      bytes: await picture(...colour),
    })),
  )
  const { results } = await backend.processInference(items)
  await backend.cleanup()
  return results
}

const RGB = ['red', 'green', 'blue']
const COCO = Array.from({ length: 80 }, (_, index) => `coco${index}`)
const classification = (more: object = {}) => ({ type: 'classification', ...more })
const detection = (more: object = {}) => ({ type: 'detection', ...more })

/** Nodes after the colour means; the last one is `out`. */
const afterMeans = (
  nodes: TinyGraph['nodes'],
  shape: (number | string)[],
  more: Partial<TinyGraph> = {},
): TinyGraph => ({ ...more, nodes: [...MEANS_NODES, ...nodes], outputs: { out: shape } })

const shapeOf = (name: string, dims: number[]) => ({
  [name]: { shape: [dims.length], values: Float32Array.from(dims) },
})
/** Reshapes `from` to fixed sizes: `Reshape` needs int64, so a cast converts the weights. */
const reshaped = (from: string, dims: number[], more: Partial<TinyGraph> = {}): TinyGraph =>
  afterMeans(
    [
      { opType: 'Cast', input: ['dims'], output: ['sizes'], attribute: [int('to', 7)] },
      { opType: 'Reshape', input: [from, 'sizes'], output: ['out'] },
    ],
    dims.map((size, axis) => (size > 0 ? size : `d${axis}`)),
    { weights: shapeOf('dims', dims), ...more },
  )

/** A constant output with this shape. */
const constant = (
  shape: number[],
  valueAt: (at: number) => number,
  more: Partial<TinyGraph> = {},
): TinyGraph => {
  const length = shape.reduce((product, size) => product * size, 1)
  return {
    input: [1, 3, 64, 64],
    nodes: [{ opType: 'Identity', input: ['values'], output: ['out'] }],
    outputs: { out: shape },
    weights: { values: { shape, values: Float32Array.from({ length }, (_, at) => valueAt(at)) } },
    ...more,
  }
}
/** `boxes` rows of values, as [1, boxes, each] or transposed. */
function heads(
  rows: number[][],
  axis: 'last' | 'middle',
  more: Partial<TinyGraph> = {},
): TinyGraph {
  const each = rows[0]?.length ?? 0
  return axis === 'last'
    ? constant([1, rows.length, each], (at) => rows[Math.floor(at / each)]?.[at % each] ?? 0, more)
    : constant(
        [1, each, rows.length],
        (at) => rows[at % rows.length]?.[Math.floor(at / rows.length)] ?? 0,
        more,
      )
}
/** A box around (16, 32), then `scores`. */
const row = (scores: number[], at = 0) => [16 + at, 32, 20, 10, ...scores]
const scoresOf = (count: number, best: number) =>
  Array.from({ length: count }, (_, index) => (index === best ? 0.9 : 0.01))
const many = (make: (at: number) => number[], count = 100) =>
  Array.from({ length: count }, (_, at) => make(at))

/** The mean of all values of a picture. */
const ONE_VALUE = afterMeans(
  [
    {
      opType: 'ReduceMean',
      input: ['means'],
      output: ['out'],
      attribute: [ints('axes', [1])],
    },
  ],
  ['N', 1],
)

describe('a classification is refused', () => {
  it.each<[string, TinyGraph, Setup, RegExp]>([
    [
      'without a batch axis',
      reshaped('means', [3], { input: [1, 3, 8, 8] }),
      { output: classification(), labels: RGB },
      /"out" has the shape \[3\] for one picture; .* expects \[1, 3\]\. The first axis must be/,
    ],
    [
      'with one value per picture',
      ONE_VALUE,
      { output: classification(), labels: ['cat', 'dog'] },
      /shape \[1, 1\] .* expects \[1, 2\]\. There is one value for each picture/,
    ],
    [
      'with one value per picture and two labels, whatever makes a probability of it',
      ONE_VALUE,
      { output: classification({ activation: 'none' }), labels: ['cat', 'dog'] },
      /expects \[1, 2\]\. There is one value for each picture/,
    ],
    [
      'with one value per picture, of which softmax would always make 1',
      ONE_VALUE,
      { output: classification(), labels: ['defect'] },
      /There is one value for each picture\. .* set output\.activation: none/,
    ],
    [
      'with the batch folded into one row',
      reshaped('means', [1, -1]),
      { output: classification(), labels: RGB, batchSizeMax: 4 },
      /shape \[1, 12\] for 4 pictures; .* \[4, 3\]\. .* Set max_batch_size: 1/,
    ],
    [
      'with the batch folded into a list',
      reshaped('means', [-1]),
      { output: classification(), batchSizeMax: 4 },
      /shape \[3\] for one picture; .* expects \[1, classes\]/,
    ],
    [
      'as a map',
      {
        nodes: [{ opType: 'Sigmoid', input: ['x'], output: ['out'] }],
        outputs: { out: ['N', 3, 8, 8] },
      },
      { output: classification(), labels: RGB },
      /shape \[1, 3, 8, 8\] .* Maps \(segmentation, depth\) .* output\.tensor/,
    ],
    [
      'as boxes',
      heads(
        many(() => row([0.9])),
        'last',
      ),
      { output: classification() },
      /shape \[1, 100, 5\] .* Set output\.type: detection/,
    ],
    [
      'with fewer labels than classes',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3]),
      { output: classification(), labels: ['red', 'green'] },
      /"out" has 3 classes, and labels has 2\. Correct labels/,
    ],
    [
      'with a background class too many',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3]),
      { output: classification(), labels: ['background', ...RGB] },
      /has 3 classes, and labels has 4\. .* The first label is "background"/,
    ],
    [
      'with a number of labels that differs from output.classes',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3]),
      { output: classification({ classes: 4 }), labels: RGB },
      /output\.classes is 4, and labels has 3\. Remove output\.classes/,
    ],
    [
      'with other classes than the file names',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3], {
        metadata: { names: "{0: 'a', 1: 'b'}" },
      }),
      { output: classification() },
      /has 3 classes, and the metadata of the file has 2/,
    ],
    [
      'of another task by the metadata',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3], {
        metadata: { task: 'detect' },
      }),
      { output: classification() },
      /task is "detect" .* Set output\.type: detection/,
    ],
    [
      'that is NaN for every picture',
      afterMeans(
        [
          { opType: 'Sub', input: ['means', 'two'], output: ['below'] },
          { opType: 'Log', input: ['below'], output: ['out'] },
        ],
        ['N', 3],
        { weights: { two: { shape: [1], values: Float32Array.of(2) } } },
      ),
      { output: classification() },
      /every warm-up run the model returned NaN in output "out"/,
    ],
    [
      'as probabilities above 1',
      afterMeans([{ opType: 'Mul', input: ['means', 'two'], output: ['out'] }], ['N', 3], {
        weights: { two: { shape: [1], values: Float32Array.of(40) } },
      }),
      { output: classification({ activation: 'none' }) },
      /values from 0 to .*, and output\.activation none expects .* Set output\.activation: softmax/,
    ],
    [
      'with its softmax over one value',
      {
        ...ONE_VALUE,
        nodes: [
          ...ONE_VALUE.nodes.slice(0, -1),
          {
            opType: 'ReduceMean',
            input: ['means'],
            output: ['mean'],
            attribute: [ints('axes', [1])],
          },
          { opType: 'Softmax', input: ['mean'], output: ['out'] },
        ],
      },
      { output: classification({ activation: 'none' }), labels: ['defect'] },
      /ends in a Softmax over a single value, which is always 1/,
    ],
    [
      'with its softmax over the batch',
      afterMeans(
        [{ opType: 'Softmax', input: ['means'], output: ['out'], attribute: [int('axis', 0)] }],
        ['N', 3],
      ),
      { output: classification() },
      /ends in a Softmax, but the values of a picture do not sum to 1/,
    ],
    [
      'whose pictures affect each other',
      afterMeans(
        [
          {
            opType: 'ReduceMax',
            input: ['means'],
            output: ['most'],
            attribute: [ints('axes', [0])],
          },
          { opType: 'Mul', input: ['means', 'none'], output: ['zero'] },
          { opType: 'Add', input: ['zero', 'most'], output: ['out'] },
        ],
        ['N', 3],
        { weights: { none: { shape: [1], values: Float32Array.of(0) } } },
      ),
      { output: classification(), batchSizeMax: 4 },
      /other values for the same picture in a batch of 4 .* Set max_batch_size: 1/,
    ],
    [
      'that cannot run a batch after all',
      reshaped('means', [1, 3]),
      { output: classification(), batchSizeMax: 4 },
      /cannot run 4 pictures together: .* Set max_batch_size: 1\./,
    ],
    [
      'in another type',
      {
        ...afterMeans(
          [
            { opType: 'ArgMax', input: ['means'], output: ['best'], attribute: [int('axis', 1)] },
            { opType: 'Cast', input: ['best'], output: ['out'], attribute: [int('to', 10)] },
          ],
          ['N', 1],
        ),
        outputType: 10,
      },
      { output: classification() },
      /Output "out" is float16; runtime onnx reads float32 only/,
    ],
    [
      'in one of several outputs, none of which is named',
      {
        nodes: [...MEANS_NODES, { opType: 'Identity', input: ['means'], output: ['twin'] }],
        outputs: { means: ['N', 3], twin: ['N', 3] },
      },
      { output: classification(), labels: RGB },
      /has 2 outputs: means \(float32 \[N, 3\]\), twin .* Set output\.tensor/,
    ],
    [
      'from a fixed batch of several pictures',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], [4, 3], {
        input: [4, 3, 8, 8],
      }),
      { output: classification(), labels: RGB },
      /takes exactly 4 pictures at a time\. Export the model with a batch of 1/,
    ],
  ])('%s', async (_title, graph, setup, message) => {
    await expect(backendOf(graph, setup).initializeModel()).rejects.toThrow(message)
  })
})

describe('a detection is refused', () => {
  it.each<[string, TinyGraph, Setup, RegExp]>([
    [
      'with non-maximum suppression inside',
      heads(
        many((at) => [0, 0, 9, 9, 0.9 - at / 1000, at % 7], 300),
        'last',
      ),
      { output: detection({ values_axis: 'last', boxes: 'xyxy' }), labels: COCO },
      /shape \[1, 300, 6\] .* expects \[1, boxes, 84\]\. .* non-maximum suppression inside/,
    ],
    [
      'with non-maximum suppression inside and as many values as classes',
      heads(
        many((at) => [0, 0, 9, 9, 0.9 - at / 1000, at % 2], 300),
        'last',
      ),
      { output: detection({ values_axis: 'last', boxes: 'xyxy' }), labels: ['a', 'b'] },
      /a score and a whole number behind each box\. .*nms=False/,
    ],
    [
      'that the metadata calls end-to-end',
      heads(
        many((at) => [0, 0, 9, 9, 0.9 - at / 1000, at % 2], 300),
        'last',
        {
          metadata: { task: 'detect', end2end: 'True', names: "{0: 'a', 1: 'b'}" },
        },
      ),
      { output: detection({ values_axis: 'last', boxes: 'xyxy' }) },
      /By the metadata of the file the output is end-to-end/,
    ],
    [
      'with mask coefficients behind the classes',
      heads(
        many((at) => row([...scoresOf(80, 16), ...Array<number>(32).fill(-2)], at), 200),
        'middle',
      ),
      { output: detection(), labels: COCO },
      /shape \[1, 116, 200\] .* expects \[1, 84, boxes\]\. .* 112 class scores, and labels has 80\. .*mask coefficients/,
    ],
    [
      'with mask coefficients and no labels',
      heads(
        many((at) => row([...scoresOf(80, 16), ...Array<number>(32).fill(-2)], at), 200),
        'middle',
      ),
      { output: detection() },
      /class scores from -2 to 0\.9; expected are probabilities/,
    ],
    [
      'with keypoints behind the class',
      heads(
        many((at) => row([0.9, ...Array<number>(51).fill(36)], at)),
        'middle',
      ),
      { output: detection(), labels: ['person'] },
      /shape \[1, 56, 100\] .* expects \[1, 5, boxes\]\. .*keypoints/,
    ],
    [
      'with an angle behind the classes',
      heads(
        many((at) => row([...scoresOf(15, 3), 0.7], at)),
        'middle',
      ),
      { output: detection(), labels: COCO.slice(0, 15) },
      /shape \[1, 20, 100\] .* expects \[1, 19, boxes\]\. .*an angle/,
    ],
    [
      'of YOLOv5 with the settings of YOLOv8',
      heads(
        many((at) => row([0.95, ...scoresOf(80, 16)], at), 252),
        'last',
      ),
      { output: detection(), labels: COCO },
      /shape \[1, 252, 85\] .* Set output\.values_axis: last and output\.objectness: true\./,
    ],
    [
      'of YOLOv5 with the settings of YOLOv8 and no labels',
      heads(
        many((at) => row([0.95, ...scoresOf(80, 16)], at), 252),
        'last',
      ),
      { output: detection() },
      /Set output\.values_axis: last, or labels/,
    ],
    [
      'of YOLOv8 with an objectness that it does not have',
      heads(
        many((at) => row(scoresOf(3, 1), at)),
        'middle',
      ),
      { output: detection({ objectness: true }), labels: RGB },
      /Set output\.objectness: false\./,
    ],
    [
      'with boxes and scores apart',
      {
        ...heads(
          many(() => row([]), 5),
          'last',
        ),
        nodes: [
          { opType: 'Identity', input: ['values'], output: ['out'] },
          {
            opType: 'ReduceMax',
            input: ['values'],
            output: ['scores'],
            attribute: [ints('axes', [2])],
          },
        ],
        outputs: { out: [1, 5, 4], scores: [1, 5, 1] },
      },
      { output: detection({ values_axis: 'last' }) },
      /has 2 outputs: out \(float32 \[1, 5, 4\]\), scores/,
    ],
    [
      'with boxes alone',
      heads(
        many(() => row([]), 5),
        'last',
      ),
      { output: detection({ values_axis: 'last', tensor: 'out' }) },
      /shape \[1, 5, 4\] .* has 4 values for each box, and no class scores/,
    ],
    [
      'as classes',
      afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3]),
      { output: detection() },
      /shape \[1, 3\] .* set output\.type: classification/,
    ],
    [
      'as a map',
      {
        nodes: [{ opType: 'Sigmoid', input: ['x'], output: ['out'] }],
        outputs: { out: ['N', 3, 8, 8] },
      },
      { output: detection() },
      /shape \[1, 3, 8, 8\] .* Maps, masks/,
    ],
    [
      'with logits as scores',
      heads(
        many((at) => row([-5, 3, 2], at)),
        'middle',
      ),
      { output: detection(), labels: RGB },
      /class scores from -5 to 3; .* logits/,
    ],
    [
      'in shares instead of pixels',
      heads(
        many(() => [0.25, 0.5, 0.2, 0.3, 0.9, 0.1, 0.1]),
        'middle',
      ),
      { output: detection(), labels: RGB },
      /coordinates up to 0\.5, .* Set output\.units: shares/,
    ],
    [
      'in pixels instead of shares',
      heads(
        many((at) => row(scoresOf(3, 1), at)),
        'middle',
      ),
      { output: detection({ units: 'shares' }), labels: RGB },
      /coordinates around .* Set output\.units: pixels/,
    ],
    [
      'with a middle and a size instead of corners',
      heads(
        many((at) => row(scoresOf(3, 1), at)),
        'middle',
      ),
      { output: detection({ boxes: 'xyxy' }), labels: RGB },
      /has 300 of 300 boxes whose .* Set output\.boxes: cxcywh/,
    ],
    [
      'of a task without boxes alone',
      heads(
        many((at) => row(scoresOf(3, 1), at)),
        'middle',
        { metadata: { task: 'segment' } },
      ),
      { output: detection(), labels: RGB },
      /task is "segment" .* Only classification and detection are supported/,
    ],
  ])('%s', async (_title, graph, setup, message) => {
    await expect(backendOf(graph, setup).initializeModel()).rejects.toThrow(message)
  })
})

const MEANS = afterMeans([{ opType: 'Identity', input: ['means'], output: ['out'] }], ['N', 3])
const scaled = (nodes: TinyGraph['nodes'], factor: number) =>
  afterMeans(
    [{ opType: 'Mul', input: ['means', 'factor'], output: ['logits'] }, ...nodes],
    ['N', 3],
    {
      weights: {
        factor: { shape: [1], values: Float32Array.of(factor) },
        zero: { shape: [1], values: Float32Array.of(0) },
      },
    },
  )
const LOGITS = scaled([{ opType: 'Identity', input: ['logits'], output: ['out'] }], 7)
const SOFTMAXED = scaled([{ opType: 'Softmax', input: ['logits'], output: ['out'] }], 7)
const LOG_SOFTMAXED = scaled([{ opType: 'LogSoftmax', input: ['logits'], output: ['out'] }], 7)
const COMPOSED_SIGMOID = scaled(
  [
    { opType: 'Neg', input: ['logits'], output: ['negative'] },
    { opType: 'Exp', input: ['negative'], output: ['power'] },
    { opType: 'Exp', input: ['zero'], output: ['one'] },
    { opType: 'Add', input: ['power', 'one'], output: ['below'] },
    { opType: 'Reciprocal', input: ['below'], output: ['out'] },
  ],
  7,
)
/** A composed softmax, without an operator of that name. */
const COMPOSED = scaled(
  [
    { opType: 'Exp', input: ['logits'], output: ['powers'] },
    { opType: 'ReduceL1', input: ['powers'], output: ['sum'], attribute: [ints('axes', [1])] },
    { opType: 'Div', input: ['powers', 'sum'], output: ['out'] },
  ],
  7,
)

describe('a model that fits is served', () => {
  it.each<[string, TinyGraph, string | undefined, number]>([
    ['logits', LOGITS, undefined, 0.998],
    ['a softmax in the graph', SOFTMAXED, undefined, 0.998],
    ['a softmax in the graph and none in the settings', SOFTMAXED, 'none', 0.998],
    ['a softmax in the graph and a sigmoid in the settings', SOFTMAXED, 'sigmoid', 0.998],
    ['a softmax made of other operators', COMPOSED, undefined, 0.998],
    [
      'a softmax with another operator behind it',
      scaled(
        [
          { opType: 'Softmax', input: ['logits'], output: ['p'] },
          { opType: 'Flatten', input: ['p'], output: ['out'] },
        ],
        7,
      ),
      undefined,
      0.998,
    ],
    ['logarithms of probabilities', LOG_SOFTMAXED, undefined, 0.998],
    [
      'a sigmoid in the graph',
      scaled([{ opType: 'Sigmoid', input: ['logits'], output: ['out'] }], 7),
      'sigmoid',
      0.999,
    ],
    [
      'a sigmoid in the graph and the default',
      scaled([{ opType: 'Sigmoid', input: ['logits'], output: ['out'] }], 7),
      undefined,
      0.999,
    ],
    ['logits of independent classes', LOGITS, 'sigmoid', 0.999],
    ['probabilities without an activation', MEANS, 'none', 1],
  ])('%s', async (_title, graph, activation, confidence) => {
    const output = classification(activation === undefined ? {} : { activation })
    const [result] = await answers(graph, { output, labels: RGB }, [[255, 0, 0]])
    expect(result).toMatchObject({ prediction: 'red' })
    expect((result as { confidence: number }).confidence).toBeCloseTo(confidence, 3)
  })

  it('with axes of size 1 behind the classes', async () => {
    const graph: TinyGraph = {
      nodes: [{ opType: 'GlobalAveragePool', input: ['x'], output: ['out'] }],
      outputs: { out: ['N', 3, 1, 1] },
    }
    const setup = { output: classification(), labels: RGB, batchSizeMax: 4 }
    const results = await answers(graph, setup, [
      [255, 0, 0],
      [0, 0, 255],
      [0, 255, 0],
    ])
    expect(results).toMatchObject([
      { prediction: 'red' },
      { prediction: 'blue' },
      { prediction: 'green' },
    ])
  })

  it('one picture at a time where the batch is folded', async () => {
    const setup = { output: classification(), labels: RGB, batchSizeMax: 1 }
    const [result] = await answers(reshaped('means', [1, -1]), setup, [[0, 255, 0]])
    expect(result).toMatchObject({ prediction: 'green' })
  })

  it('with the class names that its file holds', async () => {
    const graph = { ...MEANS, metadata: { names: `{0: 'sailor\\'s', 1: "a \\"b\\"", 2: 'c, d'}` } }
    const output = classification({ activation: 'none' })
    const [result] = await answers(graph, { output }, [[255, 0, 0]])
    expect(result).toMatchObject({
      top: [{ label: "sailor's" }, { label: 'a "b"' }, { label: 'c, d' }],
    })
    expect(result).not.toHaveProperty('warnings')
  })

  it('one value per picture, as the score of its only class', async () => {
    const setup = { output: classification({ activation: 'none' }), labels: ['bright'] }
    const results = await answers(ONE_VALUE, setup, [
      [0, 0, 0],
      [255, 255, 255],
    ])
    expect(results).toMatchObject([
      { prediction: 'bright', confidence: 0 },
      { prediction: 'bright', confidence: 1 },
    ])
  })

  it.each<[string, TinyGraph, object, string[]]>([
    ['logits without class names', LOGITS, classification(), ['classes_unverified']],
    ['logits of a stated number of classes', LOGITS, classification({ classes: 3 }), []],
    ['a distribution without class names', SOFTMAXED, classification(), []],
    ['logarithms of a distribution', LOG_SOFTMAXED, classification(), []],
    [
      'logits of a file that names its task',
      { ...LOGITS, metadata: { task: 'classify' } },
      classification(),
      [],
    ],
    [
      'boxes without class names',
      heads(
        many((at) => row(scoresOf(3, 0), at)),
        'middle',
      ),
      detection(),
      ['classes_unverified'],
    ],
    [
      'values from 0 to 1 with a softmax that may be too many',
      MEANS,
      classification({ classes: 3 }),
      ['activation_unverified'],
    ],
    [
      'a sigmoid made of other operators, and another in the settings',
      COMPOSED_SIGMOID,
      classification({ classes: 3, activation: 'sigmoid' }),
      ['activation_unverified'],
    ],
  ])('%s, with the warnings that it needs', async (_title, graph, output, codes) => {
    const backend = backendOf(graph, { output })
    logged.length = 0
    const { warnings = [] } = await backend.initializeModel()
    const bytes = await picture(255, 0, 0)
    const { results } = await backend.processInference([{ requestId: 'x', params: {}, bytes }])
    await backend.cleanup()
    expect(warnings.map(({ code }) => code)).toEqual(codes)
    for (const { message } of warnings) expect(logged).toContain(message)
    expect(results[0]).toMatchObject({ prediction: 'class 0' })
    expect((results[0] as { warnings?: unknown }).warnings).toEqual(
      codes.length === 0 ? undefined : warnings,
    )
  })

  it.each<[string, TinyGraph, object, string[]]>([
    [
      'boxes of YOLOv8',
      heads(
        many((at) => row(scoresOf(3, 1), at)),
        'middle',
      ),
      {},
      RGB,
    ],
    [
      'boxes of YOLOv5',
      heads(
        many((at) => row([0.99, ...scoresOf(3, 1)], at)),
        'last',
      ),
      { values_axis: 'last', objectness: true },
      RGB,
    ],
    [
      'boxes in shares',
      heads(
        many(() => [0.25, 0.5, 0.2, 0.3, ...scoresOf(3, 1)]),
        'middle',
      ),
      { units: 'shares' },
      RGB,
    ],
    ['fewer boxes than values', heads([row(scoresOf(80, 1))], 'middle'), {}, COCO],
    [
      'two classes',
      heads(
        many((at) => row([0.01, 0.9], at)),
        'middle',
      ),
      {},
      ['red', 'green'],
    ],
    [
      'two classes of a quantised model that sees nothing else',
      heads([...many((at) => row([0, 0], at)), row([0, 1])], 'middle'),
      {},
      ['red', 'green'],
    ],
  ])('%s', async (_title, graph, output, labels) => {
    const [result] = await answers(graph, { output: detection(output), labels }, [[9, 9, 9]])
    expect(result).toMatchObject({ prediction: labels[1] })
  })
})

describe('an answer that is not one is an error of that picture alone', () => {
  /** log(0.9 - mean): NaN for a bright channel. */
  const nan = afterMeans(
    [
      { opType: 'Sub', input: ['limit', 'means'], output: ['left'] },
      { opType: 'Log', input: ['left'], output: ['out'] },
    ],
    ['N', 3],
    { weights: { limit: { shape: [1], values: Float32Array.of(0.9) } } },
  )

  it.each([1, 4])('NaN, in batches of up to %d', async (batchSizeMax) => {
    const setup = { output: classification(), labels: RGB, batchSizeMax }
    const results = await answers(
      nan,
      setup,
      [
        [0, 100, 100],
        [255, 0, 0],
        [100, 0, 100],
      ].slice(0, batchSizeMax === 1 ? 1 : 3) as [number, number, number][],
    )
    expect(results[0]).toMatchObject({ prediction: 'red' })
    if (batchSizeMax === 1) return
    expect(results[1]).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/the model returned NaN in output "out"/) as string,
    })
    expect(results[2]).toMatchObject({ prediction: 'green' })
  })

  it('Infinity', async () => {
    const infinite = afterMeans(
      [
        { opType: 'Sub', input: ['one', 'means'], output: ['left'] },
        { opType: 'Reciprocal', input: ['left'], output: ['out'] },
      ],
      ['N', 3],
      { weights: { one: { shape: [1], values: Float32Array.of(1) } } },
    )
    const results = await answers(infinite, { output: classification(), batchSizeMax: 2 }, [
      [255, 0, 0],
      [128, 0, 0],
    ])
    expect(results[0]).toMatchObject({
      message: expect.stringMatching(/returned -?Infinity in output "out"/) as string,
    })
    expect(results[1]).toMatchObject({ prediction: 'class 0' })
  })

  it('a probability above 1', async () => {
    // No warm-up picture has such a bright channel.
    const setup = { output: classification({ activation: 'none' }), labels: RGB }
    const doubled = afterMeans(
      [{ opType: 'Mul', input: ['means', 'factor'], output: ['out'] }],
      ['N', 3],
      {
        weights: { factor: { shape: [1], values: Float32Array.of(1.5) } },
      },
    )
    const [result] = await answers(doubled, setup, [[255, 0, 0]])
    expect(result).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/probability 1\.5 for red, outside 0 to 1/) as string,
    })
  })
})
