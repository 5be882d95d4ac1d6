import sharp, { type Sharp } from 'sharp'
import { ProtocolError } from '../../protocol/errors.ts'
import { message, type Message, type PlainCode } from '../../protocol/messages.ts'
import type { PixelSize } from './image_layout.ts'
import { readTiffDirectories, TIFF_PAGES_MAX, type TiffHeader } from './tiff_header.ts'

const UNSIGNED = 1
const FLOAT = 3
const NOT_STATED = 4

const MIN_IS_WHITE = 0
const PALETTE = 3
const CIELAB = 8

/** Samples of a colour by PhotometricInterpretation: grey, RGB, palette, CMYK, YCbCr, CIELAB. */
const COLOUR_SAMPLES: Record<number, number> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3 }

const PHOTOMETRIC_NAMES: Record<number, PlainCode> = {
  4: 'picture.mask',
  9: 'picture.icc_lab',
  10: 'picture.itu_lab',
  32803: 'picture.sensor',
  32844: 'picture.logl',
  32845: 'picture.logluv',
  34892: 'picture.linear_raw',
}

/** Decoded by this libtiff. It returns black pixels without an error for any other. */
const COMPRESSIONS = new Set([1, 2, 3, 4, 5, 7, 8, 32773, 32946])
const COMPRESSION_NAMES: Record<number, string> = {
  6: 'old-style JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
}

/** Throws ProtocolError if libvips would decode wrongly or slowly. null: truncated, which libvips reports. */
export function requireReadableTiff(bytes: Uint8Array): TiffHeader | null {
  const { isOverlong, first } = readTiffDirectories(bytes)
  if (isOverlong) {
    throw new ProtocolError('too_large', message('picture.tiff_pages', { max: TIFF_PAGES_MAX }))
  }
  const fault = first === null ? null : faultOf(first)
  if (fault === null) return first
  throw new ProtocolError('invalid_image', message('picture.tiff', { fault }))
}

function faultOf(header: TiffHeader): Message | null {
  const { bitsPerSample, sampleFormat, samplesPerPixel, photometric, compression } = header
  const colours = COLOUR_SAMPLES[photometric]
  if (colours === undefined) {
    const code = PHOTOMETRIC_NAMES[photometric]
    return code ? message(code) : message('picture.colours', { kind: photometric })
  }
  if (!COMPRESSIONS.has(compression)) {
    return message('picture.compressed', {
      name: COMPRESSION_NAMES[compression] ?? message('picture.kind', { kind: compression }),
    })
  }
  if (samplesPerPixel < colours || samplesPerPixel > colours + 1) {
    return message('picture.samples_per_pixel', { count: samplesPerPixel })
  }
  const [bits = 1] = bitsPerSample
  const [format = UNSIGNED] = sampleFormat
  if (bitsPerSample.some((one) => one !== bits) || sampleFormat.some((one) => one !== format)) {
    return message('picture.mixed_samples')
  }
  if (!isReadSample(header, bits, format)) return sampleName(header, bits, format)
  const isGreyWithAlpha = colours === 1 && samplesPerPixel === 2 && !hasUnknownSample(header)
  // libvips drops the alpha of such samples.
  return bits === 32 && isGreyWithAlpha ? message('picture.grey_alpha') : null
}

function isReadSample(
  { photometric, samplesPerPixel }: TiffHeader,
  bits: number,
  format: number,
): boolean {
  // Black and white of signed values are undefined.
  if (format === FLOAT) return bits === 32 && isGreyOrRgb(photometric)
  if (format !== UNSIGNED && format !== NOT_STATED) return false
  if (photometric === CIELAB) return bits === 16
  if (photometric === PALETTE) return [1, 2, 4, 8].includes(bits)
  if (bits === 32) return isGreyOrRgb(photometric)
  if (bits < 8) return [1, 2, 4].includes(bits) && photometric <= 1 && samplesPerPixel === 1
  return bits === 8 || bits === 16
}

const isGreyOrRgb = (photometric: number) => photometric <= 2

function sampleName({ photometric }: TiffHeader, bits: number, format: number): Message {
  const kind = message(SAMPLE_KINDS[format] ?? 'picture.unsigned')
  const colours = photometric === CIELAB ? 'CIELAB ' : photometric === PALETTE ? 'palette ' : ''
  return message('picture.samples', { bits, kind, colours })
}

