import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { insideSide, letterboxedIn, stretchedTo, covering } from './image_layout.ts'
import { PictureKernel } from './picture_kernel.ts'
import { RESIZE_FILTERS, type ResizeFilter } from '../../protocol/onnx_config.ts'
import { scalePicture } from './scale_picture.ts'

interface Case {
  size: [number, number]
  to: [number, number]
  pixels: string
  results: Record<ResizeFilter, string>
}

const file = path.join(import.meta.dirname, 'testing/resized_pictures.json')
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
const BLACK = { r: 0, g: 0, b: 0 }

/** Largest difference of two pictures of the same length. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (b[at] ?? NaN))), 0)
}

/** Bytes that follow no pattern of their neighbours. */
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 7919 + at * at) % 251)

describe.each(RESIZE_FILTERS)('%s', (filter) => {
  test.each(cases)('equals the library from $size to $to', ({ size, to, pixels, results }) => {
    const picture = { pixels: Buffer.from(pixels, 'base64'), width: size[0], height: size[1] }
    const layout = stretchedTo({ width: to[0], height: to[1] })(picture)
    const options = { layout, orientation: 1, filter, background: BLACK }
    const scaled = scalePicture(new PictureKernel(), picture, options)
    expect(difference(scaled, Buffer.from(results[filter], 'base64'))).toBeLessThanOrEqual(1)
  })

  test('keeps a picture of the same size', () => {
    const picture = { pixels: noise(20 * 9 * 3), width: 20, height: 9 }
    const layout = insideSide(20)(picture)
    const options = { layout, orientation: 1, filter, background: BLACK }
    expect(scalePicture(new PictureKernel(), picture, options)).toEqual(picture.pixels)
  })

  test('gives the same in parts as whole', () => {
    // 3 * 2000 * 2500 = 15 MB: two parts.
    const [width, height] = [2000, 2500]
    const kernel = new PictureKernel()
    const pixels = noise(width * height * 3)
    const layout = stretchedTo({ width: 40, height: 30 })({ width, height })
    const options = { layout, orientation: 1, filter, background: BLACK }
    const inParts = scalePicture(kernel, { pixels, width, height }, options)
    kernel.reserve(4096 + pixels.length)
    const inside = kernel.bytes(4096, pixels.length)
    inside.set(pixels)
    expect(scalePicture(kernel, { pixels: inside, width, height }, options)).toEqual(inParts)
  })
})

describe('a picture stored with EXIF orientation', () => {
  /** Where the pixel (x, y) of the upright picture is stored (EXIF 2.32, 4.6.5). */
  const stored: Record<number, (x: number, y: number, w: number, h: number) => [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y, w) => [w - 1 - x, y],
    3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
    4: (x, y, _, h) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y, w) => [y, w - 1 - x],
    7: (x, y, w, h) => [h - 1 - y, w - 1 - x],
    8: (x, y, _, h) => [h - 1 - y, x],
  }
  const upright = { pixels: noise(24 * 18 * 3), width: 24, height: 18 }
  const layouts = {
    stretched: stretchedTo({ width: 11, height: 7 }),
    'cut to a square': covering({ width: 9, height: 9 }),
    padded: letterboxedIn({ width: 13, height: 21 }),
  }

  describe.each(Object.entries(layouts))('and %s', (_, layoutOf) => {
    test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i equals the upright one', (orientation) => {
      const { width: w, height: h } = upright
      const [width, height] = orientation >= 5 ? [h, w] : [w, h]
      const pixels = new Uint8Array(w * h * 3)
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const [column, row] = stored[orientation]?.(x, y, w, h) ?? [NaN, NaN]
          const at = (y * w + x) * 3
          pixels.set(upright.pixels.subarray(at, at + 3), (row * width + column) * 3)
        }
      }
      const layout = layoutOf(upright)
      const options = { layout, filter: 'bilinear', background: { r: 1, g: 2, b: 3 } } as const
      const kernel = new PictureKernel()
      const expected = scalePicture(kernel, upright, { ...options, orientation: 1 })
      const turned = scalePicture(kernel, { pixels, width, height }, { ...options, orientation })
      expect(difference(turned, expected)).toBeLessThanOrEqual(1)
    })
  })
})

test('padding has the background colour, and the picture its place', () => {
  const picture = { pixels: new Uint8Array(4 * 2 * 3).fill(200), width: 4, height: 2 }
  const layout = letterboxedIn({ width: 4, height: 4 })(picture)
  const options = {
    layout,
    orientation: 1,
    filter: 'linear',
    background: { r: 1, g: 2, b: 3 },
  } as const
  const scaled = scalePicture(new PictureKernel(), picture, options)
  expect([...scaled.subarray(0, 3)]).toEqual([1, 2, 3])
  expect([...scaled.subarray(12, 15)]).toEqual([200, 200, 200])
  expect([...scaled.subarray(-3)]).toEqual([1, 2, 3])
})
