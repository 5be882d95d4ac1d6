/** Description of an ONNX graph, and its encoding as a model file (opset 17, IR 8). */
import onnxProto from 'onnx-proto'

export const ONNX_OPSET = 17
/** IR 8 belongs to opset 17 (ONNX 1.12); newer readers accept it. */
const ONNX_IR_VERSION = 8

export type Attribute = { int: number } | { ints: readonly number[] } | { float: number }

export interface OnnxNode {
  op: string
  inputs: string[]
  output: string
  attributes: Record<string, Attribute>
}

export interface Initializer {
  name: string
  shape: readonly number[]
  /** BigInt64Array for shapes, paddings and axes; integers of other types in quantized models. */
  data: Float32Array | BigInt64Array | Int8Array | Uint8Array | Int32Array
}

/** The batch axis is the text `N`. */
export interface Port {
  name: string
  dtype: 'uint8' | 'float32'
  shape: readonly (number | 'N')[]
}

export interface OnnxGraph {
  name: string
  nodes: readonly OnnxNode[]
  initializers: readonly Initializer[]
  inputs: readonly Port[]
  outputs: readonly Port[]
}

const { onnx } = onnxProto
const DATA_TYPE = onnx.TensorProto.DataType
const ATTRIBUTE_TYPE = onnx.AttributeProto.AttributeType

/** Deterministic. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const message = {
    irVersion: ONNX_IR_VERSION,
    opsetImport: [{ domain: '', version: ONNX_OPSET }],
    producerName: 'switchyard',
    graph: {
      name: graph.name,
      node: graph.nodes.map((node) => ({
        name: node.output,
        opType: node.op,
        input: node.inputs,
        output: [node.output],
        attribute: Object.entries(node.attributes).map(([name, value]) =>
          encodeAttribute(name, value),
        ),
      })),
      initializer: graph.initializers.map(encodeInitializer),
      input: graph.inputs.map(encodePort),
      output: graph.outputs.map(encodePort),
    },
  }
  return onnx.ModelProto.encode(message).finish()
}

function encodeAttribute(name: string, value: Attribute) {
  if ('int' in value) return { name, type: ATTRIBUTE_TYPE.INT, i: value.int }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.FLOAT, f: value.float }
  return { name, type: ATTRIBUTE_TYPE.INTS, ints: [...value.ints] }
}

function encodeInitializer({ name, shape, data }: Initializer) {
  return {
    name,
    dims: [...shape],
    dataType: dataTypeOf(data),
    // ONNX is little-endian, like all machines supported by onnxruntime-node.
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

function dataTypeOf(data: Initializer['data']): number {
  if (data instanceof Float32Array) return DATA_TYPE.FLOAT
  if (data instanceof Int8Array) return DATA_TYPE.INT8
  if (data instanceof Uint8Array) return DATA_TYPE.UINT8
  return data instanceof Int32Array ? DATA_TYPE.INT32 : DATA_TYPE.INT64
}

function encodePort({ name, dtype, shape }: Port) {
  return {
    name,
    type: {
      tensorType: {
        elemType: dtype === 'uint8' ? DATA_TYPE.UINT8 : DATA_TYPE.FLOAT,
        shape: {
          dim: shape.map((size) => (size === 'N' ? { dimParam: 'N' } : { dimValue: size })),
        },
      },
    },
  }
}
