import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { tiffFile, type TiffPicture } from '../../testing/tiff_file.ts'
import { decodeImage } from './image.ts'

const WIDTH = 4
const HEIGHT = 2

type Write = (buffer: Buffer, at: number) => void
const float32 =
  (value: number): Write =>
  (buffer, at) =>
    buffer.writeFloatLE(value, at)
const float64 =
  (value: number): Write =>
  (buffer, at) =>
    buffer.writeDoubleLE(value, at)
const uint =
  (bytes: 1 | 2 | 4, value: number): Write =>
  (buffer, at) =>
    buffer.writeUIntLE(value, at, bytes)

function flat(
  bits: number,
  samples: readonly Write[],
  tags: TiffPicture['tags'] = {},
  isBig = false,
): Buffer {
  const bytes = bits / 8
  const pixels = Buffer.alloc(WIDTH * HEIGHT * samples.length * bytes)
  for (let at = 0; at < WIDTH * HEIGHT * samples.length; at++) {
    samples[at % samples.length]?.(pixels, at * bytes)
  }
  return tiffFile({
    width: WIDTH,
    height: HEIGHT,
    pixels,
    isBig,
    tags: {
      bitsPerSample: samples.map(() => bits),
      samplesPerPixel: samples.length,
      ...tags,
    },
  })
}

const RGB = { photometric: 2 }
const FLOATS = { sampleFormat: 3 }
const times = (count: number, write: Write) => Array.from({ length: count }, () => write)
/** 16 or 256 colours, the third is red. */
const palette = (colours: number) => ({
  photometric: 3,
  colourMap: Array.from({ length: colours * 3 }, (_, at) => (at === 3 ? 0xffff : 0)),
})

describe('a TIFF file is decoded as its samples say', () => {
  it.each<[string, Buffer, [number, number, number]]>([
    ['8-bit grey', flat(8, [uint(1, 77)]), [77, 77, 77]],
    ['8-bit grey whose zero is white', flat(8, [uint(1, 77)], { photometric: 0 }), [178, 178, 178]],
    ['16-bit RGB', flat(16, times(3, uint(2, 0x4040)), RGB), [64, 64, 64]],
    ['32-bit grey', flat(32, [uint(4, 0x80000000)]), [128, 128, 128]],
    [
      '32-bit grey whose zero is white',
      flat(32, [uint(4, 0x40000000)], { photometric: 0 }),
      [191, 191, 191],
    ],
    [
      '32-bit RGB',
      flat(32, [uint(4, 0xffffffff), uint(4, 0), uint(4, 0x80000000)], RGB),
      [255, 0, 128],
    ],
    ['float grey', flat(32, [float32(0.25)], FLOATS), [64, 64, 64]],
    [
      'float grey whose zero is white',
      flat(32, [float32(0.25)], { ...FLOATS, photometric: 0 }),
      [191, 191, 191],
    ],
    [
      'float RGB, by the same rule as grey',
      flat(32, [float32(0.25), float32(1), float32(0)], { ...FLOATS, ...RGB }),
      [64, 255, 0],
    ],
    [
      'float RGB with alpha, over middle grey',
      flat(32, [...times(3, float32(1)), float32(0)], { ...FLOATS, ...RGB, extraSamples: 2 }),
      [128, 128, 128],
    ],
    [
      'float RGB of a BigTIFF file',
      flat(32, times(3, float32(0.5)), { ...FLOATS, ...RGB }, true),
      [128, 128, 128],
    ],
    ['8-bit grey of a BigTIFF file', flat(8, [uint(1, 77)], {}, true), [77, 77, 77]],
    [
      '8-bit RGB with premultiplied alpha, over middle grey',
      flat(8, [uint(1, 100), uint(1, 50), uint(1, 25), uint(1, 128)], {
        ...RGB,
        extraSamples: 1,
      }),
      [164, 114, 89],
    ],
    [
      '8-bit RGB with plain alpha, over middle grey',
      flat(8, [uint(1, 200), uint(1, 100), uint(1, 50), uint(1, 128)], {
        ...RGB,
        extraSamples: 2,
      }),
      [164, 114, 89],
    ],
    [
      '16-bit grey with premultiplied alpha',
      flat(16, [uint(2, 0x4000), uint(2, 0x8000)], { extraSamples: 1 }),
      [128, 128, 128],
    ],
    [
      'float RGB with premultiplied alpha',
      flat(32, [...times(3, float32(0.25)), float32(0.5)], {
        ...FLOATS,
        ...RGB,
        extraSamples: 1,
      }),
      [128, 128, 128],
    ],
    [
      'premultiplied alpha that is 0, which is middle grey whatever the colours are',
      flat(8, [...times(3, uint(1, 0)), uint(1, 0)], { ...RGB, extraSamples: 1 }),
      [128, 128, 128],
    ],
    [
      'a fourth sample that is not said to be alpha',
      flat(8, [uint(1, 10), uint(1, 20), uint(1, 30), uint(1, 0)], { ...RGB, extraSamples: 0 }),
      [10, 20, 30],
    ],
    [
      '16-bit CIELAB',
      flat(16, [uint(2, 0x8080), uint(2, 0), uint(2, 0)], { photometric: 8 }),
      [120, 120, 120],
    ],
    ['8-bit CMYK without ink', flat(8, times(4, uint(1, 0)), { photometric: 5 }), [255, 255, 255]],
    ['a palette of 256', flat(8, [uint(1, 3)], palette(256)), [255, 0, 0]],
    [
      '1 bit, whose zero is white',
      tiffFile({
        width: 8,
        height: 1,
        pixels: Buffer.of(0xff),
        tags: { bitsPerSample: 1, photometric: 0 },
      }),
      [0, 0, 0],
    ],
    [
      '1 bit, whose zero is black',
      tiffFile({ width: 8, height: 1, pixels: Buffer.of(0xff), tags: { bitsPerSample: 1 } }),
      [255, 255, 255],
    ],
    [
      '4 bits',
      tiffFile({ width: 2, height: 1, pixels: Buffer.of(0x88), tags: { bitsPerSample: 4 } }),
      [136, 136, 136],
    ],
  ])('%s', async (_, bytes, expected) => {
    const { pixels } = await decodeImage(bytes)
    for (const [index, value] of expected.entries()) {
      expect(Math.abs((pixels[index] ?? NaN) - value)).toBeLessThanOrEqual(1)
    }
  })

  it('float samples are scaled and turned like any others', async () => {
    const bytes = flat(32, [float32(0.5)], { ...FLOATS, orientation: 6 })
    expect(await decodeImage(bytes)).toMatchObject({ originalWidth: HEIGHT, originalHeight: WIDTH })
  })
})

