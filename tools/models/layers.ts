/**
 * Builds an ONNX graph layer by layer. The interface is TensorFlow's (NHWC shapes, HWIO kernels); internally, tensors
 * of rank 4 are NCHW. The batch axis is open, written as -1.
 */
import type { Attribute, Initializer, OnnxGraph, OnnxNode, Port } from './onnx_model.ts'
import {
  depthwiseKernelToOihw,
  kernelToOihw,
  NCHW_AXIS_OF_NHWC,
  padAxis,
  type Padding,
} from './shapes.ts'
import type { WeightTensor } from './weights.ts'

/** `shape` is NHWC for rank 4 and starts with the open batch axis -1. */
export interface Value {
  name: string
  shape: readonly number[]
}

export interface Window {
  /** Height and width. */
  size: readonly [number, number]
  strides: readonly [number, number]
  padding: Padding
}

export class LayerBuilder {
  private readonly nodes: OnnxNode[] = []
  private readonly initializers: Initializer[] = []
  private readonly inputs: Port[] = []
  private readonly outputs: Port[] = []

  /** A picture `[N, size, size, 3]`, RGB in 0..255, as float32. */
  image(name: string, size: number): Value {
    this.inputs.push({ name, dtype: 'uint8', shape: ['N', size, size, 3] })
    // Transposed as uint8: a quarter of the bytes of float32.
    const shape = [-1, size, size, 3]
    const moved = this.emit('Transpose', [name], shape, { perm: { ints: [0, 3, 1, 2] } })
    return this.emit('Cast', [moved.name], shape, { to: { int: CAST_TO_FLOAT } })
  }

  output(name: string, value: Value): void {
    const flat = this.toSourceLayout(value)
    this.nodes.push({ op: 'Identity', inputs: [flat.name], output: name, attributes: {} })
    this.outputs.push({
      name,
      dtype: 'float32',
      shape: value.shape.map((size, axis) => (axis === 0 ? 'N' : size)),
    })
  }

  graph(name: string): OnnxGraph {
    const { nodes, initializers, inputs, outputs } = this
    return { name, nodes, initializers, inputs, outputs }
  }

  /** `x * scale + offset` with one value per channel. */
  scaleChannels(x: Value, scale: readonly number[], offset: readonly number[]): Value {
    const channels = (values: readonly number[]) => this.floats(values, [values.length, 1, 1])
    const scaled = this.emit('Mul', [x.name, channels(scale)], x.shape)
    return this.emit('Add', [scaled.name, channels(offset)], x.shape)
  }

  conv2d(
    x: Value,
    kernel: WeightTensor,
    bias: WeightTensor | null,
    strides: Window['strides'],
    padding: Padding,
  ): Value {
    const [height = 1, width = 1, channelsIn = 1, channelsOut = 1] = kernel.shape
    requireEqual(channelsOf(x), channelsIn, 'input channels of a convolution')
    const weights = kernelToOihw(floatsOf(kernel), kernel.shape)
    const window: Window = { size: [height, width], strides, padding }
    const inputs = [x.name, this.floats(weights, [channelsOut, channelsIn, height, width])]
    if (bias) inputs.push(this.floats(floatsOf(bias), bias.shape))
    return this.slide('Conv', inputs, x, channelsOut, window)
  }

  /** Each channel by itself with `M` kernels: [H, W, C, M]. */
  depthwiseConv2d(
    x: Value,
    kernel: WeightTensor,
    strides: Window['strides'],
    padding: Padding,
  ): Value {
    const [height = 1, width = 1, channels = 1, multiplier = 1] = kernel.shape
    requireEqual(channelsOf(x), channels, 'input channels of a depthwise convolution')
    const weights = depthwiseKernelToOihw(floatsOf(kernel), kernel.shape)
    const window: Window = { size: [height, width], strides, padding }
    const inputs = [x.name, this.floats(weights, [channels * multiplier, 1, height, width])]
    return this.slide('Conv', inputs, x, channels * multiplier, window, {
      group: { int: channels },
    })
  }

