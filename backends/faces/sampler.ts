/** Cuts rotated squares out of an image, scaled for a model. */
import { stretchedTo, type RawImage } from '../base/image_layout.ts'
import { aligned, KERNEL_BASE, withKernelNow } from '../base/picture_kernel.ts'
import { scalePicture } from '../base/scale_picture.ts'
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
  const bottom = height - 1
  const { from, to } = rowsOf({ start, dx, dy }, size * taps - 1, bottom)
  const held = pixels.subarray(from * stride, (to + 1) * stride)
  return withKernelNow((kernel) => {
    // One more row, which the kernel reads with weight 0.
    const target = aligned(KERNEL_BASE + held.length + stride)
    const length = size * size * 3
    kernel.reserve(target + length)
    kernel.bytes(KERNEL_BASE, held.length).set(held)
    const right = width - 1
    const [x, y] = start
    kernel.run.sample(KERNEL_BASE, stride, from, right, bottom, x, y, dx, dy, size, taps, target)
    return kernel.bytes(target, length).slice()
  })
}

/** Below this reduction a single bilinear point is enough. */
const TAPS_FROM = 1.25

interface Steps {
  start: readonly [number, number]
  dx: number
  dy: number
}

/** In pixels of an image `shrunk` times smaller, from pixel centres. Right is (dx, dy), down is (-dy, dx). */
function stepsOf({ centre, side, angle }: Square, shrunk: number, steps: number): Steps {
  const smaller: Square = {
    centre: [centre[0] / shrunk, centre[1] / shrunk],
    side: side / shrunk,
    angle,
  }
  const place = fromSquare(smaller)
  const [x, y] = place(0.5 / steps, 0.5 / steps)
  const [nextX, nextY] = place(1.5 / steps, 0.5 / steps)
  return { start: [x - 0.5, y - 0.5], dx: nextX - x, dy: nextY - y }
}

/** First and last row that the points of the square touch, within the image. */
function rowsOf({ start, dx, dy }: Steps, last: number, bottom: number) {
  const corners = [0, last * dy, last * dx, last * (dx + dy)].map((down) => start[1] + down)
  const within = (row: number) => Math.min(Math.max(row, 0), bottom)
  return {
    from: within(Math.floor(Math.min(...corners))),
    to: within(Math.floor(Math.max(...corners)) + 1),
  }
}

/** Level 0 is the image; each further level halves the sides, averaging four pixels. */
function pyramidLevel(image: RawImage, level: number): RawImage {
  if (level <= 0) return image
  let levels = LEVELS.get(image)
  if (!levels) LEVELS.set(image, (levels = [image]))
  let smallest = levels.at(-1) ?? image
  while (levels.length <= level) {
    smallest = halved(smallest)
    levels.push(smallest)
  }
  return levels[level] ?? smallest
}

/** Dropped together with the image. */
const LEVELS = new WeakMap<RawImage, RawImage[]>()

/** Drops an odd last row or column; a side of 1 stays. */
function halved(image: RawImage): RawImage {
  const half = { width: Math.max(1, image.width >> 1), height: Math.max(1, image.height >> 1) }
  const used = {
    width: image.width === 1 ? 1 : half.width * 2,
    height: image.height === 1 ? 1 : half.height * 2,
  }
  const layout = { ...stretchedTo(half)(used), source: { left: 0, top: 0, ...used } }
  // Without antialiasing a point between four pixels is their mean.
  const options = { layout, orientation: 1, filter: 'linear', background: BLACK } as const
  return { pixels: withKernelNow((kernel) => scalePicture(kernel, image, options)), ...half }
}

const BLACK = { r: 0, g: 0, b: 0 }
