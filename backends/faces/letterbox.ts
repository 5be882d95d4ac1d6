/** Fits a part of an image into the detector's square with black bars, and maps back. */
import { letterboxedIn, type RawImage } from '../base/image_layout.ts'
import { withKernelNow } from '../base/picture_kernel.ts'
import { scalePicture } from '../base/scale_picture.ts'
import { DETECTOR_SIZE, type Detection } from './anchors.ts'
import type { Box } from '../../protocol/box.ts'
import type { Point } from './geometry.ts'

export interface Letterbox {
  picture: Uint8Array
  /** Image pixel = (letterbox pixel - offset) * scale + origin. */
  offset: Point
  scale: Point
  origin: Point
}

/** `region` in whole pixels. MediaPipe pads its detector's input with black too. */
export function letterbox(image: RawImage, region: Box): Letterbox {
  const layout = letterboxedIn({ width: DETECTOR_SIZE, height: DETECTOR_SIZE })(region)
  const { left, top, width, height } = layout.target
  const source = { left: region.x, top: region.y, width: region.width, height: region.height }
  const picture = withKernelNow((kernel) =>
    scalePicture(kernel, image, {
      layout: { ...layout, source },
      orientation: 1,
      filter: 'bilinear',
      background: { r: 0, g: 0, b: 0 },
    }),
  )
  return {
    picture,
    offset: [left, top],
    scale: [region.width / width, region.height / height],
    origin: [region.x, region.y],
  }
}

/** Letterbox of a whole image, cached with it. */
export function wholeLetterbox(image: RawImage): Letterbox {
  const known = WHOLE.get(image)
  if (known) return known
  const made = letterbox(image, { x: 0, y: 0, width: image.width, height: image.height })
  WHOLE.set(image, made)
  return made
}

/** Dropped together with the image. */
const WHOLE = new WeakMap<RawImage, Letterbox>()

/** Overlapping squares, each `share` of the longer side. One holds any face up to the size of the overlap. */
export function tilesOf({ width, height }: RawImage, share: number): Box[] {
  const side = Math.round(Math.max(width, height) * share)
  const starts = (length: number): number[] => {
    if (length <= side) return [0]
    const count = Math.ceil((length - side) / (side * (1 - TILE_OVERLAP_MIN))) + 1
    return Array.from({ length: count }, (_, index) =>
      Math.round((index * (length - side)) / (count - 1)),
    )
  }
  return starts(height).flatMap((y) =>
    starts(width).map((x) => ({
      x,
      y,
      width: Math.min(side, width),
      height: Math.min(side, height),
    })),
  )
}

const TILE_OVERLAP_MIN = 0.25

export function upsideDown(picture: Uint8Array): Uint8Array {
  const turned = new Uint8Array(picture.length)
  for (let from = 0, to = picture.length - 3; to >= 0; from += 3, to -= 3) {
    turned[to] = picture[from] ?? 0
    turned[to + 1] = picture[from + 1] ?? 0
    turned[to + 2] = picture[from + 2] ?? 0
  }
  return turned
}

export function turnBack({ box, keypoints, score }: Detection): Detection {
  return {
    score,
    box: { ...box, x: DETECTOR_SIZE - box.x - box.width, y: DETECTOR_SIZE - box.y - box.height },
    keypoints: keypoints.map(([x, y]) => [DETECTOR_SIZE - x, DETECTOR_SIZE - y]),
  }
}

export function toImage(detection: Detection, { offset, scale, origin }: Letterbox): Detection {
  const move = ([x, y]: Point): Point => [
    (x - offset[0]) * scale[0] + origin[0],
    (y - offset[1]) * scale[1] + origin[1],
  ]
  const { x, y, width, height } = detection.box
  const [left, top] = move([x, y])
  return {
    score: detection.score,
    box: { x: left, y: top, width: width * scale[0], height: height * scale[1] },
    keypoints: detection.keypoints.map(move),
  }
}