  maxPool(x: Value, window: Window): Value {
    const pooled = this.slide('MaxPool', [x.name], x, channelsOf(x), window)
    // A pool of other channel counts leaves the blocked layout, and all sums behind it would too.
    return channelsOf(x) % BLOCK_MAX === 0 ? pooled : this.widened(pooled, channelsOf(x))
  }

  /** VALID only: with padding, TensorFlow and ONNX count the border differently. */
  averagePool(x: Value, size: Window['size'], strides: Window['strides']): Value {
    const window: Window = { size, strides, padding: 'VALID' }
    return this.slide('AveragePool', [x.name], x, channelsOf(x), window)
  }

  add(a: Value, b: Value): Value {
    requireEqual(String(b.shape), String(a.shape), 'shapes of a sum')
    return this.emit('Add', [a.name, b.name], a.shape)
  }

  relu(x: Value): Value {
    return this.emit('Relu', [x.name], x.shape)
  }

  relu6(x: Value): Value {
    return this.emit('Clip', [x.name, this.floats([0], []), this.floats([6], [])], x.shape)
  }

  leakyRelu(x: Value, alpha: number): Value {
    return this.emit('LeakyRelu', [x.name], x.shape, { alpha: { float: alpha } })
  }

  /**
   * `alpha` holds one slope per channel: [1, 1, C]. As relu(x) - alpha * relu(-x), with factors as convolutions of 1 x 1, which
   * keep onnxruntime's blocked layout: its PRelu and the conversions around it took 2.6 of the 5 ms of the face mesh.
   */
  prelu(x: Value, alpha: WeightTensor): Value {
    const channels = channelsOf(x)
    requireEqual(alpha.data.length, channels, 'slopes of a Prelu')
    const below = this.relu(this.scaled(x, Array<number>(channels).fill(-1)))
    return this.add(
      this.relu(x),
      this.scaled(
        below,
        [...floatsOf(alpha)].map((slope) => -slope),
      ),
    )
  }

  /** Each channel times its factor. */
  private scaled(x: Value, factors: readonly number[]): Value {
    const window: Window = { size: [1, 1], strides: [1, 1], padding: 'VALID' }
    const inputs = [x.name, this.floats(factors, [factors.length, 1, 1, 1])]
    const group = { group: { int: factors.length } }
    return this.slide('Conv', inputs, x, factors.length, window, group)
  }

  /** Zeros as further channels. A convolution of 1 x 1, which unlike Pad keeps the blocked layout. */
  private widened(x: Value, channels: number): Value {
    const given = channelsOf(x)
    const weights = new Float32Array(channels * given)
    for (let channel = 0; channel < given; channel++) weights[channel * given + channel] = 1
    const window: Window = { size: [1, 1], strides: [1, 1], padding: 'VALID' }
    const inputs = [x.name, this.floats(weights, [channels, given, 1, 1])]
    return this.slide('Conv', inputs, x, channels, window)
  }

  sigmoid(x: Value): Value {
    return this.emit('Sigmoid', [x.name], x.shape)
  }

  /** Over the last axis of a [N, C] tensor. */
  softmax(x: Value): Value {
    requireEqual(x.shape.length, 2, 'rank of a Softmax')
    return this.emit('Softmax', [x.name], x.shape, { axis: { int: -1 } })
  }

  /** `paddings`: zeros before and after each NHWC axis. */
  pad(x: Value, paddings: readonly (readonly [number, number])[]): Value {
    requireEqual(paddings.length, x.shape.length, 'axes of a Pad')
    const shape = x.shape.map((size, axis) => (axis === 0 ? -1 : size + sum(paddings[axis])))
    const isWidening = x.shape.length === 4 && paddings.slice(0, 3).every((pair) => sum(pair) === 0)
    if (isWidening && paddings[3]?.[0] === 0) return this.widened(x, shape[3] ?? 0)
    const order = x.shape.length === 4 ? NHWC_AXIS_OF_NCHW : paddings.map((_, axis) => axis)
    const moved = order.map((axis) => paddings[axis] ?? [0, 0])
    const pads = [...moved.map(([before]) => before), ...moved.map(([, after]) => after)]
    return this.emit('Pad', [x.name, this.integers(pads)], shape)
  }

