import { expect, test } from 'vitest'
import { iouOf, type Box } from '../../protocol/box.ts'
import { fromSquare, rotate, squareAround, type Point } from './geometry.ts'

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height })

test.each([
  { what: 'the same box', a: box(0, 0, 4, 4), b: box(0, 0, 4, 4), iou: 1 },
  { what: 'half of it', a: box(0, 0, 4, 4), b: box(0, 0, 2, 4), iou: 0.5 },
  { what: 'a shifted one', a: box(0, 0, 2, 2), b: box(1, 1, 2, 2), iou: 1 / 7 },
  { what: 'one that only touches', a: box(0, 0, 2, 2), b: box(2, 0, 2, 2), iou: 0 },
  { what: 'an empty one', a: box(0, 0, 0, 0), b: box(0, 0, 0, 0), iou: 0 },
])('intersection over union with $what is $iou', ({ a, b, iou }) => {
  expect(iouOf(a, b)).toBeCloseTo(iou, 12)
})

test('a square around turned points is turned with them, not larger', () => {
  const upright: Point[] = [
    [-2, -1],
    [2, -1],
    [2, 1],
    [-2, 1],
  ]
  const angle = 0.7
  const turned = upright.map((point): Point => {
    const [x, y] = rotate(point, angle)
    return [x + 10, y + 20]
  })
  const square = squareAround(turned, angle, 1.5)
  expect(square.side).toBeCloseTo(6, 12)
  expect(square.centre[0]).toBeCloseTo(10, 12)
  expect(square.centre[1]).toBeCloseTo(20, 12)
})

test('a positive angle turns a square clockwise on the screen', () => {
  const square = { centre: [10, 10], side: 4, angle: Math.PI / 2 } as const
  // Its own top left corner lies at the top right of the screen.
  const [x, y] = fromSquare(square)(0, 0)
  expect(x).toBeCloseTo(12, 12)
  expect(y).toBeCloseTo(8, 12)
})
