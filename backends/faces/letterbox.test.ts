import { describe, expect, test } from 'vitest'
import type { RawImage } from '../base/image_layout.ts'
import { letterbox, tilesOf, toImage } from './letterbox.ts'

const plain = (width: number, height: number, value = 200): RawImage => ({
  pixels: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
})

describe('letterbox', () => {
  test.each([
    { width: 512, height: 256, bars: 'above and below', black: [128, 20], lit: [128, 128] },
    { width: 200, height: 400, bars: 'left and right', black: [20, 128], lit: [128, 128] },
  ])('a picture of $width x $height gets bars $bars', ({ width, height, black, lit }) => {
    const { picture } = letterbox(plain(width, height), { x: 0, y: 0, width, height })
    const red = ([x = 0, y = 0]: number[]) => picture[(y * 256 + x) * 3]
    expect(picture.byteLength).toBe(256 * 256 * 3)
    expect(red(black)).toBe(0)
    expect(red(lit)).toBe(200)
  })

  test('a detection finds back to the pixels it came from', () => {
    const region = { x: 100, y: 50, width: 300, height: 200 }
    const box = letterbox(plain(640, 480), region)
    const corner = toImage(
      { score: 1, box: { x: 0, y: 42, width: 256, height: 171 }, keypoints: [[128, 127.5]] },
      box,
    )
    expect(corner.box.x).toBeCloseTo(100, 6)
    expect(corner.box.y).toBeCloseTo(50, 6)
    expect(corner.box.width).toBeCloseTo(300, 6)
    expect(corner.box.height).toBeCloseTo(200, 6)
    expect(corner.keypoints[0]?.[0]).toBeCloseTo(250, 6)
    expect(corner.keypoints[0]?.[1]).toBeCloseTo(150, 6)
  })

  test('a strip of one pixel height still works', () => {
    const box = letterbox(plain(900, 1), { x: 0, y: 0, width: 900, height: 1 })
    expect(box.picture.byteLength).toBe(256 * 256 * 3)
  })
})

describe('tilesOf', () => {
  test.each([
    { width: 1280, height: 960 },
    { width: 765, height: 1240 },
    { width: 1280, height: 100 },
    { width: 1000, height: 1000 },
  ])('tiles cover $width x $height, inside it, with overlap', ({ width, height }) => {
    const tiles = tilesOf({ width, height, pixels: new Uint8Array() }, 0.55)
    const side = Math.round(Math.max(width, height) * 0.55)
    for (const tile of tiles) {
      expect(tile.x + tile.width).toBeLessThanOrEqual(width)
      expect(tile.y + tile.height).toBeLessThanOrEqual(height)
    }
    const columns = [...new Set(tiles.map(({ x }) => x))].sort((a, b) => a - b)
    for (const [index, x] of columns.entries()) {
      const next = columns[index + 1]
      if (next !== undefined) expect(x + side - next).toBeGreaterThanOrEqual(0.25 * side - 1)
    }
    expect(columns.at(-1)).toBe(Math.max(0, width - side))
    expect(tiles.length).toBeLessThanOrEqual(9)
  })
})
