/** Converts decoded RGB to the model's input, per `preprocess`. */
import type { OnnxOutput, Preprocess } from '../../protocol/onnx_config.ts'
import type { DecodeOptions } from '../base/image.ts'
import { covering, letterboxedIn, stretchedTo, type PixelSize } from '../base/image_layout.ts'
import { aligned, KERNEL_BASE, KERNEL_SLACK, PictureKernel } from '../base/picture_kernel.ts'

export type InputSize = PixelSize

export type InputType = 'float32' | 'uint8'

/** Letterbox grey of YOLO's own preprocessing. */
const LETTERBOX_GREY = { r: 114, g: 114, b: 114 }

/** Decodes and scales once, straight to the input size. */
export function decodeOptionsFor(
  size: InputSize,
  { fit, resize }: Pick<Preprocess, 'fit' | 'resize'>,
  task: OnnxOutput['type'] = 'classification',
): DecodeOptions {
  const filter = resize ?? FILTERS[task]
  return { layoutOf: LAYOUTS[fit](size), background: LETTERBOX_GREY, filter }
}

/** Of the libraries that most models of the task come from: torchvision and timm; Ultralytics. */
const FILTERS = { classification: 'bilinear', detection: 'linear' } as const

const LAYOUTS = { stretch: stretchedTo, cover: covering, letterbox: letterboxedIn } as const

export interface TensorWriter {
  channels: 1 | 3
  /**
   * A tensor of `rows` rows, the first from `pictures` (`width * height * 3` bytes RGB each), the others 0. It may be used
   * until the next call.
   */
  fill(pictures: readonly Uint8Array[], rows: number): Float32Array | Uint8Array
}

/** float32: `(byte / divide_by - mean) / std`; uint8: the byte; grey by ITU-R BT.601. */
export function createTensorWriter(
  size: InputSize,
  preprocess: Preprocess,
  type: InputType = 'float32',
): TensorWriter {
  const pixels = size.width * size.height
  const { colour, layout } = preprocess
  return type === 'float32' && layout === 'nchw' && colour !== 'grey'
    ? planeWriter(pixels, preprocess)
    : tableWriter(pixels, preprocess, type)
}

/** The usual form, by the kernel and in its memory. */
function planeWriter(pixels: number, preprocess: Preprocess): TensorWriter {
  const kernel = new PictureKernel()
  const pictureAt = KERNEL_BASE + 32
  const tensorAt = aligned(pictureAt + pixels * 3 + KERNEL_SLACK)
  const isBgr = preprocess.colour === 'bgr'
  const zero = [0, 1, 2].map((channel) => valueOf(preprocess, channel, 0))
  const scale = [0, 1, 2].map(
    (channel) => (valueOf(preprocess, channel, 255) - (zero[channel] ?? 0)) / 255,
  )
  return {
    channels: 3,
    fill: (pictures, rows) => {
      const length = rows * pixels * 3
      kernel.reserve(tensorAt + length * 4)
      const { buffer } = kernel.run.memory
      new Float32Array(buffer, KERNEL_BASE, 6).set([...scale, ...zero])
      const values = new Float32Array(buffer, tensorAt, length)
      for (const [index, rgb] of pictures.entries()) {
        kernel.bytes(pictureAt, rgb.length).set(rgb)
        kernel.run.toPlanes(pictureAt, pixels, KERNEL_BASE, isBgr, tensorAt + index * pixels * 12)
      }
      return values.fill(0, pictures.length * pixels * 3)
    },
  }
}

function tableWriter(pixels: number, preprocess: Preprocess, type: InputType): TensorWriter {
  const isGrey = preprocess.colour === 'grey'
  const channels = isGrey ? 1 : 3
  const tables = Array.from({ length: channels }, (_, channel) =>
    type === 'uint8'
      ? Uint8Array.from(Array(256).keys())
      : Float32Array.from({ length: 256 }, (_, byte) => valueOf(preprocess, channel, byte)),
  )
  // Channel c of the tensor reads byte order[c] of each RGB pixel.
  const order = preprocess.colour === 'bgr' ? [2, 1, 0] : [0, 1, 2]
  const [pixelStep, channelStep] = preprocess.layout === 'nchw' ? [1, pixels] : [channels, 1]
  return {
    channels,
    fill: (pictures, rows) => {
      const length = rows * pixels * channels
      const target = type === 'uint8' ? new Uint8Array(length) : new Float32Array(length)
      for (const [index, rgb] of pictures.entries()) {
        const start = index * pixels * channels
        for (const [channel, table] of tables.entries()) {
          const from = order[channel] ?? 0
          let at = start + channel * channelStep
          for (let pixel = 0; pixel < pixels; pixel++, at += pixelStep) {
            const byte = isGrey ? luma(rgb, pixel * 3) : (rgb[pixel * 3 + from] as number)
            target[at] = table[byte] as number
          }
        }
      }
      return target
    },
  }
}

function luma(rgb: Uint8Array, at: number): number {
  const [red, green, blue] = [rgb[at] as number, rgb[at + 1] as number, rgb[at + 2] as number]
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
}

function valueOf({ divide_by: divisor, mean, std }: Preprocess, channel: number, byte: number) {
  const of = (value: number | number[]) =>
    typeof value === 'number' ? value : (value[channel] ?? 0)
  return (byte / divisor - of(mean)) / of(std)
}
