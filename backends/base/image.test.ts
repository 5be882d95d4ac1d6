import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it, test, vi } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { decodeImage, type DecodedImage } from './image.ts'
import { covering } from './image_layout.ts'

test('another thread that loads this file leaves the loaders alone, which this one may be using', async () => {
  const block = vi.spyOn(sharp, 'block')
  vi.resetModules()
  await import('./image.ts')
  expect(block).not.toHaveBeenCalled()
  block.mockRestore()
})

const RED = { r: 200, g: 40, b: 30 }
const BLUE = { r: 30, g: 60, b: 200 }

/** Left half red, right half blue. */
function twoHalves(width = 64, height = 32): Sharp {
  const right = { create: { width: width / 2, height, channels: 3, background: BLUE } } as const
  return sharp({ create: { width, height, channels: 3, background: RED } }).composite([
    { input: right, left: width / 2, top: 0 },
  ])
}

function pixelAt({ pixels, width }: DecodedImage, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]
}

function expectNear(actual: number[], { r, g, b }: typeof RED, tolerance: number): void {
  const difference = Math.max(
    ...[r, g, b].map((value, at) => Math.abs(value - (actual[at] ?? NaN))),
  )
  expect(difference, `${actual.join()} against ${[r, g, b].join()}`).toBeLessThanOrEqual(tolerance)
}

async function refusalOf(bytes: Uint8Array): Promise<ProtocolError> {
  const error: unknown = await decodeImage(bytes).catch((reason: unknown) => reason)
  if (!(error instanceof ProtocolError))
    throw new Error(`expected a ProtocolError`, { cause: error })
  return error
}

