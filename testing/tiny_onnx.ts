/** For tests: ONNX files small enough to write by hand. */
import onnxProto from 'onnx-proto'

const { onnx } = onnxProto
const FLOAT = onnx.TensorProto.DataType.FLOAT

const port = (name: string, shape: (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: {
        dim: shape.map((size) =>
          typeof size === 'number' ? { dimValue: size } : { dimParam: size },
        ),
      },
    },
  },
})

/**
 * A model that answers the mean of each colour channel: input `x` [batch, 3, side, side], output `means` [batch, 3].
 * `batch` is an open axis when it is a text. `negated` turns the sign of the answer.
 */
export function colourMeansModel(
  side: number,
  batch: number | string = 'N',
  sign: 'plain' | 'negated' = 'plain',
): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'colour_means',
      node: [
        { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
        { opType: 'Flatten', input: ['pooled'], output: ['flat'] },
        { opType: sign === 'negated' ? 'Neg' : 'Identity', input: ['flat'], output: ['means'] },
      ],
      input: [port('x', [batch, 3, side, side])],
      output: [port('means', [batch, 3])],
    },
  }).finish()
}
