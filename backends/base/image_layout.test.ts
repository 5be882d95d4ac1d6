import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  covering,
  insideSide,
  letterboxedIn,
  stretchedTo,
  toPicture,
  type PixelSize,
} from './image_layout.ts'

const side = fc.integer({ min: 1, max: 32_768 })
const anySize = fc.record({ width: side, height: side })
const anyLayout = fc.oneof(
  fc.integer({ min: 1, max: 4096 }).map(insideSide),
  anySize.map(stretchedTo),
  anySize.map(covering),
  anySize.map(letterboxedIn),
)

it('the corners of the used part lie exactly on the corners of what it becomes', () => {
  fc.assert(
    fc.property(anySize, anyLayout, (picture, layoutOf) => {
      const { source, target, mapping } = layoutOf(picture)
      const corners = [
        [target.left, target.top, source.left, source.top],
        [
          target.left + target.width,
          target.top + target.height,
          source.left + source.width,
          source.top + source.height,
        ],
      ] as const
      for (const [x, y, left, top] of corners) {
        const at = toPicture(mapping, [x, y])
        expect(at[0]).toBeCloseTo(left, 5)
        expect(at[1]).toBeCloseTo(top, 5)
      }
    }),
  )
})

it('no layout leaves the picture or its own size', () => {
  fc.assert(
    fc.property(anySize, anyLayout, (picture, layoutOf) => {
      const { source, target, size } = layoutOf(picture)
      const isWithin = (part: typeof source, all: PixelSize) =>
        part.width >= 1 &&
        part.height >= 1 &&
        part.left >= 0 &&
        part.top >= 0 &&
        part.left + part.width <= all.width &&
        part.top + part.height <= all.height
      expect(isWithin(source, picture) && isWithin(target, size)).toBe(true)
    }),
  )
})

it('the longer side is limited, and a small picture stays as it is', () => {
  expect(insideSide(1280)({ width: 3, height: 6000 }).size).toEqual({ width: 1, height: 1280 })
  expect(insideSide(1280)({ width: 640, height: 480 }).size).toEqual({ width: 640, height: 480 })
})
