import { expect, it } from 'vitest'
import type { DecodedImage } from '../base/image.ts'
import { insideSide } from '../base/image_layout.ts'
import type { Point } from './geometry.ts'
import { shapeFoundFace } from './face_reply.ts'

/** A decoded picture without pixels. */
function decoded(width: number, height: number): DecodedImage {
  const { size, mapping } = insideSide(1280)({ width, height })
  return {
    pixels: new Uint8Array(),
    ...size,
    originalWidth: width,
    originalHeight: height,
    mapping,
  }
}

it.each([
  [640, 480],
  [4000, 3000],
  [333, 5000],
  [5000, 333],
  [100, 12_000],
  [3, 6000],
])('a face comes back in pixels of a picture of %i x %i', (width, height) => {
  const image = decoded(width, height)
  // The middle half of the picture, in decoded pixels.
  const box = {
    x: image.width / 4,
    y: image.height / 4,
    width: image.width / 2,
    height: image.height / 2,
  }
  const middle: Point = [image.width / 2, image.height / 2]
  const mesh = {
    presence: 1,
    points: Array.from({ length: 468 }, () => middle),
    depths: new Float32Array(468),
  }
  const face = shapeFoundFace(image, { box, score: 0.9, isDoubtful: false, mesh })
  const expected = { x: width / 4, y: height / 4, width: width / 2, height: height / 2 }
  for (const side of ['x', 'y', 'width', 'height'] as const) {
    expect(Math.abs(face.box[side] - expected[side])).toBeLessThan(0.11)
  }
  const [x = NaN, y = NaN] = face.landmarks[0] ?? []
  expect(Math.abs(x - width / 2) + Math.abs(y - height / 2)).toBeLessThan(0.21)
})
