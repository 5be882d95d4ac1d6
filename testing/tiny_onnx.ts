/** For tests: tiny ONNX files. */
import onnxProto from 'onnx-proto'

const { onnx } = onnxProto
const { FLOAT, UINT8 } = onnx.TensorProto.DataType
const { INT, INTS } = onnx.AttributeProto.AttributeType

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

type GraphFields = NonNullable<Parameters<typeof onnx.GraphProto.create>[0]>
export type TinyNode = NonNullable<Parameters<typeof onnx.NodeProto.create>[0]>

export interface TinyGraph {
  nodes: TinyNode[]
  /** Default: `x` [N, 3, 8, 8] of float32. */
  input?: (number | string)[]
  /** Shapes by name. */
  outputs: Record<string, (number | string)[]>
  /** Element type of the outputs, by onnx.proto3's number. Default: float32. */
  outputType?: number
  /** float32 weights by name. With `external`, they are stored consecutively in that file. */
  weights?: Record<string, { shape: number[]; values: Float32Array }>
  external?: string
  metadata?: Record<string, string>
  opset?: number
  irVersion?: number
  /** Of an operator set that onnxruntime lacks. */
  domain?: string
}

/** `data` is the content of the file `external`. */
export function tinyModel(graph: TinyGraph): { model: Uint8Array; data: Uint8Array } {
  const { nodes, input = ['N', 3, 8, 8], outputs, weights = {}, external, metadata = {} } = graph
  let offset = 0
  const parts: Uint8Array[] = []
  const initializer = Object.entries(weights).map(([name, { shape, values }]) => {
    const bytes = new Uint8Array(values.buffer)
    const tensor = { name, dims: shape, dataType: FLOAT }
    if (external === undefined) return { ...tensor, rawData: bytes }
    const place = { location: external, offset: String(offset), length: String(bytes.length) }
    offset += bytes.length
    parts.push(bytes)
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value }))
    return { ...tensor, dataLocation: onnx.TensorProto.DataLocation.EXTERNAL, externalData }
  })
  const model = onnx.ModelProto.encode({
    irVersion: graph.irVersion ?? 8,
    opsetImport: [
      { domain: '', version: graph.opset ?? 17 },
      ...(graph.domain === undefined ? [] : [{ domain: graph.domain, version: 1 }]),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'tiny',
      node: nodes,
      initializer,
      input: [port('x', input)],
      output: Object.entries(outputs).map(([name, shape]) => port(name, shape, graph.outputType)),
    },
  }).finish()
  return { model, data: Buffer.concat(parts) }
}

/** The mean of each colour as `means` [N, 3]; further nodes compute the outputs. */
export const MEANS_NODES: TinyNode[] = [
  { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
  { opType: 'Flatten', input: ['pooled'], output: ['means'] },
]

/** Integer attributes of nodes. */
export const ints = (name: string, values: number[]) => ({ name, type: INTS, ints: values })
export const int = (name: string, value: number) => ({ name, type: INT, i: value })

const encoded = (graph: GraphFields): Uint8Array =>
  onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph,
  }).finish()

const ONE = { name: 'one', dims: [1], dataType: FLOAT, floatData: [1] }

/**
 * Returns the mean of each colour channel: input `x` [batch, 3, side, side], output `means` [batch, 3]. A text as
 * `batch` is an open axis. `inverted` returns 1 minus the mean.
 */
export function colourMeansModel(
  side: number,
  batch: number | string = 'N',
  answer: 'plain' | 'inverted' = 'plain',
): Uint8Array {
  return encoded({
    name: 'colour_means',
    node: [
      { opType: 'GlobalAveragePool', input: ['x'], output: ['pooled'] },
      { opType: 'Flatten', input: ['pooled'], output: ['flat'] },
      answer === 'inverted'
        ? { opType: 'Sub', input: ['one', 'flat'], output: ['means'] }
        : { opType: 'Identity', input: ['flat'], output: ['means'] },
    ],
    initializer: answer === 'inverted' ? [ONE] : [],
    input: [port('x', [batch, 3, side, side])],
    output: [port('means', [batch, 3])],
  })
}

/** The same for bytes: input `x` is uint8 [batch, side, side, 3], and `means` are 0 to 255. */
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

const castTo = (type: number) => ({ name: 'to', type: INT, i: type })
const MIDDLE_AXES = [
  { name: 'axes', type: INTS, ints: [1, 2] },
  { name: 'keepdims', type: INT, i: 0 },
]

/**
 * A convolution with fixed weights: input `x` [batch, 3, side, side], output `y` [batch, 8, side, side]. Optionally
 * followed by `Hardmax`, which onnxruntime's WebGPU provider lacks.
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
