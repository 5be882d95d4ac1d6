/** Declared inputs and outputs of a model, checked against the settings before any run. */
import { MessageError } from '../../protocol/errors.ts'
import type { InferenceSession } from 'onnxruntime-node'
import { type Message, message, type PlainCode } from '../../protocol/messages.ts'
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
    throw new MessageError(message('load.inputs', { names: names || message('load.none') }))
  }
  const type = input.isTensor ? input.type : 'not a tensor'
  if (!input.isTensor || (type !== 'float32' && type !== 'uint8')) {
    throw new MessageError(message('load.input_type', { name: input.name, type }))
  }
  if (type === 'uint8' && !isUnscaled(preprocess)) {
    throw new MessageError(message('load.input_uint8', { name: input.name }))
  }
  const { shape } = input
  if (shape.length !== 4) {
    throw new MessageError(
      message('load.input_rank', { name: input.name, shape: shape.join(', ') }),
    )
  }
  const [heightAxis, widthAxis, channelAxis] = preprocess.layout === 'nchw' ? [2, 3, 1] : [1, 2, 3]
  const channels = shape[channelAxis]
  const otherAxis = channelAxis === 1 ? 3 : 1
  const wanted = channelsFed(preprocess.colour)
  if (typeof channels === 'number' && channels > 0 && channels !== wanted) {
    throw new MessageError(
      message('load.input_channels', {
        ...{ name: input.name, shape: shape.join(', '), size: channels, axis: channelAxis },
        count: wanted,
        remedy: channelRemedy(channels, shape[otherAxis], preprocess),
      }),
    )
  }
  const batch = shape[0]
  if (typeof batch === 'number' && batch > 1) {
    throw new MessageError(
      message('load.fixed_batch', { name: input.name, shape: shape.join(', '), batch }),
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
    throw new MessageError(message('load.no_output', { tensor: tensor ?? '', list }))
  }
  if (tensor === undefined && outputs.length > 1) {
    throw new MessageError(message('load.outputs', { count: outputs.length, list, type }))
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
    throw new MessageError(
      message('load.any_size', {
        ...{ name, shape: shape.join(', '), open: message(openSides(width, height)) },
        size: `[${width ?? 'width'}, ${height ?? 'height'}]`,
      }),
    )
  }
  if ((width ?? chosen[0]) !== chosen[0] || (height ?? chosen[1]) !== chosen[1]) {
    const isFixed = width !== null && height !== null
    throw new MessageError(
      message('load.size', {
        given: chosen.join(', '),
        width: width ?? message('load.any_width'),
        height: height ?? message('load.any_height'),
        remedy: isFixed
          ? message('load.remove_key')
          : message('load.set_size', { size: `${width ?? chosen[0]}, ${height ?? chosen[1]}` }),
      }),
    )
  }
  return { width: chosen[0], height: chosen[1] }
}

const fixedOf = (axis: Axis) => (typeof axis === 'number' && axis > 0 ? axis : null)

function openSides(width: number | null, height: number | null): PlainCode {
  if (width === null && height === null) return 'load.both_sides'
  return width === null ? 'load.width' : 'load.height'
}

/** `channels` is the size of the configured channel axis, `other` that of the other layout. */
function channelRemedy(
  channels: number,
  other: Axis,
  { layout, colour }: OnnxSettings['preprocess'],
): Message {
  if (isChannels(channels)) return message('load.set', { keys: colourKey(channels) })
  if (!isChannels(other)) {
    return message('load.other_channels')
  }
  const key = `preprocess.layout: ${layout === 'nchw' ? 'nhwc' : 'nchw'}`
  const isFed = other === channelsFed(colour)
  const keys = isFed ? key : message('both', { first: key, second: colourKey(other) })
  return message('load.set', { keys })
}

const isChannels = (size: Axis): size is 1 | 3 => size === 1 || size === 3

const channelsFed = (colour: OnnxSettings['preprocess']['colour']) => (colour === 'grey' ? 1 : 3)

const colourKey = (channels: 1 | 3) =>
  `preprocess.colour: ${channels === 1 ? 'grey' : 'rgb or bgr'}`
