/** Points, boxes and rotated squares in pixels; y grows downward, pixel centres lie at .5. */

export type Point = readonly [x: number, y: number]

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** `angle` in radians, clockwise on the screen. */
export interface Square {
  centre: Point
  side: number
  angle: number
}

export const areaOf = ({ width, height }: Box) => width * height

export function intersectionOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

export function iouOf(a: Box, b: Box): number {
  const shared = intersectionOf(a, b)
  const union = areaOf(a) + areaOf(b) - shared
  return union > 0 ? shared / union : 0
}

/** Angle of the line from `a` to `b`; 0 points right. */
export const angleOf = ([ax, ay]: Point, [bx, by]: Point) => Math.atan2(by - ay, bx - ax)

export function rotate([x, y]: Point, angle: number): Point {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return [x * cos - y * sin, x * sin + y * cos]
}

/** Maps a point of the square, in shares of its side, to the image. */
export function fromSquare({ centre, side, angle }: Square, [u, v]: Point): Point {
  const [x, y] = rotate([(u - 0.5) * side, (v - 0.5) * side], angle)
  return [centre[0] + x, centre[1] + y]
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
