import { expect, test } from 'vitest'
import type { RawImage } from '../base/image_layout.ts'
import { sampleSquare } from './sampler.ts'

/** Red is the column, green the row, blue constant. */
function ramp(width: number, height: number, step = 1): RawImage {
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set([x * step, y * step, 77], (y * width + x) * 3)
  }
  return { pixels, width, height }
}

const pixelAt = (picture: Uint8Array, size: number, x: number, y: number) => [
  ...picture.subarray((y * size + x) * 3, (y * size + x) * 3 + 3),
]

test('an unturned square of the same size is the picture itself', () => {
  const image = ramp(8, 8, 10)
  const picture = sampleSquare(image, { centre: [4, 4], side: 8, angle: 0 }, 8)
  expect(picture).toEqual(image.pixels)
})

test('a quarter turn clockwise reads the columns upward', () => {
  const image = ramp(8, 8, 10)
  const picture = sampleSquare(image, { centre: [4, 4], side: 8, angle: Math.PI / 2 }, 8)
  // The square's own top left is the image's top right.
  expect(pixelAt(picture, 8, 0, 0)).toEqual([70, 0, 77])
  expect(pixelAt(picture, 8, 7, 0)).toEqual([70, 70, 77])
  expect(pixelAt(picture, 8, 0, 7)).toEqual([0, 0, 77])
})

test.each([2, 3, 4, 7, 8, 16])(
  'shrinking %i times keeps the place: means, not single pixels',
  (shrink) => {
    const size = 8
    const image = ramp(size * shrink, size * shrink)
    const half = (size * shrink) / 2
    const picture = sampleSquare(image, { centre: [half, half], side: 2 * half, angle: 0 }, size)
    for (const at of [1, 4, 6]) {
      const mean = at * shrink + (shrink - 1) / 2
      const [red = NaN, green = NaN] = pixelAt(picture, size, at, at)
      // The pyramid rounds once per level.
      expect(Math.abs(red - mean)).toBeLessThanOrEqual(1.5)
      expect(Math.abs(green - mean)).toBeLessThanOrEqual(1.5)
    }
  },
)

test('a checkerboard shrinks to its mean, not to stripes', () => {
  const image = ramp(64, 64)
  image.pixels.forEach((_, index) => {
    const pixel = Math.floor(index / 3)
    image.pixels[index] = ((pixel % 64) + Math.floor(pixel / 64)) % 2 === 0 ? 0 : 200
  })
  const picture = sampleSquare(image, { centre: [32, 32], side: 60, angle: 0.3 }, 10)
  expect(Math.min(...picture)).toBeGreaterThan(90)
  expect(Math.max(...picture)).toBeLessThan(110)
})

test('beyond the border the edge goes on', () => {
  const image = ramp(8, 8, 10)
  const picture = sampleSquare(image, { centre: [0, 4], side: 8, angle: 0 }, 8)
  expect(pixelAt(picture, 8, 0, 3)).toEqual([0, 30, 77])
  expect(pixelAt(picture, 8, 3, 3)).toEqual([0, 30, 77])
  expect(pixelAt(picture, 8, 5, 3)).toEqual([10, 30, 77])
})

test('a picture of a single pixel can be sampled at any scale', () => {
  const image: RawImage = { pixels: Uint8Array.of(9, 8, 7), width: 1, height: 1 }
  const picture = sampleSquare(image, { centre: [0.5, 0.5], side: 100, angle: 1 }, 2)
  expect([...picture]).toEqual([9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7])
})
