/** Common reply fields of a face, in pixels of the sent picture. */
import type { Face } from '../../protocol/results.ts'
import type { DecodedImage } from '../base/image.ts'
import { toPicture } from '../base/image_layout.ts'
import type { Box } from '../../protocol/box.ts'
import type { Point } from './geometry.ts'
import { keypointsOf } from './mesh.ts'
import type { FoundFace } from './pipeline.ts'

/** Landmarks of a cut-off face may lie outside the picture. */
export function shapeFoundFace(
  image: DecodedImage,
  { box, score, mesh }: FoundFace,
): Pick<Face, 'box' | 'score' | 'presence' | 'keypoints' | 'landmarks'> {
  const toOriginal = (point: Point): [number, number] => {
    const [x, y] = toPicture(image.mapping, point)
    return [roundTo(x, PIXEL_DIGITS), roundTo(y, PIXEL_DIGITS)]
  }
  const keypoints = Object.entries(keypointsOf(mesh)).map(([name, at]) => [name, toOriginal(at)])
  return {
    box: clampedBox(box, image),
    score: roundTo(score, SHARE_DIGITS),
    presence: roundTo(mesh.presence, SHARE_DIGITS),
    keypoints: Object.fromEntries(keypoints) as Face['keypoints'],
    landmarks: mesh.points.map(toOriginal),
  }
}

function clampedBox({ x, y, width, height }: Box, image: DecodedImage): Face['box'] {
  const corner = ([across, down]: Point) =>
    toPicture(image.mapping, [
      Math.min(image.width, Math.max(0, across)),
      Math.min(image.height, Math.max(0, down)),
    ])
  const [left, top] = corner([x, y])
  const [right, bottom] = corner([x + width, y + height])
  return {
    x: roundTo(left, PIXEL_DIGITS),
    y: roundTo(top, PIXEL_DIGITS),
    width: roundTo(right - left, PIXEL_DIGITS),
    height: roundTo(bottom - top, PIXEL_DIGITS),
  }
}

const PIXEL_DIGITS = 1
export const SHARE_DIGITS = 4

export const roundTo = (value: number, digits: number) =>
  Math.round(value * 10 ** digits) / 10 ** digits
