/**
 * Static INT8 quantization in ONNX's QDQ form: int8 weights with a scale per output channel, uint8 activations with the
 * ranges of calibrate.ts, int32 biases. onnxruntime fuses it into integer kernels.
 */
import type { Initializer, OnnxGraph, OnnxNode } from './onnx_model.ts'

/** Of a tensor on the calibration pictures. */
export interface Range {
  min: number
  max: number
}

/** Float tensors with ranges that quantization needs, in graph order. */
export function tensorsToCalibrate(graph: OnnxGraph): string[] {
  const chosen = quantisedTensors(new GraphView(graph))
  return graph.nodes.map(({ output }) => output).filter((name) => chosen.has(name))
}

export function quantiseGraph(graph: OnnxGraph, ranges: ReadonlyMap<string, Range>): OnnxGraph {
  const view = new GraphView(graph)
  const chosen = quantisedTensors(view)
  const parameters = activationParameters(graph, chosen, ranges)
  const writer = new QdqWriter(view)
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (chosen.has(name) ? dequantised(name) : name))
    const input = parameters.get(node.inputs[0] ?? '')
    const channelAxis = CHANNEL_AXIS[node.op]
    if (input && channelAxis !== undefined && view.initializers.has(node.inputs[1] ?? '')) {
      writer.quantiseWeights(node, inputs, channelAxis, input.scale)
    }
    writer.nodes.push({ ...node, inputs })
    const output = parameters.get(node.output)
    if (output) writer.quantiseActivation(node.output, output)
  }
  return { ...graph, nodes: writer.nodes, initializers: writer.keptInitializers() }
}

/** `real = scale * (stored - zeroPoint)`, stored in 0..255. Zero is exact, since padding uses it. */
export function activationScale({ min, max }: Range): { scale: number; zeroPoint: number } {
  const [low, high] = [Math.min(0, min), Math.max(0, max)]
  const scale = high === low ? 1 : roundedUp((high - low) / 255)
  return { scale, zeroPoint: Math.round(Math.abs(low) / scale) }
}

/**
 * int8 weights in -63..63 and their scale per channel. `biasUnit[c] * scale[c]` is the unit of an int32 bias: the scale
 * of a channel with tiny weights is raised until its bias fits.
 */
export function quantiseChannels(
  weights: Float32Array,
  shape: readonly number[],
  axis: number,
  bias: { values: ArrayLike<number>; inputScale: number } | null,
): { values: Int8Array; scales: Float32Array } {
  const channels = shape[axis] ?? 1
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const channelOf = (place: number) => Math.floor(place / inner) % channels
  const largest = new Float64Array(channels)
  for (const [place, weight] of weights.entries()) {
    const channel = channelOf(place)
    largest[channel] = Math.max(largest[channel] ?? 0, Math.abs(weight))
  }
  const scales = Float32Array.from(largest, (value, channel) => {
    const needed = bias ? Math.abs(bias.values[channel] ?? 0) / bias.inputScale / BIAS_MAX : 0
    return Math.max(value / WEIGHT_MAX, needed) || 1
  })
  const values = Int8Array.from(weights, (weight, place) =>
    Math.round(weight / (scales[channelOf(place)] ?? 1)),
  )
  return { values, scales }
}

/**
 * Less than int8's 127: x86 processors without VNNI add two products of uint8 and int8 with 16-bit saturation. With
 * 127, mini_xception agreed with float32 on 39 of 55 crops; 2 * 255 * 63 fits.
 */
const WEIGHT_MAX = 63

/** Axis of the output channels in int8 weights. */
const CHANNEL_AXIS: Partial<Record<string, number>> = { Conv: 0, Gemm: 1 }
/** Operators with integer kernels in onnxruntime, or that only move values. */
const INTEGER_OPS = new Set(['Conv', 'Gemm', 'Add', 'MaxPool', 'AveragePool'])
/** Fused into the rounding of the next tensor. */
const CLAMPS = new Set(['Relu', 'Clip'])
/** Half of the int32 range, which leaves room for the sum of products. */
const BIAS_MAX = 2 ** 30

const dequantised = (name: string) => `${name}_dequantised`

/** Producer and consumers of each tensor. */
class GraphView {
  readonly graph: OnnxGraph
  readonly initializers: ReadonlyMap<string, Initializer>
  readonly consumers = new Map<string, OnnxNode[]>()

  constructor(graph: OnnxGraph) {
    this.graph = graph
    this.initializers = new Map(graph.initializers.map((one) => [one.name, one]))
    for (const node of graph.nodes) {
      for (const name of node.inputs) {
        this.consumers.set(name, [...(this.consumers.get(name) ?? []), node])
      }
    }
  }

