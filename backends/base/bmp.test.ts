import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { decodeImage } from './image.ts'

interface Bmp {
  width: number
  height: number
  bits: number
  /** As stored, padded to 4 bytes. */
  rows: readonly (readonly number[])[]
  palette?: readonly (readonly [blue: number, green: number, red: number])[]
  compression?: number
  masks?: readonly number[]
  headerBytes?: 12 | 40 | 108
}

function bmp({
  width,
  height,
  bits,
  rows,
  palette = [],
  compression = 0,
  masks = [],
  headerBytes = 40,
}: Bmp): Buffer {
  const isCore = headerBytes === 12
  const header = Buffer.alloc(14 + Math.max(headerBytes, isCore ? 0 : 40 + masks.length * 4))
  const entries = palette.flatMap((entry) => (isCore ? [...entry] : [...entry, 0]))
  const pixelsAt = header.length + entries.length
  const pixels = rows.flatMap((row) => {
    const padded = Math.ceil(row.length / 4) * 4
    return [...row, ...Array<number>(padded - row.length).fill(0)]
  })
  header.write('BM', 'latin1')
  header.writeUInt32LE(pixelsAt + pixels.length, 2)
  header.writeUInt32LE(pixelsAt, 10)
  header.writeUInt32LE(headerBytes, 14)
  if (isCore) {
    header.writeUInt16LE(width, 18)
    header.writeUInt16LE(height, 20)
    header.writeUInt16LE(1, 22)
    header.writeUInt16LE(bits, 24)
  } else {
    header.writeInt32LE(width, 18)
    header.writeInt32LE(height, 22)
    header.writeUInt16LE(1, 26)
    header.writeUInt16LE(bits, 28)
    header.writeUInt32LE(compression, 30)
    header.writeUInt32LE(palette.length, 46)
    masks.forEach((mask, index) => header.writeUInt32LE(mask, 54 + index * 4))
  }
  return Buffer.concat([header, Buffer.from(entries), Buffer.from(pixels)])
}

const RED = [255, 0, 0]
const GREEN = [0, 255, 0]
const BLUE = [0, 0, 255]
const PALETTE = [
  [0, 0, 255],
  [0, 255, 0],
  [255, 0, 0],
] as const

const pixelsOf = async (bytes: Buffer) => {
  const { pixels, width } = await decodeImage(bytes)
  const pixel = (at: number) => [...pixels.subarray(at * 3, at * 3 + 3)]
  return Array.from({ length: pixels.length / 3 / width }, (_, row) =>
    Array.from({ length: width }, (_, column) => pixel(row * width + column)),
  )
}

describe('a BMP file is decoded', () => {
  it.each<[string, Bmp, number[][][]]>([
    [
      '24 bits, from the bottom up',
      {
        width: 1,
        height: 2,
        bits: 24,
        rows: [
          [255, 0, 0],
          [0, 0, 255],
        ],
      },
      [[RED], [BLUE]],
    ],
    [
      '24 bits, from the top down',
      {
        width: 1,
        height: -2,
        bits: 24,
        rows: [
          [255, 0, 0],
          [0, 0, 255],
        ],
      },
      [[BLUE], [RED]],
    ],
    [
      '32 bits, whose fourth byte means nothing',
      { width: 2, height: 1, bits: 32, rows: [[0, 0, 255, 0, 0, 255, 0, 9]] },
      [[RED, GREEN]],
    ],
    [
      '32 bits with alpha, over middle grey',
      {
        width: 2,
        height: 1,
        bits: 32,
        compression: 3,
        headerBytes: 108,
        masks: [0xff0000, 0xff00, 0xff, 0xff000000],
        rows: [[0, 0, 255, 255, 0, 0, 255, 0]],
      },
      [[RED, [128, 128, 128]]],
    ],
    [
      '32 bits with alpha that is 0 everywhere, opaque',
      {
        width: 1,
        height: 1,
        bits: 32,
        compression: 3,
        headerBytes: 108,
        masks: [0xff0000, 0xff00, 0xff, 0xff000000],
        rows: [[0, 0, 255, 0]],
      },
      [[RED]],
    ],
    [
      '16 bits, 5-5-5',
      { width: 3, height: 1, bits: 16, rows: [[0x00, 0x7c, 0xe0, 0x03, 0x1f, 0x00]] },
      [[RED, GREEN, BLUE]],
    ],
    [
      '16 bits, 5-6-5 by masks',
      {
        width: 3,
        height: 1,
        bits: 16,
        compression: 3,
        masks: [0xf800, 0x07e0, 0x001f],
        rows: [[0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00]],
      },
      [[RED, GREEN, BLUE]],
    ],
    [
      '8 bits with a palette, a missing entry black',
      { width: 4, height: 1, bits: 8, palette: PALETTE, rows: [[0, 1, 2, 200]] },
      [[RED, GREEN, BLUE, [0, 0, 0]]],
    ],
    [
      '4 bits with a palette, an odd width',
      { width: 3, height: 1, bits: 4, palette: PALETTE, rows: [[0x01, 0x20]] },
      [[RED, GREEN, BLUE]],
    ],
    [
      '1 bit with a palette',
      {
        width: 9,
        height: 1,
        bits: 1,
        palette: PALETTE.slice(0, 2),
        rows: [[0b01000000, 0b10000000]],
      },
      [[RED, GREEN, RED, RED, RED, RED, RED, RED, GREEN]],
    ],
    [
      'the oldest header',
      { width: 2, height: 1, bits: 8, headerBytes: 12, palette: PALETTE, rows: [[1, 2]] },
      [[GREEN, BLUE]],
    ],
  ])('with %s', async (_, picture, expected) => {
    expect(await pixelsOf(bmp(picture))).toEqual(expected)
  })

  it('and laid out like any other picture', async () => {
    const rows = Array.from({ length: 2 }, () => Array<number>(3840 * 3).fill(200))
    const image = await decodeImage(bmp({ width: 3840, height: 2, bits: 24, rows }))
    expect(image).toMatchObject({ width: 1920, height: 1, originalWidth: 3840, originalHeight: 2 })
  })
})

