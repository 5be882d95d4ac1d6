/** Converts decoded RGB to the model's input, per `preprocess`. */
import type { Preprocess } from '../../protocol/onnx_config.ts'
import type { DecodeOptions } from '../base/image.ts'
import { covering, letterboxedIn, stretchedTo, type PixelSize } from '../base/image_layout.ts'

export type InputSize = PixelSize

export type InputType = 'float32' | 'uint8'

/** Letterbox grey of YOLO's own preprocessing. */
const LETTERBOX_GREY = { r: 114, g: 114, b: 114 }

/** Decodes and scales once, straight to the input size. */
export function decodeOptionsFor(size: InputSize, fit: Preprocess['fit']): DecodeOptions {
  return { layoutOf: LAYOUTS[fit](size), background: LETTERBOX_GREY }
}

const LAYOUTS = { stretch: stretchedTo, cover: covering, letterbox: letterboxedIn } as const

export interface TensorWriter {
  channels: 1 | 3
  create(items: number): Float32Array | Uint8Array
  /** Writes one fitted picture (`width * height * 3` bytes RGB) at `index` of `target`. */
  write(rgb: Uint8Array, target: Float32Array | Uint8Array, index: number): void
}

/** 256-entry tables. float32: `(byte / divide_by - mean) / std`; uint8: the byte; grey by ITU-R BT.601. */
export function createTensorWriter(
  size: InputSize,
  preprocess: Preprocess,
  type: InputType = 'float32',
): TensorWriter {
  const pixels = size.width * size.height
  const isGrey = preprocess.colour === 'grey'
  const channels = isGrey ? 1 : 3
  const tables = Array.from({ length: channels }, (_, channel) =>
    type === 'uint8' ? Uint8Array.from(Array(256).keys()) : tableOf(preprocess, channel),
  )
  // Channel c of the tensor reads byte order[c] of each RGB pixel.
  const order = preprocess.colour === 'bgr' ? [2, 1, 0] : [0, 1, 2]
  const [pixelStep, channelStep] = preprocess.layout === 'nchw' ? [1, pixels] : [channels, 1]
  return {
    channels,
    create: (items) => {
      const length = items * pixels * channels
      return type === 'uint8' ? new Uint8Array(length) : new Float32Array(length)
    },
    write: (rgb, target, index) => {
      const start = index * pixels * channels
      for (let channel = 0; channel < channels; channel++) {
        const table = tables[channel] as Float32Array | Uint8Array
        const from = order[channel] as number
        let at = start + channel * channelStep
        for (let pixel = 0; pixel < pixels; pixel++, at += pixelStep) {
          const byte = isGrey ? luma(rgb, pixel * 3) : (rgb[pixel * 3 + from] as number)
          target[at] = table[byte] as number
        }
      }
    },
  }
}

function luma(rgb: Uint8Array, at: number): number {
  const [red, green, blue] = [rgb[at] as number, rgb[at + 1] as number, rgb[at + 2] as number]
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
}

function tableOf({ divide_by: divisor, mean, std }: Preprocess, channel: number): Float32Array {
  const of = (value: number | number[]) =>
    typeof value === 'number' ? value : (value[channel] ?? 0)
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / divisor - of(mean)) / of(std))
}