  /** Reads only initializers besides its activations: an Add of two layers, not of a constant. */
  isInteger(node: OnnxNode): boolean {
    if (!INTEGER_OPS.has(node.op)) return false
    const isConstant = (name: string | undefined) =>
      name !== undefined && this.initializers.has(name)
    if (node.op === 'Add') return !node.inputs.some(isConstant)
    return node.op in CHANNEL_AXIS ? isConstant(node.inputs[1]) : true
  }
}

function quantisedTensors(view: GraphView): Set<string> {
  const { graph, consumers } = view
  const chosen = new Set<string>()
  const integers = graph.nodes.filter((node) => view.isInteger(node))
  for (const node of integers) {
    for (const name of node.op === 'Add' ? node.inputs : node.inputs.slice(0, 1)) chosen.add(name)
    // The last dense layer's sums stay float for the Softmax.
    if (node.op !== 'Gemm') chosen.add(node.output)
  }
  for (const node of graph.nodes) {
    if (CLAMPS.has(node.op) && chosen.has(node.inputs[0] ?? '')) chosen.add(node.output)
  }
  for (const name of chosen) {
    const [reader, ...others] = consumers.get(name) ?? []
    if (reader && others.length === 0 && CLAMPS.has(reader.op)) chosen.delete(name)
  }
  return chosen
}

function activationParameters(
  graph: OnnxGraph,
  chosen: ReadonlySet<string>,
  ranges: ReadonlyMap<string, Range>,
): Map<string, { scale: number; zeroPoint: number }> {
  const parameters = new Map<string, { scale: number; zeroPoint: number }>()
  for (const { op, inputs, output } of graph.nodes) {
    if (!chosen.has(output)) continue
    const range = ranges.get(output)
    if (!range) throw new Error(`${graph.name}: no range of "${output}" was calibrated`)
    // An integer pool selects values and keeps their scale.
    const same = op === 'MaxPool' ? parameters.get(inputs[0] ?? '') : undefined
    parameters.set(output, same ?? activationScale(range))
  }
  return parameters
}

class QdqWriter {
  readonly nodes: OnnxNode[] = []
  private readonly view: GraphView
  private readonly added: Initializer[] = []

  constructor(view: GraphView) {
    this.view = view
  }

  quantiseActivation(name: string, { scale, zeroPoint }: { scale: number; zeroPoint: number }) {
    const parameters = [
      this.constant(`${name}_scale`, [], Float32Array.of(scale)),
      this.constant(`${name}_zero`, [], Uint8Array.of(zeroPoint)),
    ]
    const stored = `${name}_quantised`
    this.emit('QuantizeLinear', [name, ...parameters], stored)
    this.emit('DequantizeLinear', [stored, ...parameters], dequantised(name))
  }

  /** Replaces the weights and the bias in `inputs` by integers. Names are the node's own, since weights may be shared. */
  quantiseWeights(node: OnnxNode, inputs: string[], axis: number, inputScale: number): void {
    const weights = this.floatsOf(node.inputs[1])
    const bias = node.inputs[2] === undefined ? null : this.floatsOf(node.inputs[2])
    const { values, scales } = quantiseChannels(
      weights.data,
      weights.shape,
      axis,
      bias && { values: bias.data, inputScale },
    )
    const base = node.output
    inputs[1] = this.stored(`${base}_weights`, weights.shape, values, scales, axis)
    if (!bias) return
    const units = scales.map((scale) => scale * inputScale)
    const integers = Int32Array.from(bias.data, (value, at) => Math.round(value / (units[at] ?? 1)))
    inputs[2] = this.stored(`${base}_bias`, bias.shape, integers, units, 0)
  }

  keptInitializers(): Initializer[] {
    const read = new Set(this.nodes.flatMap(({ inputs }) => inputs))
    return [...this.view.graph.initializers.filter(({ name }) => read.has(name)), ...this.added]
  }

  private stored(
    name: string,
    shape: readonly number[],
    values: Int8Array | Int32Array,
    scales: Float32Array,
    axis: number,
  ): string {
    const parameters = [
      this.constant(name, shape, values),
      this.constant(`${name}_scale`, [scales.length], scales),
    ]
    this.emit('DequantizeLinear', parameters, dequantised(name), { axis: { int: axis } })
    return dequantised(name)
  }

  private constant(name: string, shape: readonly number[], data: Initializer['data']): string {
    this.added.push({ name, shape, data })
    return name
  }

  private emit(
    op: string,
    inputs: string[],
    output: string,
    attributes: OnnxNode['attributes'] = {},
  ): void {
    this.nodes.push({ op, inputs, output, attributes })
  }

  private floatsOf(name: string | undefined): { data: Float32Array; shape: readonly number[] } {
    const found = this.view.initializers.get(name ?? '')
    if (!(found?.data instanceof Float32Array))
      throw new Error(`"${name}" holds no float32 weights`)
    return { data: found.data, shape: found.shape }
  }
}

/** Rounds up to eleven bits: machines differ in the last bits of a range, and this keeps their files equal. */
function roundedUp(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 10)
  return Math.ceil(value / unit) * unit
}
