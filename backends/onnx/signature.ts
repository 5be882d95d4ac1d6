/** Declared inputs and outputs of a model, checked against the settings before any run. */
import type { InferenceSession } from 'onnxruntime-node'
import type { OnnxSettings } from '../../protocol/onnx_config.ts'
import { typeFault } from './output_check.ts'
import type { InputSize, InputType } from './to_tensor.ts'

export interface Signature {
  input: string
  output: string
  size: InputSize
  /** `uint8` models take raw pixels and scale them themselves. */
  type: InputType
  /** The batch axis is open; otherwise items run one by one. */
  isBatched: boolean
}

/** Throws an error naming the mismatch and the key to change. */
export function readSignature(
  session: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  { preprocess, output }: OnnxSettings,
): Signature {
  const [input, ...others] = session.inputMetadata
  if (input === undefined || others.length > 0) {
    const names = session.inputMetadata.map(({ name }) => name).join(', ')
    throw new Error(
      `The model has the inputs ${names || 'none'}; runtime onnx feeds one picture to exactly one. Export the model with all other inputs as constants.`,
    )
  }
  const type = input.isTensor ? input.type : 'not a tensor'
  if (!input.isTensor || (type !== 'float32' && type !== 'uint8')) {
    throw new Error(
      `Input "${input.name}" is ${type}; runtime onnx feeds float32 or uint8. Export the model with such an input.`,
    )
  }
  if (type === 'uint8' && !isUnscaled(preprocess)) {
    throw new Error(
      `Input "${input.name}" is uint8 and takes bytes as they are. Remove preprocess.mean and preprocess.std.`,
    )
  }
  const { shape } = input
  if (shape.length !== 4) {
    throw new Error(
      `Input "${input.name}" has the shape [${shape.join(', ')}]; expected are four axes: batch, channels, height and width.`,
    )
  }
  const [heightAxis, widthAxis, channelAxis] = preprocess.layout === 'nchw' ? [2, 3, 1] : [1, 2, 3]
  const channels = shape[channelAxis]
  const otherAxis = channelAxis === 1 ? 3 : 1
  const wanted = channelsFed(preprocess.colour)
  if (typeof channels === 'number' && channels > 0 && channels !== wanted) {
    throw new Error(
      `Input "${input.name}" [${shape.join(', ')}] has the size ${channels} on axis ${channelAxis}, and the settings feed ${wanted} ${wanted === 1 ? 'channel' : 'channels'} there. ${channelRemedy(channels, shape[otherAxis], preprocess)}`,
    )
  }
  const batch = shape[0]
  if (typeof batch === 'number' && batch > 1) {
    throw new Error(
      `Input "${input.name}" [${shape.join(', ')}] takes exactly ${batch} pictures at a time. Export the model with a batch of 1 or a free batch axis.`,
    )
  }
  return {
    input: input.name,
    output: outputOf(session.outputMetadata, output),
    type,
    size: sizeOf(input, { width: shape[widthAxis], height: shape[heightAxis] }, preprocess.size),
    isBatched: typeof batch !== 'number' || batch <= 0,
  }
}

/** Without a setting, the first of several outputs is as good a guess as any. */
function outputOf(
  outputs: InferenceSession['outputMetadata'],
  { tensor, type }: OnnxSettings['output'],
): string {
  const list = outputs.map(describe).join(', ')
  const [first] = outputs
  const chosen = tensor === undefined ? first : outputs.find(({ name }) => name === tensor)
  if (chosen === undefined) {
    throw new Error(`The model has no output "${tensor}"; output.tensor is one of ${list}.`)
  }
  if (tensor === undefined && outputs.length > 1) {
    throw new Error(
      `The model has ${outputs.length} outputs: ${list}. Set output.tensor to the one that holds the whole ${type}; boxes, scores and masks in separate outputs are not supported.`,
    )
  }
  if (!chosen.isTensor || chosen.type !== 'float32') {
    throw typeFault(chosen.name, chosen.isTensor ? chosen.type : 'not a tensor')
  }
  return chosen.name
}

const describe = (value: InferenceSession['outputMetadata'][number]) =>
  value.isTensor
    ? `${value.name} (${value.type} [${value.shape.join(', ')}])`
    : `${value.name} (not a tensor)`

function isUnscaled({ mean, std }: OnnxSettings['preprocess']): boolean {
  return [mean].flat().every((one) => one === 0) && [std].flat().every((one) => one === 1)
}

type Axis = number | string | undefined

function sizeOf(
  { name, shape }: { name: string; shape: readonly (number | string)[] },
  axes: { width: Axis; height: Axis },
  chosen: readonly [number, number] | undefined,
): InputSize {
  const [width, height] = [fixedOf(axes.width), fixedOf(axes.height)]
  if (chosen === undefined) {
    if (width !== null && height !== null) return { width, height }
    throw new Error(
      `Input "${name}" [${shape.join(', ')}] takes pictures of any ${openSides(width, height)}. Set preprocess.size: [${width ?? 'width'}, ${height ?? 'height'}].`,
    )
  }
  if ((width ?? chosen[0]) !== chosen[0] || (height ?? chosen[1]) !== chosen[1]) {
    const isFixed = width !== null && height !== null
    throw new Error(
      `preprocess.size is [${chosen.join(', ')}], and the model takes ${width ?? 'any width'} x ${height ?? 'any height'}. ${isFixed ? 'Remove the key' : `Set it to [${width ?? chosen[0]}, ${height ?? chosen[1]}]`}.`,
    )
  }
  return { width: chosen[0], height: chosen[1] }
}

const fixedOf = (axis: Axis) => (typeof axis === 'number' && axis > 0 ? axis : null)

function openSides(width: number | null, height: number | null): string {
  if (width === null && height === null) return 'size'
  return width === null ? 'width' : 'height'
}

/** `channels` is the size of the configured channel axis, `other` that of the other layout. */
function channelRemedy(
  channels: number,
  other: Axis,
  { layout, colour }: OnnxSettings['preprocess'],
): string {
  if (isChannels(channels)) return `Set ${colourKey(channels)}.`
  if (!isChannels(other)) {
    return 'Export the model with 3 channels (RGB or BGR) or 1 (grey); others are not supported.'
  }
  const key = `preprocess.layout: ${layout === 'nchw' ? 'nhwc' : 'nchw'}`
  const isFed = other === channelsFed(colour)
  return `Set ${key}${isFed ? '' : ` and ${colourKey(other)}`}.`
}

const isChannels = (size: Axis): size is 1 | 3 => size === 1 || size === 3

const channelsFed = (colour: OnnxSettings['preprocess']['colour']) => (colour === 'grey' ? 1 : 3)

const colourKey = (channels: 1 | 3) =>
  `preprocess.colour: ${channels === 1 ? 'grey' : 'rgb or bgr'}`