describe('decodeImage reads', () => {
  test.each<[string, (image: Sharp) => Sharp, number]>([
    ['JPEG', (image) => image.jpeg({ quality: 95 }), 8],
    ['PNG', (image) => image.png(), 0],
    ['WebP', (image) => image.webp({ lossless: true }), 0],
    ['GIF', (image) => image.gif(), 4],
    ['TIFF', (image) => image.tiff({ compression: 'lzw' }), 0],
    ['AVIF', (image) => image.avif({ lossless: true }), 4],
    ['16-bit PNG', (image) => image.toColourspace('rgb16').png(), 1],
    // CMYK has fewer colours: the blue is paler.
    ['CMYK JPEG', (image) => image.toColourspace('cmyk').jpeg({ quality: 95 }), 60],
  ])('%s as 8-bit RGB', async (_, encode, tolerance) => {
    const image = await decodeImage(await encode(twoHalves()).toBuffer())
    expect(image).toMatchObject({
      width: 64,
      height: 32,
      originalWidth: 64,
      originalHeight: 32,
      mapping: { scaleX: 1, scaleY: 1 },
    })
    expect(image.pixels.byteLength).toBe(64 * 32 * 3)
    expectNear(pixelAt(image, 10, 16), RED, tolerance)
    expectNear(pixelAt(image, 54, 16), BLUE, tolerance)
  })

  test('greyscale as three equal channels', async () => {
    const image = await decodeImage(await twoHalves().greyscale().png().toBuffer())
    const [red, green, blue] = pixelAt(image, 10, 16)
    expect(image.pixels.byteLength).toBe(64 * 32 * 3)
    expect([green, blue]).toEqual([red, red])
  })

  test('the first frame of an animation only', async () => {
    const frames = await Promise.all(
      [RED, BLUE].map((background) =>
        sharp({ create: { width: 20, height: 10, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    )
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    expect((await sharp(gif).metadata()).pages).toBe(2)
    const image = await decodeImage(gif)
    expect(image).toMatchObject({ width: 20, height: 10 })
    expectNear(pixelAt(image, 5, 5), RED, 4)
  })

  test('a transparent background as middle grey, not as the colour it hides', async () => {
    const background = { ...RED, alpha: 0 }
    const png = await sharp({ create: { width: 8, height: 8, channels: 4, background } })
      .png()
      .toBuffer()
    expectNear(pixelAt(await decodeImage(png), 4, 4), { r: 128, g: 128, b: 128 }, 1)
  })

  test('a picture that a phone stored turned, upright and with its upright size', async () => {
    // Orientation 6: the camera was turned, "right" is the bottom of the stored pixels.
    const jpeg = await twoHalves().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer()
    const image = await decodeImage(jpeg)
    expect(image).toMatchObject({ width: 32, height: 64, originalWidth: 32, originalHeight: 64 })
    expectNear(pixelAt(image, 16, 10), RED, 8)
    expectNear(pixelAt(image, 16, 54), BLUE, 8)
  })

  test('a large picture scaled down, with its original size and the scale', async () => {
    const jpeg = await twoHalves(2560, 1000).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const image = await decodeImage(jpeg)
    expect(image).toMatchObject({
      width: 750,
      height: 1920,
      originalWidth: 1000,
      originalHeight: 2560,
    })
    expect(image.mapping).toMatchObject({ scaleX: 0.75, scaleY: 0.75 })
  })
})

describe('a picture of 24 megapixels', () => {
  it.each([
    ['JPEG', (image: Sharp) => image.jpeg()],
    ['PNG', (image: Sharp) => image.png({ compressionLevel: 1 })],
  ])('%s is held smaller, and laid out by its own size', async (_, encode) => {
    const file = await encode(twoHalves(6000, 4000)).toBuffer()
    const layoutOf = covering({ width: 40, height: 40 })
    const image = await decodeImage(file, { layoutOf })
    expect(image).toMatchObject({
      width: 40,
      height: 40,
      originalWidth: 6000,
      originalHeight: 4000,
    })
    expect(image.mapping).toEqual(layoutOf({ width: 6000, height: 4000 }).mapping)
    expectNear(pixelAt(image, 17, 20), RED, 8)
    expectNear(pixelAt(image, 22, 20), BLUE, 8)
  })
})

describe('decodeImage refuses', () => {
  const svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

  test.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(), 'The image is empty (0 bytes)'],
    ['an SVG', Buffer.from(svg), 'SVG drawings cannot be decoded here. Export it as PNG.'],
    [
      'a PDF',
      Buffer.from('%PDF-1.7\n'),
      'PDF documents cannot be decoded here. Export the page as PNG.',
    ],
    [
      'HTML',
      Buffer.from('<!DOCTYPE html><title>404</title>'),
      'HTML pages cannot be decoded here. Send JPEG, PNG',
    ],
    ['text', Buffer.from('not a picture'), 'Text files cannot be decoded here.'],
    ['JSON', Buffer.from('{"image": 1}'), 'JSON texts cannot be decoded here.'],
    [
      'a data URL',
      Buffer.from('data:image/png;base64,iVBO'),
      'The text of a data URL that was encoded twice cannot be decoded',
    ],
    ['noise', Buffer.from([0, 1, 2, 3, 4]), 'The 5 bytes are not a picture of a known format.'],
  ])('%s, naming what it is', async (_, bytes, sentence) => {
    const error = await refusalOf(bytes)
    expect(error.code).toBe('invalid_image')
    expect(error.message).toContain(sentence)
  })

  test('a JPEG that is cut off', async () => {
    const whole = await sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: RED,
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg()
      .toBuffer()
    const error = await refusalOf(whole.subarray(0, whole.length / 2))
    expect(error.code).toBe('invalid_image')
    expect(error.message).toMatch(/^The JPEG file is damaged or cut off \(.*premature end/i)
  })

  test('a PNG whose header is all there is', async () => {
    const error = await refusalOf(pngHeader(8, 8))
    expect(error.code).toBe('invalid_image')
    expect(error.message).toContain('The PNG file is damaged or cut off')
  })

  test('a PNG of 20000 x 20000 pixels before decoding it, naming size and limit', async () => {
    const error = await refusalOf(pngHeader(20_000, 20_000))
    expect(error.code).toBe('too_large')
    expect(error.message).toBe(
      'The image has 20000 x 20000 pixels (400 megapixels). The limit is 64 megapixels; scale it down before sending.',
    )
  })
})

describe('the sides and pages of an image', () => {
  test.each([
    ['a column of 60 million pixels', pngHeader(1, 60_000_000), '1 x 60000000'],
    ['one pixel too many', pngHeader(1, 32_769), '1 x 32769'],
    ['a GIF of 65,535 columns', gifHeader(65_535, 1), '65535 x 1'],
  ])('%s is refused before it is decoded', async (_, bytes, size) => {
    const error = await refusalOf(bytes)
    expect(error.code).toBe('too_large')
    expect(error.message).toBe(
      `The image has ${size} pixels. The limit for a side is 32768; scale it down or crop it before sending.`,
    )
  })

  test('a row of the longest length is decoded', async () => {
    const png = await sharp({ create: { width: 32_768, height: 2, channels: 3, background: RED } })
      .png()
      .toBuffer()
    expect(await decodeImage(png)).toMatchObject({ width: 1920, originalWidth: 32_768 })
  })

  test('of a TIFF with few pages the first is read', async () => {
    expect(await decodeImage(tiff(3))).toMatchObject({ originalWidth: 1, originalHeight: 1 })
  })

  test.each([
    ['100,000 pages', tiff(100_000)],
    ['pages in a circle', tiff(3, { isCircle: true })],
    ['overlong directories', tiff(2, { entries: 40_000 })],
  ])('a TIFF with %s is refused', async (_, bytes) => {
    const error = await refusalOf(bytes)
    expect(error.code).toBe('too_large')
    expect(error.message).toContain('more than 1000 pages or an overlong directory')
  })
})

/** Pages of one black pixel, sharing their data. */
function tiff(pages: number, { isCircle = false, entries = 10 } = {}): Buffer {
  const directoryBytes = 2 + entries * 12 + 4
  const bytes = Buffer.alloc(12 + pages * directoryBytes)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(12, 4)
  const fields = [
    [256, 1],
    [257, 1],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, 1],
    [279, 1],
    [284, 1],
  ] as const
  for (let page = 0; page < pages; page++) {
    const at = 12 + page * directoryBytes
    bytes.writeUInt16LE(entries, at)
    for (const [index, [tag, value]] of fields.entries()) {
      bytes.writeUInt16LE(tag, at + 2 + index * 12)
      bytes.writeUInt16LE(tag === 273 ? 4 : 3, at + 4 + index * 12)
      bytes.writeUInt32LE(1, at + 6 + index * 12)
      bytes.writeUInt32LE(value, at + 10 + index * 12)
    }
    const last = isCircle ? 12 : 0
    const next = page + 1 < pages ? at + directoryBytes : last
    bytes.writeUInt32LE(next, at + directoryBytes - 4)
  }
  return bytes
}

function gifHeader(width: number, height: number): Buffer {
  const gif = Buffer.from(
    '47494638396100000000800000000000ffffff2c000000000000000000020144003b',
    'hex',
  )
  gif.writeUInt16LE(width, 6)
  gif.writeUInt16LE(height, 8)
  gif.writeUInt16LE(width, 24)
  gif.writeUInt16LE(height, 26)
  return gif
}

/** A valid PNG header with a single row of pixel data. */
function pngHeader(width: number, height: number): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  const row = deflateSync(Buffer.alloc(1 + width * 3))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', Buffer.concat([size, Buffer.from([8, 2, 0, 0, 0])])),
    pngChunk('IDAT', row),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
