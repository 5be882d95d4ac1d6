/** An image at half, quarter... of its size, computed on demand. */
import type { RawImage } from '../base/image.ts'

/** Level 0 is the image; each further level halves the sides, averaging four pixels. */
export function pyramidLevel(image: RawImage, level: number): RawImage {
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
