/** For tests: ONNX files small enough to write by hand. */
import onnxProto from 'onnx-proto'

const { onnx } = onnxProto
const { FLOAT, UINT8 } = onnx.TensorProto.DataType

const port = (name: string, shape: (number | string)[], elemType: number = FLOAT) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: {
        dim: shape.map((size) =>
          typeof size === 'number' ? { dimValue: size } : { dimParam: size },
        ),
      },
    },
  },
})

const encoded = (graph: NonNullable<Parameters<typeof onnx.GraphProto.create>[0]>): Uint8Array =>
  onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph,
  }).finish()

/**
 * A model that answers the mean of each colour channel: input `x` [batch, 3, side, side], output `means` [batch, 3].
 * `batch` is an open axis when it is a text. `negated` turns the sign of the answer.
 */
export function colourMeansModel(
  side: number,
  batch: number | string = 'N',
  sign: 'plain' | 'negated' = 'plain',
): Uint8Array {
  return encoded({
    name: 'colour_means',
    node: [
      { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
      { opType: 'Flatten', input: ['pooled'], output: ['flat'] },
      { opType: sign === 'negated' ? 'Neg' : 'Identity', input: ['flat'], output: ['means'] },
    ],
    input: [port('x', [batch, 3, side, side])],
    output: [port('means', [batch, 3])],
  })
}

/** The same for bytes: input `x` is uint8 [batch, side, side, 3], and `means` are those of the bytes, 0 to 255. */
export function byteMeansModel(side: number): Uint8Array {
  return encoded({
    name: 'byte_means',
    node: [
      { opType: 'Cast', input: ['x'], output: ['float'], attribute: [castTo(FLOAT)] },
      { opType: 'ReduceMean', input: ['float'], output: ['means'], attribute: MIDDLE_AXES },
    ],
    input: [port('x', ['N', side, side, 3], UINT8)],
    output: [port('means', ['N', 3])],
  })
}

const { INT, INTS } = onnx.AttributeProto.AttributeType
const castTo = (type: number) => ({ name: 'to', type: INT, i: type })
const MIDDLE_AXES = [
  { name: 'axes', type: INTS, ints: [1, 2] },
  { name: 'keepdims', type: INT, i: 0 },
]

/**
 * A convolution with fixed weights: input `x` [batch, 3, side, side], output `y` [batch, 8, side, side]. With a `Hardmax`
 * behind it when asked: an operator that onnxruntime's WebGPU provider does not have.
 */
export function convolutionModel(side: number, { withHardmax = false } = {}): Uint8Array {
  const weights = Float32Array.from({ length: 8 * 3 * 9 }, (_, place) => Math.sin(place) / 9)
  const last = withHardmax ? 'relu' : 'y'
  return encoded({
    name: 'convolution',
    node: [
      {
        name: 'conv',
        opType: 'Conv',
        input: ['x', 'weights'],
        output: ['conv'],
        attribute: [
          { name: 'pads', type: onnx.AttributeProto.AttributeType.INTS, ints: [1, 1, 1, 1] },
        ],
      },
      { name: 'sigmoid', opType: 'Sigmoid', input: ['conv'], output: [last] },
      ...(withHardmax ? [{ name: 'choose', opType: 'Hardmax', input: [last], output: ['y'] }] : []),
    ],
    initializer: [
      {
        name: 'weights',
        dims: [8, 3, 3, 3],
        dataType: FLOAT,
        rawData: new Uint8Array(weights.buffer),
      },
    ],
    input: [port('x', ['N', 3, side, side])],
    output: [port('y', ['N', 8, side, side])],
  })
}
