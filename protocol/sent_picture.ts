/** Scaling of large pictures before sending, and mapping of results back to the original. */
import type { ImageSize } from './backend.ts'

/** Smaller files gain little. */
export const SHRINK_FROM_BYTES = 4 * 1024 ** 2
/** JPEG quality in [0, 1]. */
export const SENT_QUALITY = 0.9

/** Dropping alpha would reveal arbitrary stored colours; black or white adds hard edges around a cut-out head. */
export const TRANSPARENT_BECOMES = { r: 128, g: 128, b: 128 } as const

/** A picture that was sent smaller; sizes are upright per EXIF. */
export interface SentSize {
  sent: ImageSize
  original: ImageSize
}

/** The smallest size with the same aspect ratio that covers `wanted`. null: the picture is not larger. */
export function sentSizeOf(picture: ImageSize, wanted: ImageSize): ImageSize | null {
  const scale = Math.max(wanted.width / picture.width, wanted.height / picture.height)
  if (scale >= 1) return null
  return {
    width: Math.max(wanted.width, Math.round(picture.width * scale)),
    height: Math.max(wanted.height, Math.round(picture.height * scale)),
  }
}

/** Maps `box`, `bbox`, `boxes`, `keypoints`, `landmarks`, `polygon`, `contour` and `image` to original pixels. */
export function inOriginalPixels(
  data: Readonly<Record<string, unknown>>,
  { sent, original }: SentSize,
): Record<string, unknown> {
  const scaleX = original.width / sent.width
  const scaleY = original.height / sent.height
  const across = (value: unknown) => scaled(value, scaleX)
  const down = (value: unknown) => scaled(value, scaleY)
  const points = (value: unknown): unknown => {
    if (isPoint(value)) return [across(value[0]), down(value[1]), ...value.slice(2)]
    if (Array.isArray(value)) return value.map(points)
    return isRecord(value) ? mapValues(value, points) : value
  }
  const box = (value: unknown): unknown => {
    // Corners, or a corner and a size: x and y alternate.
    if (isFour(value)) return value.map((side, at) => (at % 2 === 0 ? across : down)(side))
    if (Array.isArray(value)) return value.map(box)
    return isRecord(value)
      ? mapValues(value, (side, key) =>
          key === 'x' || key === 'width'
            ? across(side)
            : key === 'y' || key === 'height'
              ? down(side)
              : side,
        )
      : value
  }
  const image = (value: unknown): unknown =>
    isRecord(value) && value['width'] === sent.width && value['height'] === sent.height
      ? { ...value, ...original }
      : value
  const readers: Record<string, (value: unknown) => unknown> = {
    ...{ box, bbox: box, boxes: box, image },
    ...{ keypoints: points, landmarks: points },
    ...{ polygon: points, polygons: points, contour: points, contours: points },
  }
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isRecord(value)) return value
    return mapValues(value, (inner, key) => (readers[key] ?? walk)(inner))
  }
  return mapValues(data, (inner, key) => (readers[key] ?? walk)(inner))
}

/** Rounds to 0.1 pixel, as the backends do. */
const scaled = (value: unknown, scale: number) =>
  typeof value === 'number' ? Math.round(value * scale * 10) / 10 : value

type UnknownRecord = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is UnknownRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isFour = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length === 4 && value.every((side) => typeof side === 'number')

/** x and y, optionally with a score. */
const isPoint = (value: unknown): value is unknown[] =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number'

const mapValues = (record: UnknownRecord, map: (value: unknown, key: string) => unknown) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
