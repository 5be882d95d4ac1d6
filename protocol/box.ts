export interface Box {
  x: number
  y: number
  width: number
  height: number
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
