/** Pictures of SWITCHYARD_CASES: each decodes to its colour, or is rejected with the reason. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { decodeImage } from './image.ts'

const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const FOLDER = path.join(CASES, 'img')
const hasCases = CASES !== '' && existsSync(FOLDER)
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with pictures')

interface Seen {
  /** Mean of red, green and blue. */
  mean: readonly [number, number, number]
  /** Upright size; 64 x 64 unless given. */
  size?: readonly [number, number]
}

const RED: Seen = { mean: [200, 40, 20] }
const GREY: Seen = { mean: [128, 128, 128] }
const WHITE: Seen = { mean: [255, 255, 255] }
const BLACK: Seen = { mean: [0, 0, 0] }
const strip = (width: number, height: number): Seen => ({
  mean: [136, 136, 136],
  size: [width, height],
})

const EXPECTED: Record<string, Seen | RegExp> = {
  'alpha16.png': RED,
  // Half transparent over middle grey.
  'alpha_half.png': { mean: [164, 83, 73] },
  'anim.gif': RED,
  'anim.webp': RED,
  'avif10.avif': RED,
  'avif12.avif': RED,
  'bigtiff.tiff': RED,
  'black.png': BLACK,
  'bmp.bmp': { ...RED, size: [1, 1] },
  'cmyk_plain.jpg': { mean: [203, 30, 0] },
  'dicom.dcm': /^DICOM files cannot be decoded here\. Export the frame as 8-bit PNG/,
  'empty.jpg': /^The image is empty \(0 bytes\)\. Send the bytes of a JPEG, PNG/,
  // Written with 8 bits: its 0.8, 0.15 and 0.08 were truncated to 0.
  'float01.tiff': BLACK,
  'float_grey_half.tiff': GREY,
  'float_rgb_half.tiff': GREY,
  'grey.jpg': GREY,
  'grey16_half.png': GREY,
  'grey16_half.tiff': GREY,
  'grey_alpha.png': GREY,
  'int16_grey.tiff': /^The TIFF file holds 16-bit signed samples, .* Save it as 8-bit or 16-bit/,
  'interlaced.png': RED,
  'iphone_like.heic':
    /^HEIC pictures \(HEVC\) cannot be decoded here\. Export it as JPEG, or set the camera to Most Compatible\.$/,
  'jfif_as.png': RED,
  'jxl.jxl': /^JPEG XL pictures cannot be decoded here\. Export it as PNG or JPEG\.$/,
  'lab.tiff': RED,
  'lossless.avif': RED,
  'mjpeg_no_dht.jpg': RED,
  'multipage.tiff': RED,
  'npy.npy': /^NumPy arrays cannot be decoded here\. Save the array as a PNG picture\.$/,
  'one_bit.png': WHITE,
  'one_pixel.png': { ...RED, size: [1, 1] },
  'orientation9.jpg': RED,
  'p3.png': RED,
  'palette.png': RED,
  'ppm.ppm': /^PPM, PGM and PBM pictures cannot be decoded here\. Save it as PNG\.$/,
  'progressive.jpg': RED,
  'red.png': RED,
  'rgb16_half.png': GREY,
  'rgb16_half.tiff': GREY,
  'standard.jpg': RED,
  'strip_100x12000.png': strip(100, 12_000),
  'strip_12000x100.png': strip(12_000, 100),
  'strip_5000x333.png': strip(5000, 333),
  'strip_640x480.png': strip(640, 480),
  'stripes1280.png': { mean: [127.5, 127.5, 127.5], size: [1280, 1280] },
  'stripes2048.png': { mean: [127.5, 127.5, 127.5], size: [2048, 2048] },
  'svg.svg': /^SVG drawings cannot be decoded here\. Export it as PNG\.$/,
  'thin_tall.png': { ...RED, size: [3, 6000] },
  'thin_wide.png': { ...RED, size: [6000, 2] },
  'tiff_1bit.tiff': WHITE,
  'tiff_jpeg.tiff': RED,
  'tiff_lzw_tiled.tiff': RED,
  // A single letter.
  'tiff_zstd.tiff': /^Text files cannot be decoded here\. Send JPEG, PNG/,
  'uint16_grey_half.tiff': GREY,
  'webp_alpha.webp': GREY,
  'white.png': WHITE,
}

/** Allows for lossy codecs and colour conversion. */
const TOLERANCE = 3

describe.skipIf(!hasCases)('pictures of the cases', () => {
  it('are all in the table, and the table names no other', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(EXPECTED).sort())
  })

  it.each(Object.entries(EXPECTED))('%s is decoded right or refused', async (name, expected) => {
    const bytes = readFileSync(path.join(FOLDER, name))
    if (expected instanceof RegExp) {
      const error: unknown = await decodeImage(bytes).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(ProtocolError)
      expect((error as ProtocolError).code).toBe('invalid_image')
      expect((error as ProtocolError).message).toMatch(expected)
      return
    }
    const image = await decodeImage(bytes)
    const { size: [width, height] = [64, 64] } = expected
    expect(image).toMatchObject({ originalWidth: width, originalHeight: height })
    for (const [channel, wanted] of expected.mean.entries()) {
      expect(Math.abs(meanOf(image.pixels, channel) - wanted)).toBeLessThanOrEqual(TOLERANCE)
    }
  })
})

function meanOf(pixels: Uint8Array, channel: number): number {
  let sum = 0
  for (let at = channel; at < pixels.length; at += 3) sum += pixels[at] ?? 0
  return sum / (pixels.length / 3)
}
