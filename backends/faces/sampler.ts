/** Cuts rotated squares out of an image, scaled for a model. */
import type { RawImage } from '../base/image_layout.ts'
import { fromSquare, type Square } from './geometry.ts'

/** Bilinear RGB. Reductions sample a smaller copy at several points, or fine lines (lids, teeth) flicker. */
export function sampleSquare(image: RawImage, square: Square, size: number): Uint8Array {
  const shrink = square.side / size
  const level = shrink >= 2 ? Math.floor(Math.log2(shrink)) : 0
  const { pixels, width, height } = pyramidLevel(image, level)
  // The remaining reduction is below 2: two points per axis see every pixel.
  const taps = shrink / 2 ** level > TAPS_FROM ? 2 : 1
  const { start, dx, dy } = stepsOf(square, 2 ** level, size * taps)
  const stride = width * 3
  const right = width - 1
  const bottom = height - 1
  const weight = 1 / (taps * taps)
  const target = new Uint8Array(size * size * 3)
  let at = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let red = 0
      let green = 0
      let blue = 0
      for (let tap = 0; tap < taps * taps; tap++) {
        const u = column * taps + (tap & 1)
        const v = row * taps + (tap >> 1)
        const x = clamp(start[0] + u * dx - v * dy, right)
        const y = clamp(start[1] + u * dy + v * dx, bottom)
        const left = x | 0
        const top = y | 0
        const index = top * stride + left * 3
        const toRight = left < right ? 3 : 0
        const toBelow = top < bottom ? stride : 0
        const partRight = x - left
        const partBelow = y - top
        red += blend(pixels, index, toRight, toBelow, partRight, partBelow)
        green += blend(pixels, index + 1, toRight, toBelow, partRight, partBelow)
        blue += blend(pixels, index + 2, toRight, toBelow, partRight, partBelow)
      }
      target[at++] = red * weight + 0.5
      target[at++] = green * weight + 0.5
      target[at++] = blue * weight + 0.5
    }
  }
  return target
}

/** Below this reduction a single bilinear point is enough. */
const TAPS_FROM = 1.25

/** In pixels of an image `shrunk` times smaller, from pixel centres. Right is (dx, dy), down is (-dy, dx). */
function stepsOf({ centre, side, angle }: Square, shrunk: number, steps: number) {
  const smaller: Square = {
    centre: [centre[0] / shrunk, centre[1] / shrunk],
    side: side / shrunk,
    angle,
  }
  const [x, y] = fromSquare(smaller, [0.5 / steps, 0.5 / steps])
  const [nextX, nextY] = fromSquare(smaller, [1.5 / steps, 0.5 / steps])
  return { start: [x - 0.5, y - 0.5] as const, dx: nextX - x, dy: nextY - y }
}

const clamp = (value: number, maximum: number) =>
  value < 0 ? 0 : value > maximum ? maximum : value
/** Interpolates four neighbouring bytes. Indices are always valid; `?? 0` is for the type. */
function blend(
  pixels: Uint8Array,
  index: number,
  toRight: number,
  toBelow: number,
  partRight: number,
  partBelow: number,
): number {
  const above = mix(pixels[index] ?? 0, pixels[index + toRight] ?? 0, partRight)
  const below = mix(pixels[index + toBelow] ?? 0, pixels[index + toBelow + toRight] ?? 0, partRight)
  return mix(above, below, partBelow)
}

const mix = (from: number, to: number, part: number) => from * (1 - part) + to * part

/** Level 0 is the image; each further level halves the sides, averaging four pixels. */
function pyramidLevel(image: RawImage, level: number): RawImage {
  if (level <= 0) return image
  let levels = LEVELS.get(image)
  if (!levels) LEVELS.set(image, (levels = [image]))
  let smallest = levels.at(-1) ?? image
  while (levels.length <= level) {
    smallest = halve(smallest)
    levels.push(smallest)
  }
  return levels[level] ?? smallest
}

/** Dropped together with the image. */
const LEVELS = new WeakMap<RawImage, RawImage[]>()

/** Drops an odd last row or column; a side of 1 stays. */
function halve({ pixels, width, height }: RawImage): RawImage {
  const half = { width: Math.max(1, width >> 1), height: Math.max(1, height >> 1) }
  const target = new Uint8Array(half.width * half.height * 3)
  const right = width > 1 ? 3 : 0
  const down = height > 1 ? width * 3 : 0
  let at = 0
  for (let row = 0; row < half.height; row++) {
    let from = row * 2 * width * 3
    for (let column = 0; column < half.width; column++, from += 6) {
      for (let channel = 0; channel < 3; channel++) {
        const index = from + channel
        const sum =
          (pixels[index] ?? 0) +
          (pixels[index + right] ?? 0) +
          (pixels[index + down] ?? 0) +
          (pixels[index + right + down] ?? 0)
        target[at++] = (sum + 2) >> 2
      }
    }
  }
  return { pixels: target, ...half }
}
