/** What a model file says of its input and output, checked against the settings before the first request. */
import type { InferenceSession } from 'onnxruntime-node'
import type { OnnxSettings } from '../../protocol/onnx_config.ts'
import type { InputSize, InputType } from './to_tensor.ts'

export interface Signature {
  input: string
  output: string
  size: InputSize
  /** `uint8` takes the bytes of the picture as they are: such a model scales them itself. */
  type: InputType
  /** The batch axis is open; else items are run one by one. */
  isBatched: boolean
}

/** Throws with what does not fit and the key that mends it. */
export function readSignature(
  session: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  { preprocess, output }: OnnxSettings,
): Signature {
  const [input, ...others] = session.inputMetadata
  if (input === undefined || others.length > 0) {
    const names = session.inputMetadata.map(({ name }) => name).join(', ')
    throw new Error(`the model has the inputs ${names || 'none'}; runtime onnx needs exactly one`)
  }
  const type = input.isTensor ? input.type : 'no tensor'
  if (!input.isTensor || (type !== 'float32' && type !== 'uint8')) {
    throw new Error(
      `the model's input "${input.name}" is ${type}; runtime onnx feeds float32 or uint8`,
    )
  }
  if (type === 'uint8' && !isUnscaled(preprocess)) {
    throw new Error(
      `the model's input "${input.name}" is uint8 and takes bytes as they are; remove preprocess.mean and preprocess.std`,
    )
  }
  const { shape } = input
  if (shape.length !== 4) {
    throw new Error(
      `the model's input "${input.name}" has the shape [${shape.join(', ')}]; an image model has four axes`,
    )
  }
  const [heightAxis, widthAxis, channelAxis] = preprocess.layout === 'nchw' ? [2, 3, 1] : [1, 2, 3]
  const channels = shape[channelAxis]
  const wanted = preprocess.colour === 'grey' ? 1 : 3
  if (typeof channels === 'number' && channels > 0 && channels !== wanted) {
    throw new Error(
      `the model's input [${shape.join(', ')}] has ${channels} channels on axis ${channelAxis}, the settings give ${wanted}; mend preprocess.layout (nchw or nhwc) or preprocess.colour`,
    )
  }
  const names = session.outputMetadata.map(({ name }) => name)
  const outputName = output.tensor ?? names[0] ?? ''
  if (!names.includes(outputName)) {
    throw new Error(
      `the model has no output "${outputName}"; output.tensor is one of ${names.join(', ')}`,
    )
  }
  const batch = shape[0]
  return {
    input: input.name,
    output: outputName,
    type,
    size: sizeOf(shape[widthAxis], shape[heightAxis], preprocess.size),
    isBatched: typeof batch !== 'number' || batch <= 0,
  }
}

function isUnscaled({ mean, std }: OnnxSettings['preprocess']): boolean {
  return [mean].flat().every((one) => one === 0) && [std].flat().every((one) => one === 1)
}

function sizeOf(
  width: number | string | undefined,
  height: number | string | undefined,
  chosen: readonly [number, number] | undefined,
): InputSize {
  const isFixed = typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0
  if (chosen === undefined) {
    if (isFixed) return { width, height }
    throw new Error('the model takes pictures of any size; set preprocess.size: [width, height]')
  }
  if (isFixed && (chosen[0] !== width || chosen[1] !== height)) {
    throw new Error(
      `preprocess.size is [${chosen.join(', ')}], the model takes ${width} x ${height}; remove the key`,
    )
  }
  return { width: chosen[0], height: chosen[1] }
}
