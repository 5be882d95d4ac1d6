import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeImage } from './image.ts'
import { decodeJpeg, readJpegHeader } from './jpeg.ts'

const picture = (width = 40, height = 24) =>
  sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, at) => (at * 7) % 256)), {
    raw: { width, height, channels: 3 },
  })

/** Bytes after the start of the file, as a segment of a marker. */
function withSegment(jpeg: Buffer, marker: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(0xff00 | marker, 0)
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

function exif(orientation: number, isLittle: boolean): Buffer {
  const body = Buffer.from(
    isLittle ? 'Exif\0\0II*\0\x08\0\0\0\x01\0' : 'Exif\0\0MM\0*\0\0\0\x08\0\x01',
    'latin1',
  )
  const entry = isLittle
    ? Buffer.of(0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0)
    : Buffer.of(1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0)
  return Buffer.concat([body, entry, Buffer.alloc(4)])
}

describe('the header of a JPEG file', () => {
  it.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
    ['without subsampling', { chromaSubsampling: '4:4:4' }],
  ])('%s', async (_, options) => {
    const jpeg = await picture().jpeg(options).toBuffer()
    expect(readJpegHeader(jpeg)).toEqual({ width: 40, height: 24, orientation: 1 })
  })

  it.each([true, false])('with its orientation, little-endian: %s', async (isLittle) => {
    const jpeg = await picture().jpeg().toBuffer()
    for (const orientation of [1, 3, 6, 8]) {
      const turned = withSegment(jpeg, 0xe1, exif(orientation, isLittle))
      expect(readJpegHeader(turned)?.orientation).toBe(orientation)
      expect((await sharp(turned).metadata()).orientation).toBe(orientation)
    }
  })

  it.each([
    ['CMYK', () => picture().toColourspace('cmyk').jpeg().toBuffer()],
    ['another colour profile', () => picture().withIccProfile('p3').jpeg().toBuffer()],
    ['no picture', async () => Buffer.from([0xff, 0xd8, 0xff, 0xd9])],
    [
      'thousands of scans',
      async () => {
        const jpeg = await picture().jpeg({ progressive: true }).toBuffer()
        const scan = jpeg.indexOf(Buffer.of(0xff, 0xda))
        return Buffer.concat([jpeg, ...Array<Buffer>(1000).fill(jpeg.subarray(scan, -2))])
      },
    ],
  ])('is left to sharp: %s', async (_, make) => {
    expect(readJpegHeader(await make())).toBeNull()
  })

  it('of any cut file is read or left to sharp', async () => {
    const jpeg = withSegment(await picture().jpeg().toBuffer(), 0xe1, exif(6, true))
    for (let length = 0; length < jpeg.length; length++) {
      const header = readJpegHeader(jpeg.subarray(0, length))
      if (header !== null) expect(header).toEqual({ width: 40, height: 24, orientation: 6 })
    }
  })
})

describe('a JPEG file', () => {
  it.each([
    ['in colour', picture()],
    ['in grey', picture().greyscale()],
  ])(
    '%s has the pixels that sharp decodes, within the rounding of a fast DCT',
    async (_, image) => {
      const jpeg = await image.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer()
      const expected = await sharp(jpeg).toColourspace('srgb').raw().toBuffer()
      for (const isHere of [true, false]) {
        const target = Buffer.alloc(40 * 24 * 3)
        await decodeJpeg(jpeg, target, isHere)
        const worst = target.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? NaN))),
          0,
        )
        expect(worst).toBeLessThanOrEqual(8)
      }
    },
  )

  it('with another colour profile is converted to sRGB', async () => {
    const red = { create: { width: 16, height: 16, channels: 3, background: '#e02010' } } as const
    const jpeg = await sharp(red).withIccProfile('p3').jpeg({ quality: 100 }).toBuffer()
    const { pixels } = await decodeImage(jpeg)
    expect(Math.abs((pixels[0] ?? 0) - 0xe0)).toBeLessThanOrEqual(3)
    expect(Math.abs((pixels[1] ?? 0) - 0x20)).toBeLessThanOrEqual(3)
  })

  it('that is cut off is refused by the decoder', async () => {
    const jpeg = await picture(400, 300).jpeg().toBuffer()
    const target = Buffer.alloc(400 * 300 * 3)
    await expect(decodeJpeg(jpeg.subarray(0, jpeg.length / 2), target, false)).rejects.toThrow()
    await expect(decodeJpeg(jpeg, target.subarray(3), false)).rejects.toThrow()
    await expect(decodeJpeg(jpeg, Buffer.alloc(target.length + 3), true)).rejects.toThrow(
      'another size',
    )
  })
})
