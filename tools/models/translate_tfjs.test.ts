/** Tiny hand-made graphs, translated and run: one per rule that a real model could hide. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { LayerBuilder } from './layers.ts'
import { encodeModel } from './onnx_model.ts'
import { TfjsNode } from './tfjs_graph.ts'
import { translateTfjs } from './translate_tfjs.ts'
import type { WeightTensor } from './weights.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const slide = (strides: number[], padding: string) => ({
  strides: { list: { i: strides } },
  padding: { s: base64(padding) },
  data_format: { s: base64('NHWC') },
})

/** Runs `node` (named "out") on one 4x4 picture whose channels are `pixel`, `pixel + 100`, `pixel + 200`. */
async function run(
  node: Omit<ConstructorParameters<typeof TfjsNode>[0], 'name'>,
  constants: Record<string, WeightTensor>,
  batch = 1,
): Promise<{ shape: readonly number[]; values: number[] }> {
  const layers = new LayerBuilder()
  const image = layers.image('image', 4)
  const nodes = [
    // Out of order on purpose.
    new TfjsNode({ name: 'out', ...node }),
    new TfjsNode({ name: 'x', op: 'Placeholder' }),
    ...Object.keys(constants).map((name) => new TfjsNode({ name, op: 'Const' })),
  ]
  const weights = new Map(Object.entries(constants))
  const out = translateTfjs(nodes, weights, layers, image, ['out']).get('out')
  if (!out) throw new Error('the translation gave no output')
  layers.output('y', out)
  const session = await InferenceSession.create(encodeModel(layers.graph('test')))
  const picture = Array.from({ length: 16 }, (_, pixel) => [pixel, pixel + 100, pixel + 200]).flat()
  const data = Uint8Array.from(Array.from({ length: batch }, () => picture).flat())
  const { y } = await session.run({ image: new Tensor('uint8', data, [batch, 4, 4, 3]) })
  await session.release()
  return { shape: y?.dims ?? [], values: [...(y?.data as Float32Array)] }
}

const floats = (shape: number[], values: number[]): WeightTensor => ({
  shape,
  data: Float32Array.from(values),
})
const integers = (values: number[]): WeightTensor => ({
  shape: [values.length],
  data: Int32Array.from(values),
})

describe('translateTfjs', () => {
  test('a reshape reads the values in NHWC order', async () => {
    const { shape, values } = await run(
      { op: 'Reshape', input: ['x', 'shape'] },
      { shape: integers([1, 16, 3]) },
      2,
    )
    expect(shape).toEqual([2, 16, 3])
    expect(values.slice(0, 6)).toEqual([0, 100, 200, 1, 101, 201])
  })

  test('an output of rank 4 is NHWC again', async () => {
    const { shape, values } = await run({ op: 'Relu', input: ['x:0', '^x'] }, {})
    expect(shape).toEqual([1, 4, 4, 3])
    expect(values.slice(0, 4)).toEqual([0, 100, 200, 1])
  })

  test('SAME at stride 2 pads the bottom and right only', async () => {
    // A 3x3 kernel of ones over channel 0: the first window starts at the first pixel.
    const kernel = Array.from({ length: 27 }, (_, index) => (index % 3 === 0 ? 1 : 0))
    const { values } = await run(
      {
        op: '_FusedConv2D',
        input: ['x', 'kernel', 'bias'],
        attr: {
          ...slide([1, 2, 2, 1], 'SAME'),
          fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu')] } },
        },
      },
      { kernel: floats([3, 3, 3, 1], kernel), bias: floats([1], [0.5]) },
    )
    expect(values).toEqual([45.5, 39.5, 66.5, 50.5])
  })

  test('a fused Prelu scales negative sums only', async () => {
    const { values } = await run(
      {
        op: '_FusedConv2D',
        input: ['x', 'kernel', 'bias', 'alpha'],
        attr: {
          ...slide([1, 4, 4, 1], 'VALID'),
          fused_ops: { list: { s: [base64('BiasAdd'), base64('Prelu')] } },
        },
      },
      {
        kernel: floats([1, 1, 3, 2], [0, 0, 1, -1, 0, 0]),
        bias: floats([2], [0, 0]),
        alpha: floats([1, 1, 2], [0.5, 0.25]),
      },
    )
    expect(values).toEqual([100, -25])
  })

  test('a depthwise convolution keeps its channels apart', async () => {
    const { values } = await run(
      {
        op: 'DepthwiseConv2dNative',
        input: ['x', 'kernel'],
        attr: slide([1, 4, 4, 1], 'VALID'),
      },
      { kernel: floats([1, 1, 3, 1], [1, 2, 3]) },
    )
    expect(values).toEqual([0, 200, 600])
  })

  test('channel padding and concatenation count axes as in NHWC', async () => {
    const padded = await run(
      { op: 'Pad', input: ['x', 'paddings'] },
      { paddings: integers([0, 0, 0, 0, 0, 0, 0, 2]) },
    )
    expect(padded.shape).toEqual([1, 4, 4, 5])
    expect(padded.values.slice(0, 6)).toEqual([0, 100, 200, 0, 0, 1])
    const joined = await run({ op: 'ConcatV2', input: ['x', 'x', 'axis'] }, { axis: integers([3]) })
    expect(joined.shape).toEqual([1, 4, 4, 6])
    expect(joined.values.slice(0, 6)).toEqual([0, 100, 200, 0, 100, 200])
  })

  test('a mean runs over height and width', async () => {
    const { values } = await run({ op: 'Mean', input: ['x', 'axes'] }, { axes: integers([1, 2]) })
    expect(values).toEqual([7.5, 107.5, 207.5])
  })

  test('an unknown operation is named together with the remedy', async () => {
    await expect(run({ op: 'Einsum', input: ['x'] }, {})).rejects.toThrow(
      'operation Einsum ("out") has no translation; add a row to OPERATIONS',
    )
  })

  test('a graph that runs in a circle is refused', async () => {
    await expect(run({ op: 'AddV2', input: ['x', 'out'] }, {})).rejects.toThrow('in a circle')
  })
})
