/** From decoded RGB to the values of a model's input, as the `preprocess` section says. */
import sharp from 'sharp'
import type { Preprocess } from '../../protocol/onnx_config.ts'
import type { RawImage } from '../base/image.ts'

export interface InputSize {
  width: number
  height: number
}

export type InputType = 'float32' | 'uint8'

/** Where the picture lies in the model's input: `input = picture * scale + offset`, both in pixels. */
export interface Placement {
  scaleX: number
  scaleY: number
  offsetX: number
  offsetY: number
}

/** Grey of the bars beside a letterboxed picture, as YOLO's own preprocessing has it. */
const LETTERBOX_GREY = 114

/** Scales the picture into the input's size. Returns 8-bit RGB and where the picture lies in it. */
export async function fitPicture(
  picture: RawImage,
  size: InputSize,
  fit: Preprocess['fit'],
): Promise<{ rgb: Uint8Array; placement: Placement }> {
  const placement = placementOf(picture, size, fit)
  const background = { r: LETTERBOX_GREY, g: LETTERBOX_GREY, b: LETTERBOX_GREY }
  const rgb = await sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize(size.width, size.height, { fit: SHARP_FIT[fit], background })
    .raw()
    .toBuffer()
  return { rgb, placement }
}

const SHARP_FIT = { stretch: 'fill', cover: 'cover', letterbox: 'contain' } as const

export function placementOf(
  picture: InputSize,
  size: InputSize,
  fit: Preprocess['fit'],
): Placement {
  const [across, down] = [size.width / picture.width, size.height / picture.height]
  if (fit === 'stretch') return { scaleX: across, scaleY: down, offsetX: 0, offsetY: 0 }
  const scale = fit === 'cover' ? Math.max(across, down) : Math.min(across, down)
  return {
    scaleX: scale,
    scaleY: scale,
    offsetX: (size.width - picture.width * scale) / 2,
    offsetY: (size.height - picture.height * scale) / 2,
  }
}

export interface TensorWriter {
  channels: 1 | 3
  /** Values for `items` pictures, all 0. */
  create(items: number): Float32Array | Uint8Array
  /** Writes one fitted picture (`width * height * 3` bytes of RGB) at item `index` of `target`. */
  write(rgb: Uint8Array, target: Float32Array | Uint8Array, index: number): void
}

/**
 * One pass with a table for each channel: 256 possible bytes, computed once.
 * float32: `value = (byte / divide_by - mean) / std`; uint8: the byte itself; grey is .299 R + .587 G + .114 B (ITU-R BT.601).
 */
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
