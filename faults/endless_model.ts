/** An ONNX model that never returns for a bright picture: a hanging model thread. */
import onnxProto from 'onnx-proto'

const { onnx } = onnxProto
const { FLOAT, BOOL } = onnx.TensorProto.DataType

const value = (name: string, elemType: number, shape: number[]) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
})

/**
 * Input `x` [1, 3, side, side] in [0, 1], output `means` [1, 3]. An ONNX `Loop` without a maximum trip count runs
 * while the smallest value is above 0.5 (https://onnx.ai/onnx/operators/onnx__Loop.html). No warm-up picture is as
 * bright.
 */
export function endlessModel(side: number): Uint8Array {
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'endless',
      initializer: [{ name: 'half', dims: [], dataType: FLOAT, floatData: [0.5] }],
      node: [
        {
          opType: 'ReduceMin',
          input: ['x'],
          output: ['smallest'],
          attribute: [{ name: 'keepdims', type: onnx.AttributeProto.AttributeType.INT, i: 0 }],
        },
        { opType: 'Greater', input: ['smallest', 'half'], output: ['isBright'] },
        { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
        { opType: 'Flatten', input: ['pooled'], output: ['flat'] },
        {
          opType: 'Loop',
          input: ['', 'isBright', 'flat'],
          output: ['means'],
          attribute: [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: TURN }],
        },
      ],
      input: [value('x', FLOAT, [1, 3, side, side])],
      output: [value('means', FLOAT, [1, 3])],
    },
  }).finish()
}

/** One loop iteration: changes nothing and continues. */
const TURN = {
  name: 'turn',
  input: [
    value('turn', onnx.TensorProto.DataType.INT64, []),
    value('goesOn', BOOL, []),
    value('kept', FLOAT, [1, 3]),
  ],
  output: [value('goesOnStill', BOOL, []), value('keptStill', FLOAT, [1, 3])],
  node: [
    { opType: 'Identity', input: ['goesOn'], output: ['goesOnStill'] },
    { opType: 'Identity', input: ['kept'], output: ['keptStill'] },
  ],
}
