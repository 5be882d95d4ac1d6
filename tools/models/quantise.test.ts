import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { calibrate } from './calibrate.ts'
import { encodeModel, type OnnxGraph } from './onnx_model.ts'
import { activationScale, quantiseChannels, quantiseGraph, tensorsToCalibrate } from './quantise.ts'

describe('activationScale', () => {
  test.each([
    ['a range from zero', { min: 0, max: 255 }, { scale: 1, zeroPoint: 0 }],
    ['a range that leaves zero out', { min: 51, max: 255 }, { scale: 1, zeroPoint: 0 }],
    ['a range around zero', { min: -51, max: 204 }, { scale: 1, zeroPoint: 51 }],
    ['a tensor of zeros', { min: 0, max: 0 }, { scale: 1, zeroPoint: 0 }],
  ])('%s', (_, range, expected) => {
    expect(activationScale(range)).toEqual(expected)
  })

  test('the last bits of a range change nothing, and its end stays inside', () => {
    const { scale } = activationScale({ min: 0, max: 3.3333 })
    expect(activationScale({ min: 0, max: 3.3333 * (1 + 1e-7) }).scale).toBe(scale)
    expect(scale * 255).toBeGreaterThanOrEqual(3.3333)
    expect(scale * 255).toBeLessThan(3.3333 * 1.001)
  })
})

describe('quantiseChannels', () => {
  test('each output channel fills the range by itself', () => {
    const weights = Float32Array.of(1, -0.4, 0.01, 0.004)
    const { values, scales } = quantiseChannels(weights, [2, 2], 0, null)
    expect([...values]).toEqual([63, -25, 63, 25])
    expect(scales[0]).toBeCloseTo(1 / 63)
    expect(scales[1]).toBeCloseTo(0.01 / 63)
  })

  test('the channels of a dense layer are its columns', () => {
    const { values } = quantiseChannels(Float32Array.of(1, 10, -1, 4), [2, 2], 1, null)
    expect([...values]).toEqual([63, 63, -63, 25])
  })

  test('a channel of hardly any weight keeps its bias, one of none is harmless', () => {
    const bias = { values: [4, 0], inputScale: 1e-3 }
    const { scales } = quantiseChannels(Float32Array.of(1e-12, 0), [2, 1], 0, bias)
    expect(4 / (bias.inputScale * (scales[0] ?? 0))).toBeLessThan(2 ** 31)
    expect(scales[1]).toBe(1)
  })
})

/** Two of two channels of a 4x4 picture: convolution, clamp, a sum with the convolution's input, pool. */
const GRAPH: OnnxGraph = {
  name: 'hand_made',
  inputs: [{ name: 'image', dtype: 'uint8', shape: ['N', 2, 4, 4] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 2, 2, 2] }],
  nodes: [
    { op: 'Cast', inputs: ['image'], output: 'pixels', attributes: { to: { int: 1 } } },
    {
      op: 'Conv',
      inputs: ['pixels', 'kernel', 'bias'],
      output: 'conv',
      attributes: { pads: { ints: [1, 1, 1, 1] } },
    },
    { op: 'Relu', inputs: ['conv'], output: 'relu', attributes: {} },
    { op: 'Add', inputs: ['relu', 'pixels'], output: 'sum', attributes: {} },
    {
      op: 'MaxPool',
      inputs: ['sum'],
      output: 'pooled',
      attributes: { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } },
    },
    { op: 'Identity', inputs: ['pooled'], output: 'y', attributes: {} },
  ],
  initializers: [
    {
      name: 'kernel',
      shape: [2, 2, 3, 3],
      data: Float32Array.from({ length: 36 }, (_, at) => Math.sin(at) * (at < 18 ? 1 : 0.01)),
    },
    { name: 'bias', shape: [2], data: Float32Array.of(20, -1) },
  ],
}
const PICTURES = [1, 2, 3].map((seed) =>
  Uint8Array.from({ length: 32 }, (_, at) => Math.round(127.5 + 127.5 * Math.sin(at * seed))),
)

async function answersOf(graph: OnnxGraph): Promise<number[][]> {
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 })
  const answers: number[][] = []
  for (const picture of PICTURES) {
    const { y } = await session.run({ image: new Tensor('uint8', picture, [1, 2, 4, 4]) })
    answers.push([...(y?.data as Float32Array)])
  }
  await session.release()
  return answers
}

describe('quantiseGraph', () => {
  test('asks for the tensors between layers, not for one that a clamp follows', () => {
    expect(tensorsToCalibrate(GRAPH)).toEqual(['pixels', 'relu', 'sum', 'pooled'])
  })

  test('a tensor without a range is named', () => {
    expect(() => quantiseGraph(GRAPH, new Map())).toThrow(
      'hand_made: no range of "pixels" was calibrated',
    )
  })

  test('writes int8 weights and int32 biases, and drops the float ones', async () => {
    const { initializers } = quantiseGraph(GRAPH, await calibrate(GRAPH, PICTURES))
    const kinds = new Map(initializers.map(({ name, data }) => [name, data.constructor.name]))
    expect(kinds.get('conv_weights')).toBe('Int8Array')
    expect(kinds.get('conv_bias')).toBe('Int32Array')
    expect(kinds.has('kernel') || kinds.has('bias')).toBe(false)
  })

  test('a pool keeps the scale of its input', async () => {
    const { initializers } = quantiseGraph(GRAPH, await calibrate(GRAPH, PICTURES))
    const scaleOf = (tensor: string) =>
      initializers.find(({ name }) => name === `${tensor}_scale`)?.data[0]
    expect(scaleOf('pooled')).toBe(scaleOf('sum'))
  })

  test('answers like the float graph, within the steps of its scales', async () => {
    const quantised = quantiseGraph(GRAPH, await calibrate(GRAPH, PICTURES))
    const [exact, rounded] = [await answersOf(GRAPH), await answersOf(quantised)]
    const largest = Math.max(...exact.flat())
    for (const [index, expected] of exact.flat().entries()) {
      // A step of 1/255 in each of the three tensors, and as much again for the weights.
      expect(Math.abs((rounded.flat()[index] ?? NaN) - expected)).toBeLessThan(largest * 0.02)
    }
  })

  test('equal ranges give equal bytes', async () => {
    const make = async () => encodeModel(quantiseGraph(GRAPH, await calibrate(GRAPH, PICTURES)))
    expect(await make()).toEqual(await make())
  })
})