describe('a BMP file is refused', () => {
  const good: Bmp = { width: 1, height: 1, bits: 24, rows: [[1, 2, 3]] }
  it.each<[string, Buffer, string, string]>([
    [
      'run-length compression',
      bmp({ ...good, compression: 1 }),
      'invalid_image',
      'RLE8 compression',
    ],
    ['JPEG inside', bmp({ ...good, compression: 4 }), 'invalid_image', 'JPEG compression'],
    ['2 bits', bmp({ ...good, bits: 2 }), 'invalid_image', '2-bit pixels'],
    ['no width', bmp({ ...good, width: 0 }), 'invalid_image', '0 x 1 pixels'],
    ['a negative width', bmp({ ...good, width: -5 }), 'invalid_image', '-5 x 1 pixels'],
    ['missing pixels', bmp({ ...good, height: 40 }), 'invalid_image', 'The BMP file is cut off'],
    ['half a header', bmp(good).subarray(0, 30), 'invalid_image', 'The BMP file is cut off'],
    [
      'too many pixels',
      bmp({ ...good, width: 30_000, height: 30_000 }),
      'too_large',
      '900 megapixels',
    ],
    ['a side that is too long', bmp({ ...good, width: 40_000 }), 'too_large', '40000 x 1 pixels'],
    [
      'an empty file behind its sign',
      Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]),
      'invalid_image',
      'a header of 0 bytes',
    ],
  ])('with %s', async (_, bytes, code, words) => {
    const error: unknown = await decodeImage(bytes).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code })
    expect((error as ProtocolError).message).toContain(words)
  })
})

it('any bytes behind a BMP header give a picture or a coded error', async () => {
  const seeds = [
    bmp({
      width: 3,
      height: 2,
      bits: 24,
      rows: [Array<number>(9).fill(7), Array<number>(9).fill(9)],
    }),
    bmp({ width: 4, height: 1, bits: 8, palette: PALETTE, rows: [[0, 1, 2, 3]] }),
    bmp({
      width: 3,
      height: 1,
      bits: 16,
      compression: 3,
      masks: [0xf800, 0x07e0, 0x1f],
      rows: [[1, 2, 3, 4, 5, 6]],
    }),
  ]
  const change = fc.tuple(fc.nat(90), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(change, { maxLength: 8 }),
      fc.nat(120),
      async (seed, changes, length) => {
        const bytes = Buffer.from(seed)
        // The sign and the reserved zeros stay: without them it is another file type.
        for (const [at, value] of changes) if (at >= 10 && at < bytes.length) bytes[at] = value
        const result = await decodeImage(bytes.subarray(0, Math.max(14, length))).catch(
          (error: unknown) => error,
        )
        if (result instanceof ProtocolError) return
        expect(result).toHaveProperty('pixels')
      },
    ),
    { numRuns: 500 },
  )
})
