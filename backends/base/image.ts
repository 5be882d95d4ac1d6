/** Decodes the image of a request into bounded raw RGB. What cannot be decoded is answered with what it looks like. */
import sharp from 'sharp'
import { ProtocolError } from '../../protocol/errors.ts'
import { DECODED_NAMES, recogniseFile } from './image_kind.ts'
import { hasManyTiffPages, TIFF_PAGES_MAX } from './tiff_pages.ts'

/** 8-bit RGB without gaps, row by row: `width * height * 3` bytes. */
export interface RawImage {
  pixels: Uint8Array
  width: number
  height: number
}

export interface DecodedImage extends RawImage {
  /** Size of the image as sent, after its EXIF orientation is applied. */
  originalWidth: number
  originalHeight: number
  /** Decoded pixels per original pixel, at most 1: divide by it to get original coordinates. */
  scale: number
}

export interface ImageLimits {
  /** Larger images are refused before a pixel is decoded. */
  pixelsMax: number
  /** The same, by their longer side: a row or column of millions of pixels takes minutes to scale. */
  inputSideMax: number
  /** The longer side is scaled down to this. */
  sideMax: number
}

/** 64 megapixels: more than phones take by default, and at most 256 MB while decoding. Browsers draw sides of up to 32,767. */
export const IMAGE_LIMITS: ImageLimits = {
  pixelsMax: 64_000_000,
  inputSideMax: 32_768,
  sideMax: 1280,
}

// Loaders are closed one and all, then those that parse pixels are opened. SVG, PDF and the like can read other
// files, run long or have a history of holes.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map(
    (name) => `VipsForeignLoad${name}`,
  ),
})
// Every request brings another picture; a cache of operations would only hold memory.
sharp.cache(false)

/**
 * First frame of `bytes`, upright by its EXIF orientation, in sRGB without alpha.
 * Throws ProtocolError `invalid_image` or `too_large`; never another error for what a client sent.
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits = IMAGE_LIMITS,
): Promise<DecodedImage> {
  const kind = requireDecodable(bytes)
  if (kind === 'TIFF') requireFewPages(bytes)
  const size = await readSize(bytes, kind)
  requirePixels(size, limits)
  const { data, info } = await sharp(bytes, {
    // Warnings are let pass (odd metadata); missing pixels are not.
    failOn: 'truncated',
    limitInputPixels: limits.pixelsMax,
    autoOrient: true,
  })
    .resize(limits.sideMax, limits.sideMax, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: TRANSPARENT_BECOMES })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw damaged(kind, cause)
    })
  if (info.channels !== 3) {
    throw new Error(`decoding ${kind} gave ${info.channels} channels instead of 3`)
  }
  return {
    pixels: data,
    width: info.width,
    height: info.height,
    originalWidth: size.width,
    originalHeight: size.height,
    scale: info.width / size.width,
  }
}

/**
 * Behind transparent pixels comes middle grey. Dropping alpha would uncover whatever colour they were saved with; black
 * or white puts the hardest edge there is around a cut-out head, and black swallows dark hair.
 */
const TRANSPARENT_BECOMES = { r: 128, g: 128, b: 128 }

/** The kind for sentences. */
function requireDecodable(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) {
    throw new ProtocolError(
      'invalid_image',
      `the image is empty (0 bytes); send the bytes of a ${DECODED_NAMES} file`,
    )
  }
  const kind = recogniseFile(bytes)
  if (kind?.isDecoded) return kind.name
  const looks = kind === null ? 'no known file type' : kind.name
  throw new ProtocolError(
    'invalid_image',
    `the ${bytes.byteLength} bytes are not an image that is decoded here, they look like ${looks}; send ${DECODED_NAMES}`,
  )
}

interface PixelSize {
  width: number
  height: number
}

/** Size from the file's header, upright. */
async function readSize(bytes: Uint8Array, kind: string): Promise<PixelSize> {
  try {
    // The limit is checked by the caller, who names both numbers.
    const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return autoOrient
  } catch (cause) {
    throw damaged(kind, cause)
  }
}

function requireFewPages(bytes: Uint8Array): void {
  if (!hasManyTiffPages(bytes)) return
  throw new ProtocolError(
    'too_large',
    `the TIFF file has more than ${TIFF_PAGES_MAX} pages or an overlong directory; only the first page is read, save it as a file of its own`,
  )
}

function requirePixels(
  { width, height }: PixelSize,
  { pixelsMax, inputSideMax }: ImageLimits,
): void {
  if (Math.max(width, height) > inputSideMax) {
    throw new ProtocolError(
      'too_large',
      `the image has ${width} x ${height} pixels, the limit for a side is ${inputSideMax}; scale it down or cut it before sending`,
    )
  }
  if (width * height <= pixelsMax) return
  const megapixels = (pixels: number) => `${Math.round(pixels / 100_000) / 10} megapixels`
  throw new ProtocolError(
    'too_large',
    `the image has ${width} x ${height} pixels (${megapixels(width * height)}), the limit is ${megapixels(pixelsMax)}; scale it down before sending`,
  )
}

function damaged(kind: string, cause: unknown): ProtocolError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ProtocolError(
    'invalid_image',
    `the ${kind} file is damaged or cut off (${firstLine(reason)}); send it again, or save it anew`,
    { cause },
  )
}

const REASON_LENGTH_MAX = 160
const firstLine = (text: string) => (text.split('\n')[0] ?? '').slice(0, REASON_LENGTH_MAX)
