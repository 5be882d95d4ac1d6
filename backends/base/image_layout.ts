export interface PixelSize {
  width: number
  height: number
}

/** 8-bit RGB without gaps, row by row: `width * height * 3` bytes. */
export interface RawImage extends PixelSize {
  pixels: Uint8Array
}

interface PixelRegion extends PixelSize {
  left: number
  top: number
}

/** `result = picture * scale + offset`, each in pixels. */
export interface PixelMapping {
  scaleX: number
  scaleY: number
  offsetX: number
  offsetY: number
}

export interface ImageLayout {
  source: PixelRegion
  /** Scaled size of `source` and its position in the result. */
  target: PixelRegion
  size: PixelSize
  mapping: PixelMapping
}

export type LayoutOf = (picture: PixelSize) => ImageLayout

export function insideSide(sideMax: number): LayoutOf {
  return (picture) => {
    const shrink = Math.min(1, sideMax / Math.max(picture.width, picture.height))
    const size = scaled(picture, shrink)
    return layout(whole(picture), { left: 0, top: 0, ...size }, size)
  }
}

export function stretchedTo(size: PixelSize): LayoutOf {
  return (picture) => layout(whole(picture), whole(size), size)
}

export function covering(size: PixelSize): LayoutOf {
  return (picture) => {
    const scale = Math.max(size.width / picture.width, size.height / picture.height)
    const width = clampedLength(size.width / scale, picture.width)
    const height = clampedLength(size.height / scale, picture.height)
    const left = Math.floor((picture.width - width) / 2)
    const top = Math.floor((picture.height - height) / 2)
    return layout({ left, top, width, height }, whole(size), size)
  }
}

export function letterboxedIn(size: PixelSize): LayoutOf {
  return (picture) => {
    const scale = Math.min(size.width / picture.width, size.height / picture.height)
    const fitted = scaled(picture, scale)
    const left = Math.floor((size.width - fitted.width) / 2)
    const top = Math.floor((size.height - fitted.height) / 2)
    return layout(whole(picture), { left, top, ...fitted }, size)
  }
}

const whole = ({ width, height }: PixelSize): PixelRegion => ({ left: 0, top: 0, width, height })

const scaled = ({ width, height }: PixelSize, scale: number): PixelSize => ({
  width: Math.max(1, Math.round(width * scale)),
  height: Math.max(1, Math.round(height * scale)),
})

const clampedLength = (length: number, limit: number) =>
  Math.min(limit, Math.max(1, Math.round(length)))

/** One scale per axis: both sides are rounded, which affects a short side most. */
function layout(source: PixelRegion, target: PixelRegion, size: PixelSize): ImageLayout {
  const scaleX = target.width / source.width
  const scaleY = target.height / source.height
  const mapping = {
    scaleX,
    scaleY,
    offsetX: target.left - source.left * scaleX,
    offsetY: target.top - source.top * scaleY,
  }
  return { source, target, size, mapping }
}

export function toPicture(
  { scaleX, scaleY, offsetX, offsetY }: PixelMapping,
  [x, y]: readonly [number, number],
): [number, number] {
  return [(x - offsetX) / scaleX, (y - offsetY) / scaleY]
}
