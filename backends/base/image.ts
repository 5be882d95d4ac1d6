import './deep_binding.ts'
import sharp, { type Sharp } from 'sharp'
import { messageOf, ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { TRANSPARENT_BECOMES } from '../../protocol/sent_picture.ts'
import { decodeBmp, readBmpHeader } from './bmp.ts'
import {
  SEND_KNOWN,
  HEIC,
  recogniseFile,
  type DecodedKind,
  type RefusedKind,
} from './image_kind.ts'
import {
  insideSide,
  type ImageLayout,
  type LayoutOf,
  type PixelMapping,
  type PixelSize,
  type RawImage,
} from './image_layout.ts'
import { decodeJpeg, readJpegHeader, type JpegHeader } from './jpeg.ts'
import { KERNEL_BASE, withKernel, type PictureKernel } from './picture_kernel.ts'
import type { ResizeFilter } from '../../protocol/onnx_config.ts'
import { scalePicture, type ScaleOptions } from './scale_picture.ts'
import { decodeTiffPixels, isDeepTiff, requireReadableTiff } from './tiff.ts'

export interface DecodedImage extends RawImage {
  originalWidth: number
  originalHeight: number
  /** Position of the original image in these pixels; `toPicture` of image_layout.ts maps back. */
  mapping: PixelMapping
}

/** Checked before decoding. Above what phones take by default, and at most 256 MB while decoding. */
const PIXELS_MAX = 64_000_000
/** Larger pictures are scaled down to this while they are decoded: 48 MB for each that is decoded at the same time. */
const HELD_PIXELS_MAX = 16_000_000
/** Limits the longer side too: scaling a row of millions of pixels takes minutes. Browsers draw up to 32,767. */
const INPUT_SIDE_MAX = 32_768

/** Longer side of a picture that shows everything that these models see; senders may scale larger ones down. */
export const SIDE_MAX_DEFAULT = 1280
/** Longer side of a decoded image unless the backend sets a layout: scaling down less would cost more than it saves. */
const DECODED_SIDE_MAX = 1920

export interface DecodeOptions {
  layoutOf?: LayoutOf
  /** Colour of padding; default black. */
  background?: { r: number; g: number; b: number }
  /** Default: `bilinear`. */
  filter?: ResizeFilter
  /** No other picture is decoded meanwhile: a small one then costs less without another thread. */
  isAlone?: boolean
}

// Block all loaders, then allow those that parse pixels. SVG, PDF and the like can read other files, run long, or
// have a history of vulnerabilities.
if (await readsSvg()) {
  // Once in a process: while it is done again, a picture that another thread decodes would have no loader.
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map(
      (name) => `VipsForeignLoad${name}`,
    ),
  })
}
// Every request has another picture, so an operation cache would only use memory.
sharp.cache(false)

/** Whether the loaders are not blocked yet. */
function readsSvg(): Promise<boolean> {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
  return sharp(svg)
    .metadata()
    .then(
      () => true,
      () => false,
    )
}

/**
 * First frame, upright, in sRGB without alpha. Client input only causes ProtocolError `invalid_image` or `too_large`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  {
    layoutOf = insideSide(DECODED_SIDE_MAX),
    background = { r: 0, g: 0, b: 0 },
    filter = 'bilinear',
    isAlone = false,
  }: DecodeOptions = {},
): Promise<DecodedImage> {
  const kind = requireDecodable(bytes)
  const jpeg = kind === 'JPEG' ? readJpegHeader(bytes) : null
  const source = jpeg === null ? await sourceOf(bytes, kind) : jpegSource(bytes, jpeg, isAlone)
  requirePixels(source.size)
  const layout = layoutOf(source.size)
  const scaled = await withKernel(async (kernel) => {
    const stored = await source.decode(kernel, filter).catch((cause: unknown) => {
      throw cause instanceof ProtocolError ? cause : damaged(kind, cause)
    })
    return scalePicture(kernel, stored, {
      layout: stored.orientation === 1 ? layoutIn(stored, layout, source.size) : layout,
      background,
      filter,
      orientation: stored.orientation,
    })
  })
  return {
    pixels: scaled,
    ...layout.size,
    originalWidth: source.size.width,
    originalHeight: source.size.height,
    mapping: layout.mapping,
  }
}

/** The same layout for a picture that was scaled down from `size` while it was decoded. */
function layoutIn(held: PixelSize, layout: ImageLayout, size: PixelSize): ImageLayout {
  const [x, y] = [held.width / size.width, held.height / size.height]
  if (x === 1 && y === 1) return layout
  const { left, top, width, height } = layout.source
  const source = {
    left: Math.floor(left * x),
    top: Math.floor(top * y),
    width: Math.max(1, Math.floor(width * x)),
    height: Math.max(1, Math.floor(height * y)),
  }
  return { ...layout, source }
}

interface StoredImage extends RawImage, Pick<ScaleOptions, 'orientation'> {}

interface ImageSource {
  /** Upright. */
  size: PixelSize
  /** The pixels may be in the kernel's memory. */
  decode: (kernel: PictureKernel, filter: ResizeFilter) => Promise<StoredImage>
}

