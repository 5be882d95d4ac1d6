import sharp from 'sharp'
import { expect, it } from 'vitest'
import { tiffFile } from '../../testing/tiff_file.ts'
import { readDepth } from './depth.ts'

const flat = (width: number, height: number, level: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })

it.each([
  ['a PNG file', () => flat(20, 10, 77).greyscale().png().toBuffer()],
  ['a 16-bit PNG file', () => flat(20, 10, 77).toColourspace('grey16').png().toBuffer()],
  [
    'a TIFF file',
    () =>
      tiffFile({ width: 4, height: 2, pixels: Buffer.alloc(8, 77), tags: { bitsPerSample: 8 } }),
  ],
])('the levels of %s are read on 64 x 64', async (_title, make) => {
  const levels = await readDepth(await make())
  expect(levels).toHaveLength(64 * 64)
  expect([...new Set(levels)]).toEqual([77])
})

it('an edge stays between two levels', async () => {
  const pixels = Uint8Array.from({ length: 100 * 100 }, (_, at) => (at % 100 < 50 ? 20 : 200))
  const raw = { width: 100, height: 100, channels: 1 } as const
  const levels = await readDepth(await sharp(pixels, { raw }).png().toBuffer())
  expect([...new Set(levels)].sort((a, b) => a - b)).toEqual([20, 200])
})

it.each([
  ['nothing', () => Buffer.alloc(0)],
  ['no picture', () => Buffer.from('depth')],
  ['a side that no picture may have', () => flat(40_000, 1, 9).png().toBuffer()],
  ['more pixels than a picture may have', () => flat(8200, 8200, 9).png().toBuffer()],
])('%s is a frame that is not measured', async (_title, make) => {
  expect(await readDepth(await make())).toBeNull()
})