describe('a TIFF file that would be decoded wrongly is refused', () => {
  it.each<[string, Buffer, string]>([
    ['signed samples', flat(16, [uint(2, 1000)], { sampleFormat: 2 }), '16-bit signed samples'],
    ['signed bytes', flat(8, [uint(1, 200)], { sampleFormat: 2 }), '8-bit signed samples'],
    ['half floats', flat(16, [uint(2, 0x3800)], FLOATS), '16-bit float samples'],
    ['doubles', flat(64, [float64(0.5)], FLOATS), '64-bit float samples'],
    ['complex numbers', flat(64, [float64(0)], { sampleFormat: 6 }), '64-bit complex samples'],
    [
      '8-bit CIELAB',
      flat(8, times(3, uint(1, 9)), { photometric: 8 }),
      '8-bit unsigned CIELAB samples',
    ],
    [
      'a camera sensor',
      flat(16, [uint(2, 9)], { photometric: 32803 }),
      'pixels of a camera sensor',
    ],
    [
      'five bands',
      flat(8, times(5, uint(1, 9)), { ...RGB, extraSamples: [0, 0] }),
      '5 samples per pixel',
    ],
    [
      'Zstandard',
      flat(8, [uint(1, 9)], { compression: 50_000 }),
      'pixels in Zstandard compression',
    ],
    ['an unknown compression', flat(8, [uint(1, 9)], { compression: 12_345 }), 'kind 12345'],
    [
      'samples of two kinds',
      flat(8, times(3, uint(1, 9)), { ...RGB, bitsPerSample: [8, 8, 4] }),
      'samples of different kinds',
    ],
    [
      'float grey with alpha',
      flat(32, times(2, float32(0.5)), { ...FLOATS, extraSamples: 2 }),
      '32-bit grey samples with alpha',
    ],
    ['float samples above 1', flat(32, [float32(255)], FLOATS), 'float samples from 255 to 255.'],
    ['float samples below 0', flat(32, [float32(-0.5)], FLOATS), 'from -0.5 to -0.5'],
    ['float samples without a number', flat(32, [float32(NaN)], FLOATS), 'not a number'],
  ])('%s', async (_, bytes, words) => {
    const error: unknown = await decodeImage(bytes).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: 'invalid_image' })
    expect((error as ProtocolError).message).toContain(words)
    expect((error as ProtocolError).message).toMatch(/[Ss]ave|scale/)
  })

  it('a strip that is cut off is an error, not black pixels', async () => {
    const whole = tiffFile({
      width: 400,
      height: 400,
      pixels: Buffer.alloc(160_000, 200),
      tags: { stripBytes: 160_000, stripOffset: 100_000 },
    })
    await expect(decodeImage(whole)).rejects.toThrow(/The TIFF file is damaged or cut off/)
  })
})

it('any change to a TIFF file gives a picture or a coded error', async () => {
  const seeds = [
    flat(8, times(3, uint(1, 77)), RGB),
    flat(32, [float32(0.5)], FLOATS),
    flat(16, [uint(2, 77)], {}, true),
    flat(8, [uint(1, 3)], palette(256)),
  ]
  const change = fc.tuple(fc.nat(400), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(change, { maxLength: 4 }),
      async (seed, changes) => {
        const bytes = Buffer.from(seed)
        for (const [at, value] of changes) if (at >= 4 && at < bytes.length) bytes[at] = value
        const result = await decodeImage(bytes).catch((error: unknown) => error)
        if (result instanceof ProtocolError) return
        expect(result).toHaveProperty('pixels')
      },
    ),
    { numRuns: 300 },
  )
}, 60_000)
