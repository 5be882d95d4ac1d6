/** A found face as the fields that every face backend replies with, in pixels of the picture as it was sent. Pure. */
import type { Face } from '../../protocol/backend.ts'
import type { DecodedImage } from '../base/image.ts'
import type { Box, Point } from './geometry.ts'
import { keypointsOf } from './mesh.ts'
import type { FoundFace } from './pipeline.ts'

/** Box, scores, keypoints and landmarks. Landmarks may lie outside: a cut-off face goes on beyond the border. */
export function shapeFoundFace(
  image: DecodedImage,
  { box, score, mesh }: FoundFace,
): Pick<Face, 'box' | 'score' | 'presence' | 'keypoints' | 'landmarks'> {
  const toOriginal = ([x, y]: Point): [number, number] => [
    roundTo(x / image.scale, PIXEL_DIGITS),
    roundTo(y / image.scale, PIXEL_DIGITS),
  ]
  const keypoints = Object.entries(keypointsOf(mesh)).map(([name, at]) => [name, toOriginal(at)])
  return {
    box: clampedBox(box, image),
    score: roundTo(score, SHARE_DIGITS),
    presence: roundTo(mesh.presence, SHARE_DIGITS),
    keypoints: Object.fromEntries(keypoints) as Face['keypoints'],
    landmarks: mesh.points.map(toOriginal),
  }
}

/** Original pixels, inside the image. */
function clampedBox({ x, y, width, height }: Box, image: DecodedImage): Face['box'] {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  const right = Math.min(image.width, x + width)
  const bottom = Math.min(image.height, y + height)
  const original = (value: number) => roundTo(value / image.scale, PIXEL_DIGITS)
  return {
    x: original(left),
    y: original(top),
    width: original(Math.max(0, right - left)),
    height: original(Math.max(0, bottom - top)),
  }
}

/** A tenth of a pixel is finer than the mesh is exact. */
const PIXEL_DIGITS = 1
export const SHARE_DIGITS = 4

export const roundTo = (value: number, digits: number) => Number(value.toFixed(digits))