  /** `axis` is that of the NHWC shape. */
  concat(values: readonly Value[], axis: number): Value {
    const [first] = values
    if (!first) throw new Error('a Concat needs at least one input')
    const shape = first.shape.map((size, at) =>
      at === axis ? sum(values.map((value) => value.shape[at] ?? 0)) : size,
    )
    const onnxAxis = shape.length === 4 ? (NCHW_AXIS_OF_NHWC[axis] ?? axis) : axis
    return this.emit(
      'Concat',
      values.map((value) => value.name),
      shape,
      { axis: { int: onnxAxis } },
    )
  }

  /** [N, H, W, C] to [N, C]. */
  globalMean(x: Value): Value {
    return this.emit('ReduceMean', [x.name], [-1, channelsOf(x)], {
      axes: { ints: [2, 3] },
      keepdims: { int: 0 },
    })
  }

  /** `shape` excludes the batch axis, which stays open. */
  reshape(x: Value, shape: readonly number[]): Value {
    requireEqual(product(shape), product(x.shape.slice(1)), 'values of a Reshape')
    const flat = this.toSourceLayout(x)
    return this.emit('Reshape', [flat.name, this.integers([-1, ...shape])], [-1, ...shape])
  }

  /** [N, in] times [in, out] plus [out]. */
  dense(x: Value, weights: WeightTensor, bias: WeightTensor): Value {
    const [channelsIn = 1, channelsOut = 1] = weights.shape
    requireEqual(channelsOf(x), channelsIn, 'inputs of a dense layer')
    const inputs = [
      x.name,
      this.floats(floatsOf(weights), weights.shape),
      this.floats(floatsOf(bias), bias.shape),
    ]
    return this.emit('Gemm', inputs, [-1, channelsOut])
  }

  private slide(
    op: string,
    inputs: string[],
    x: Value,
    channelsOut: number,
    window: Window,
    attributes: Record<string, Attribute> = {},
  ): Value {
    const [, height = 1, width = 1] = x.shape
    const { size, strides, padding } = window
    const rows = padAxis(height, size[0], strides[0], padding)
    const columns = padAxis(width, size[1], strides[1], padding)
    return this.emit(op, inputs, [-1, rows.output, columns.output, channelsOut], {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      // Explicit instead of SAME_UPPER, for all execution providers.
      pads: { ints: [rows.before, columns.before, rows.after, columns.after] },
      ...attributes,
    })
  }

  private toSourceLayout(x: Value): Value {
    if (x.shape.length !== 4) return x
    return this.emit('Transpose', [x.name], x.shape, { perm: { ints: [...NCHW_AXIS_OF_NHWC] } })
  }

  private emit(
    op: string,
    inputs: string[],
    shape: readonly number[],
    attributes: Record<string, Attribute> = {},
  ): Value {
    const name = `${op.toLowerCase()}_${this.nodes.length}`
    this.nodes.push({ op, inputs, output: name, attributes })
    return { name, shape }
  }

  private floats(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.initializer(Float32Array.from(values), shape)
  }

  private integers(values: readonly number[]): string {
    return this.initializer(BigInt64Array.from(values, BigInt), [values.length])
  }

  private initializer(data: Initializer['data'], shape: readonly number[]): string {
    const name = `weight_${this.initializers.length}`
    this.initializers.push({ name, shape, data })
    return name
  }
}

/** Channels per block of onnxruntime's NCHWc layout with AVX-512; others have 8 (core/mlas, MlasNchwcGetBlockSize). */
const BLOCK_MAX = 16
/** TensorProto.DataType.FLOAT */
const CAST_TO_FLOAT = 1
const NHWC_AXIS_OF_NCHW = [0, 3, 1, 2]

const channelsOf = (x: Value) => x.shape.at(-1) ?? 1
const sum = (values: readonly number[] = []) => values.reduce((total, value) => total + value, 0)
const product = (values: readonly number[]) => values.reduce((total, value) => total * value, 1)

function floatsOf(weight: WeightTensor): Float32Array {
  if (weight.data instanceof Float32Array) return weight.data
  throw new Error(
    `a layer got int32 weights of shape [${weight.shape.join(', ')}]; float32 expected`,
  )
}

function requireEqual<T extends number | string>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`)
}