function jpegSource(
  bytes: Uint8Array,
  { width, height, orientation }: JpegHeader,
  isAlone: boolean,
): ImageSource {
  const size = orientation >= 5 ? { width: height, height: width } : { width, height }
  const length = width * height * 3
  const bySharp = (filter: ResizeFilter) =>
    uprightPixels(sharp(bytes, { ...SHARP_OPTIONS, failOn: 'truncated' }), { size, filter })
  const decode: ImageSource['decode'] = async (kernel, filter) => {
    if (width * height > HELD_PIXELS_MAX) return bySharp(filter)
    kernel.reserve(KERNEL_BASE + length)
    const pixels = kernel.bytes(KERNEL_BASE, length)
    try {
      await decodeJpeg(bytes, pixels, isAlone && width * height <= SMALL_PIXELS)
      return { pixels, width, height, orientation }
    } catch {
      return bySharp(filter)
    }
  }
  return { size, decode }
}

/** Half a millisecond; handing it to another thread and back takes 0.2. */
const SMALL_PIXELS = 400_000

const SHARP_OPTIONS = { limitInputPixels: PIXELS_MAX, autoOrient: true } as const

async function uprightPixels(
  image: Sharp,
  { size: { width, height }, filter }: { size: PixelSize; filter: ResizeFilter },
): Promise<StoredImage> {
  const shrink = Math.sqrt(HELD_PIXELS_MAX / (width * height))
  const held =
    shrink >= 1
      ? image
      : image.resize(
          Math.max(1, Math.floor(width * shrink)),
          Math.max(1, Math.floor(height * shrink)),
          { fit: 'fill', kernel: filter === 'nearest' ? 'nearest' : 'linear' },
        )
  const { data, info } = await held
    .flatten({ background: TRANSPARENT_BECOMES })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error(`decoding gave ${info.channels} channels instead of 3`)
  return { pixels: data, width: info.width, height: info.height, orientation: 1 }
}

async function sourceOf(bytes: Uint8Array, kind: DecodedKind): Promise<ImageSource> {
  if (kind === 'BMP') return bmpSource(bytes)
  const tiff = kind === 'TIFF' ? requireReadableTiff(bytes) : null
  const { size, compression } = await readHeader(bytes, kind)
  if (tiff !== null && isDeepTiff(tiff)) {
    const decode: ImageSource['decode'] = async (_, filter) =>
      uprightPixels(await decodeTiffPixels(bytes, tiff, size), { size, filter })
    return { size, decode }
  }
  if (kind === 'HEIF' || kind === 'AVIF') requireAv1(compression)
  // libvips would fill broken TIFF strips with black pixels.
  const failOn = kind === 'TIFF' ? 'error' : 'truncated'
  const decode: ImageSource['decode'] = (_, filter) =>
    uprightPixels(sharp(bytes, { ...SHARP_OPTIONS, failOn }), { size, filter })
  return { size, decode }
}

function bmpSource(bytes: Uint8Array): ImageSource {
  const header = readBmpHeader(bytes)
  const { width, height } = header
  const size = { width, height }
  const decode: ImageSource['decode'] = async (_, filter) =>
    uprightPixels(sharp(decodeBmp(bytes, header), { raw: { ...size, channels: 4 } }), {
      size,
      filter,
    })
  return { size, decode }
}

function requireDecodable(bytes: Uint8Array): DecodedKind {
  if (bytes.byteLength === 0) {
    throw new ProtocolError('invalid_image', message('picture.empty'))
  }
  const kind = recogniseFile(bytes)
  if (kind?.isDecoded) return kind.name
  throw kind === null
    ? new ProtocolError(
        'invalid_image',
        message('picture.unknown', { bytes: bytes.byteLength, remedy: SEND_KNOWN }),
      )
    : refusal(kind)
}

const refusal = ({ name, remedy }: RefusedKind) =>
  new ProtocolError('invalid_image', message('picture.refused', { name, remedy }))

/** Our libheif build only decodes AV1. */
function requireAv1(compression: string | undefined): void {
  if (compression === undefined || compression === 'av1') return
  if (compression === 'hevc') throw refusal(HEIC)
  throw refusal({
    isDecoded: false,
    name: message('picture.heif', { compression }),
    remedy: message('picture.fix_export'),
  })
}

async function readHeader(bytes: Uint8Array, kind: DecodedKind) {
  try {
    // The caller checks the limit, and names both numbers in its error.
    const { autoOrient, compression } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return { size: autoOrient, compression }
  } catch (cause) {
    throw damaged(kind, cause)
  }
}

function requirePixels({ width, height }: PixelSize): void {
  if (Math.max(width, height) > INPUT_SIDE_MAX) {
    throw new ProtocolError(
      'too_large',
      message('picture.side', { width, height, max: INPUT_SIDE_MAX }),
    )
  }
  if (width * height <= PIXELS_MAX) return
  const megapixels = (pixels: number) => Math.round(pixels / 100_000) / 10
  throw new ProtocolError(
    'too_large',
    message('picture.pixels', {
      ...{ width, height },
      megapixels: megapixels(width * height),
      max: megapixels(PIXELS_MAX),
    }),
  )
}

function damaged(kind: DecodedKind, cause: unknown): ProtocolError {
  return new ProtocolError(
    'invalid_image',
    message('picture.damaged', { kind, reason: lastLine(messageOf(cause)) }),
    { cause },
  )
}

const REASON_LENGTH_MAX = 160
/** libvips lists the errors of its layers, the cause last. */
const lastLine = (text: string) =>
  (text.trim().split('\n').at(-1) ?? '').slice(0, REASON_LENGTH_MAX)
