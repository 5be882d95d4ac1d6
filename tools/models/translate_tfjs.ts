/** Translates a TensorFlow.js graph into layers, one row per operation. */
import type { LayerBuilder, Value, Window } from './layers.ts'
import type { Padding } from './shapes.ts'
import { sortNodes, type TfjsNode } from './tfjs_graph.ts'
import type { Weights, WeightTensor } from './weights.ts'

/** Appends the nodes that `outputs` need and returns their values. `image` replaces the graph's only Placeholder. */
export function translateTfjs(
  nodes: readonly TfjsNode[],
  weights: Weights,
  layers: LayerBuilder,
  image: Value,
  outputs: readonly string[],
): Map<string, Value> {
  const values = new Map<string, Value>()
  for (const node of sortNodes(nodes, outputs)) {
    if (node.op === 'Const') continue
    if (node.op === 'Placeholder') {
      values.set(node.name, image)
      continue
    }
    const translate = OPERATIONS[node.op]
    if (!translate) {
      throw new Error(
        `operation ${node.op} ("${node.name}") has no translation; add a row to OPERATIONS`,
      )
    }
    values.set(node.name, translate(new Operands(node, values, weights), node, layers))
  }
  return values
}

/** The inputs of a node, as values or constants. */
class Operands {
  private readonly node: TfjsNode
  private readonly values: ReadonlyMap<string, Value>
  private readonly weights: Weights

  constructor(node: TfjsNode, values: ReadonlyMap<string, Value>, weights: Weights) {
    this.node = node
    this.values = values
    this.weights = weights
  }

  value(index: number): Value {
    return this.find(this.values, index, 'a computed value')
  }

  weight(index: number): WeightTensor {
    return this.find(this.weights, index, 'a constant')
  }

  integers(index: number): number[] {
    return [...this.weight(index).data]
  }

  private find<T>(source: ReadonlyMap<string, T>, index: number, what: string): T {
    const name = this.node.inputs[index] ?? ''
    const found = source.get(name)
    if (found === undefined) {
      throw new Error(
        `input ${index} of ${this.node.op} "${this.node.name}" is not ${what} ("${name}")`,
      )
    }
    return found
  }
}

type Translate = (operands: Operands, node: TfjsNode, layers: LayerBuilder) => Value

const OPERATIONS: Record<string, Translate> = {
  _FusedConv2D: (operands, node, layers) => {
    const [bias, activation, ...rest] = node.texts('fused_ops')
    if (bias !== 'BiasAdd' || rest.length > 0) {
      throw new Error(
        `"${node.name}" fuses ${node.texts('fused_ops').join(', ')}; BiasAdd first expected`,
      )
    }
    requirePlainConvolution(node)
    const { strides, padding } = slideOf(node)
    const sum = layers.conv2d(
      operands.value(0),
      operands.weight(1),
      operands.weight(2),
      strides,
      padding,
    )
    switch (activation) {
      case undefined:
        return sum
      case 'Relu':
        return layers.relu(sum)
      case 'Relu6':
        return layers.relu6(sum)
      case 'Prelu':
        return layers.prelu(sum, operands.weight(3))
      default:
        throw new Error(
          `"${node.name}" fuses the activation ${activation}, which has no translation`,
        )
    }
  },
  DepthwiseConv2dNative: (operands, node, layers) => {
    requirePlainConvolution(node)
    const { strides, padding } = slideOf(node)
    return layers.depthwiseConv2d(operands.value(0), operands.weight(1), strides, padding)
  },
  MaxPool: (operands, node, layers) => {
    const [, height = 1, width = 1] = node.integers('ksize')
    return layers.maxPool(operands.value(0), { ...slideOf(node), size: [height, width] })
  },
  AddV2: (operands, _, layers) => layers.add(operands.value(0), operands.value(1)),
  Relu: (operands, _, layers) => layers.relu(operands.value(0)),
  Prelu: (operands, _, layers) => layers.prelu(operands.value(0), operands.weight(1)),
  Sigmoid: (operands, _, layers) => layers.sigmoid(operands.value(0)),
  Softmax: (operands, _, layers) => layers.softmax(operands.value(0)),
  Identity: (operands) => operands.value(0),
  Pad: (operands, _, layers) => {
    const flat = operands.integers(1)
    const pairs = Array.from({ length: flat.length / 2 }, (_, axis): [number, number] => [
      flat[2 * axis] ?? 0,
      flat[2 * axis + 1] ?? 0,
    ])
    return layers.pad(operands.value(0), pairs)
  },
  ConcatV2: (operands, node, layers) => {
    const axisAt = node.inputs.length - 1
    const values = Array.from({ length: axisAt }, (_, index) => operands.value(index))
    return layers.concat(values, operands.integers(axisAt)[0] ?? -1)
  },
  Mean: (operands, node, layers) => {
    const axes = operands.integers(1).join()
    if (axes !== '1,2' || node.flag('keep_dims')) {
      throw new Error(
        `"${node.name}" is a mean over axes ${axes}; only 1,2 without keep_dims is translated`,
      )
    }
    return layers.globalMean(operands.value(0))
  },
  // The first number is the batch size, which some graphs fix to 1.
  Reshape: (operands, _, layers) =>
    layers.reshape(operands.value(0), operands.integers(1).slice(1)),
}

function slideOf(node: TfjsNode): Pick<Window, 'strides' | 'padding'> {
  const [, vertical = 1, horizontal = 1] = node.integers('strides')
  const padding = node.text('padding')
  if (!isPadding(padding))
    throw new Error(`"${node.name}" has padding ${padding}; SAME or VALID expected`)
  return { strides: [vertical, horizontal], padding }
}

const isPadding = (text: string): text is Padding => text === 'SAME' || text === 'VALID'

function requirePlainConvolution(node: TfjsNode): void {
  const layout = node.text('data_format')
  const dilated = node.integers('dilations').some((rate) => rate !== 1)
  if (layout !== 'NHWC' || dilated) {
    throw new Error(
      `"${node.name}" is ${layout}${dilated ? ' and dilated' : ''}; plain NHWC expected`,
    )
  }
}
