import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inOriginalPixels, sentSizeOf } from './sent_picture.ts'

const side = fc.integer({ min: 1, max: 32_768 })
const anySize = fc.record({ width: side, height: side })

describe('a picture is scaled down', () => {
  it.each([
    [
      { width: 4000, height: 3000 },
      { width: 1280, height: 1280 },
      { width: 1707, height: 1280 },
    ],
    [
      { width: 3000, height: 4000 },
      { width: 224, height: 224 },
      { width: 224, height: 299 },
    ],
    [{ width: 640, height: 480 }, { width: 1280, height: 1280 }, null],
    [{ width: 100, height: 12_000 }, { width: 640, height: 640 }, null],
    [{ width: 2048, height: 2048 }, { width: 2048, height: 2048 }, null],
  ])('%j for a model that uses %j becomes %j', (picture, wanted, expected) => {
    expect(sentSizeOf(picture, wanted)).toEqual(expected)
  })

  it('never below what the model uses, and never larger than it was', () => {
    fc.assert(
      fc.property(anySize, anySize, (picture, wanted) => {
        const sent = sentSizeOf(picture, wanted)
        if (sent === null) return
        expect(sent.width).toBeGreaterThanOrEqual(wanted.width)
        expect(sent.height).toBeGreaterThanOrEqual(wanted.height)
        expect(sent.width).toBeLessThanOrEqual(picture.width)
        expect(sent.height).toBeLessThanOrEqual(picture.height)
      }),
    )
  })
})

it('the answer comes back in pixels of the original, on each axis by its own scale', () => {
  const size = { sent: { width: 100, height: 50 }, original: { width: 400, height: 300 } }
  const data = {
    prediction: 'happy',
    confidence: 0.91,
    image: { width: 100, height: 50 },
    detections: [{ label: 'cup', score: 0.5, box: { x: 10, y: 10, width: 5, height: 5 } }],
    faces: [
      {
        box: { x: 1, y: 1, width: 2, height: 2 },
        keypoints: { left_eye: [3, 3], nose: [4, 4, 0.9] },
        landmarks: [
          [0.5, 0.5],
          [99.9, 49.9],
        ],
        probabilities: { happy: 0.91 },
      },
    ],
    results: [{ image: { width: 7, height: 7 }, detections: [{ box: null }] }],
  }
  expect(inOriginalPixels(data, size)).toEqual({
    ...data,
    image: { width: 400, height: 300 },
    detections: [{ label: 'cup', score: 0.5, box: { x: 40, y: 60, width: 20, height: 30 } }],
    faces: [
      {
        box: { x: 4, y: 6, width: 8, height: 12 },
        keypoints: { left_eye: [12, 18], nose: [16, 24, 0.9] },
        landmarks: [
          [2, 3],
          [399.6, 299.4],
        ],
        probabilities: { happy: 0.91 },
      },
    ],
  })
})

it('boxes as lists and outlines of a third-party backend come back as well', () => {
  const size = { sent: { width: 100, height: 50 }, original: { width: 400, height: 300 } }
  const data = {
    objects: [
      { bbox: [1, 2, 3, 4], score: 0.5 },
      { bbox: { x: 1, y: 2, width: 3, height: 4 } },
      { box: [10, 10, 20, 20], mask: 'iVBORw0KGgo=' },
    ],
    polygon: [
      [1, 1],
      [2, 2],
    ],
    contours: [[[1, 1]], [[3, 3, 0.5]]],
    contributions: [{ points: 12 }],
    boxes: [[1, 2, 3, 4]],
    box: null,
  }
  expect(inOriginalPixels(data, size)).toEqual({
    ...data,
    objects: [
      { bbox: [4, 12, 12, 24], score: 0.5 },
      { bbox: { x: 4, y: 12, width: 12, height: 24 } },
      { box: [40, 60, 80, 120], mask: 'iVBORw0KGgo=' },
    ],
    polygon: [
      [4, 6],
      [8, 12],
    ],
    contours: [[[4, 6]], [[12, 18, 0.5]]],
    boxes: [[4, 12, 12, 24]],
  })
})