const SAMPLE_KINDS: Record<number, PlainCode> = {
  2: 'picture.signed',
  3: 'picture.float',
  5: 'picture.complex',
  6: 'picture.complex',
}

/** Float or 32-bit samples, which libvips clips or takes for linear light, or an extra non-alpha sample. */
export function isDeepTiff(header: TiffHeader): boolean {
  return header.bitsPerSample[0] === 32 || hasUnknownSample(header)
}

function hasUnknownSample({ photometric, samplesPerPixel, extraSamples }: TiffHeader): boolean {
  return samplesPerPixel > (COLOUR_SAMPLES[photometric] ?? 0) && (extraSamples[0] ?? 0) === 0
}

/** 256 MB, as for any other decoded image. */
const DEEP_BYTES_MAX = 256_000_000
/** Half an 8-bit step: closer values round to 0 or 1. */
const FLOAT_SLACK = 0.5 / 255
const UINT32_MAX = 2 ** 32 - 1

/**
 * Upright, 8 bits. Floats are sRGB in [0, 1]. Throws ProtocolError `invalid_image` outside, `too_large` above 256 MB.
 */
export async function decodeTiffPixels(
  bytes: Uint8Array,
  header: TiffHeader,
  size: PixelSize,
): Promise<Sharp> {
  const source = sharp(bytes, { failOn: 'error', limitInputPixels: false, autoOrient: true })
  const isDeep = header.bitsPerSample[0] === 32
  if (!isDeep) {
    return fromRaw(
      await source
        .removeAlpha()
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true }),
    )
  }
  requireDeepBytes(size, header.samplesPerPixel)
  // Keeps the colour space, so that libvips returns the raw samples.
  const { space } = await source.metadata()
  const { data, info } = await source
    .pipelineColourspace(space)
    .toColourspace(space)
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true })
  const samples = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4)
  const isFloat = header.sampleFormat[0] === FLOAT
  if (isFloat) requireUnitRange(samples)
  const pixels = toBytes(samples, {
    white: isFloat ? 1 : UINT32_MAX,
    // libvips has already inverted integers.
    isInverted: isFloat && header.photometric === MIN_IS_WHITE,
    samplesPerPixel: info.channels,
  })
  const image = fromRaw({ data: pixels, info })
  return hasUnknownSample(header) ? image.removeAlpha() : image
}

interface RawOutput {
  data: Uint8Array
  info: { width: number; height: number; channels: 1 | 2 | 3 | 4 }
}

const fromRaw = ({ data, info: { width, height, channels } }: RawOutput) =>
  sharp(data, { raw: { width, height, channels } })

function requireDeepBytes({ width, height }: PixelSize, samplesPerPixel: number): void {
  const needed = width * height * samplesPerPixel * 4
  if (needed <= DEEP_BYTES_MAX) return
  throw new ProtocolError(
    'too_large',
    message('picture.tiff_deep', {
      width,
      height,
      megabytes: Math.round(needed / 1e6),
      max: DEEP_BYTES_MAX / 1e6,
    }),
  )
}

function requireUnitRange(samples: Float32Array): void {
  let least = Infinity
  let most = -Infinity
  let hasNaN = false
  for (const sample of samples) {
    if (sample < least) least = sample
    if (sample > most) most = sample
    hasNaN ||= Number.isNaN(sample)
  }
  if (!hasNaN && least >= -FLOAT_SLACK && most <= 1 + FLOAT_SLACK) return
  const range = hasNaN
    ? message('picture.not_numbers')
    : message('picture.range', { least: short(least), most: short(most) })
  throw new ProtocolError('invalid_image', message('picture.tiff_float', { range }))
}

const short = (value: number) => String(Number(value.toPrecision(4)))

/** Alpha, the last of 2 or 4 samples, is never inverted. */
function toBytes(
  samples: Float32Array,
  {
    white,
    isInverted,
    samplesPerPixel,
  }: { white: number; isInverted: boolean; samplesPerPixel: number },
): Uint8Array {
  // A clamped array also rounds.
  const bytes = new Uint8ClampedArray(samples.length)
  const alphaAt = samplesPerPixel % 2 === 0 ? samplesPerPixel - 1 : -1
  for (let at = 0; at < samples.length; at++) {
    const share = (samples[at] ?? 0) / white
    const isTurned = isInverted && at % samplesPerPixel !== alphaAt
    bytes[at] = (isTurned ? 1 - share : share) * 255
  }
  return new Uint8Array(bytes.buffer)
}
