export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** Intersection over union, 0 to 1; 0 for boxes without area. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  const shared = Math.max(0, width) * Math.max(0, height)
  const whole = a.width * a.height + b.width * b.height - shared
  return whole > 0 ? shared / whole : 0
}
