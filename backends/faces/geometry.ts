/** Points, boxes and rotated squares in pixels; y grows downward, pixel centres lie at .5. */
import type { Box } from '../../protocol/box.ts'

export type Point = readonly [x: number, y: number]

/** `angle` in radians, clockwise on the screen. */
export interface Square {
  centre: Point
  side: number
  angle: number
}

/** Angle of the line from `a` to `b`; 0 points right. */
export const angleOf = ([ax, ay]: Point, [bx, by]: Point) => Math.atan2(by - ay, bx - ax)

export function rotate([x, y]: Point, angle: number): Point {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return [x * cos - y * sin, x * sin + y * cos]
}

/** Maps points of the square, in shares of its side, to the image. */
export function fromSquare({
  centre: [x, y],
  side,
  angle,
}: Square): (u: number, v: number) => Point {
  const cos = Math.cos(angle) * side
  const sin = Math.sin(angle) * side
  return (u, v) => [x + (u - 0.5) * cos - (v - 0.5) * sin, y + (u - 0.5) * sin + (v - 0.5) * cos]
}

export function boxAround(points: readonly Point[]): Box {
  let left = Infinity
  let right = -Infinity
  let top = Infinity
  let bottom = -Infinity
  for (const [x, y] of points) {
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The smallest square turned by `angle` around all points, widened by `margin`. */
export function squareAround(points: readonly Point[], angle: number, margin: number): Square {
  const { x, y, width, height } = boxAround(points.map((point) => rotate(point, -angle)))
  return {
    centre: rotate([x + width / 2, y + height / 2], angle),
    side: Math.max(width, height) * margin,
    angle,
  }
}
