/** Input and output facts of an ONNX file that `runtime: onnx` needs. */
import { namesIn } from '../../../protocol/model_names.ts'
import type { OnnxHeader } from '../../../protocol/models.ts'

export interface ModelFacts {
  path: string
  /** Input shape with four axes; null sizes are free. */
  axes: readonly [Axis, Axis, Axis, Axis] | null
  layout: 'nchw' | 'nhwc' | null
  /** Takes 8-bit pixels. */
  isBytes: boolean
  /** Outputs in file order. */
  outputs: readonly OutputFacts[]
  /** Class names, which some exporters write into the metadata. */
  labels: readonly string[] | null
  /** Why `runtime: onnx` cannot serve it; null if it can. */
  problem: 'inputs' | 'axes' | null
}

export interface OutputFacts {
  name: string
  output: 'classification' | 'detection' | null
  classes: Axis
  /** Ends in a softmax or sigmoid, so its values are probabilities. */
  isActivated: boolean
}

type Axis = number | null

/** Values of an anchor before its class scores: centre, width and height. */
const BOX_VALUES = 4

export function modelFacts(path: string, header: OnnxHeader): ModelFacts {
  const [input, ...others] = header.inputs
  const axes = input?.shape.map(sizeOf) ?? []
  const four = isFour(axes) ? axes : null
  return {
    path,
    axes: four,
    layout: four && layoutOf(four),
    isBytes: input?.type === 'uint8',
    outputs: header.outputs.map(({ name, shape, operator }) => ({
      name,
      ...outputOf(shape.map(sizeOf)),
      isActivated: operator === 'Softmax' || operator === 'Sigmoid',
    })),
    labels: namesIn(header.metadata),
    problem: input === undefined || others.length > 0 ? 'inputs' : four === null ? 'axes' : null,
  }
}

const sizeOf = (axis: number | string | null): Axis =>
  typeof axis === 'number' && axis > 0 ? axis : null

function isFour(axes: readonly Axis[]): axes is [Axis, Axis, Axis, Axis] {
  return axes.length === 4
}

/** A picture has one or three channels; if both ends match, the layout is unknown. */
function layoutOf([, second, , last]: readonly [Axis, Axis, Axis, Axis]): 'nchw' | 'nhwc' | null {
  const [isFirst, isLast] = [isChannels(second), isChannels(last)]
  if (isFirst === isLast) return null
  return isFirst ? 'nchw' : 'nhwc'
}

const isChannels = (axis: Axis) => axis === 1 || axis === 3

function outputOf(shape: readonly Axis[]): {
  output: 'classification' | 'detection' | null
  classes: Axis
} {
  const [, second = null, third, ...rest] = shape
  // A pooled output keeps its last axes, of size one.
  const isPooled = shape.length === 4 && third === 1 && rest[0] === 1
  if (shape.length === 2 || isPooled) return { output: 'classification', classes: second }
  if (shape.length === 3 && second !== null && second > BOX_VALUES) {
    return { output: 'detection', classes: second - BOX_VALUES }
  }
  return { output: shape.length === 3 ? 'detection' : null, classes: null }
}

/** Width and height fixed by the file; null if one is free or the layout is unknown. */
export function fixedSize(
  axes: ModelFacts['axes'],
  layout: 'nchw' | 'nhwc' | null,
): { width: number; height: number } | null {
  if (axes === null || layout === null) return null
  const [height, width] = layout === 'nchw' ? [axes[2], axes[3]] : [axes[1], axes[2]]
  return width === null || height === null ? null : { width, height }
}

/** 1 or 3 if the file fixes it. */
export function channelsOf(axes: ModelFacts['axes'], layout: 'nchw' | 'nhwc' | null): 1 | 3 | null {
  if (axes === null || layout === null) return null
  const channels = layout === 'nchw' ? axes[1] : axes[3]
  return channels === 1 || channels === 3 ? channels : null
}
