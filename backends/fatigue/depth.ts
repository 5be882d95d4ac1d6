/** Depth frames: 8-bit grey of unknown unit, so only relative: motion and relief of the face. */
import type { Box } from '../../protocol/box.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { decodeImage } from '../base/image.ts'
import { stretchedTo } from '../base/image_layout.ts'
import { median } from './eyetrack.ts'

export interface DepthMeasures {
  frames: number
  measured: number
  /** Range of the face's median, in grey levels of 255; null if not measured. */
  motion: number | null
  /** Median interquartile range within the face; near 0 = flat, like a photo. */
  relief: number | null
}

/** Enough resolution for the median of a face. */
const SIDE = 64

/** 64 x 64 upright grey levels; null if the frame cannot be decoded or is too large. */
export async function readDepth(bytes: Uint8Array): Promise<Uint8Array | null> {
  if (bytes.byteLength === 0) return null
  try {
    const layoutOf = stretchedTo({ width: SIDE, height: SIDE })
    // The mean of two depths is a place where nothing is.
    const { pixels } = await decodeImage(bytes, { layoutOf, filter: 'nearest' })
    return Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
      const [red = 0, green = 0, blue = 0] = pixels.subarray(at * 3, at * 3 + 3)
      return Math.round((red + green + blue) / 3)
    })
  } catch (error) {
    // The caller counts it as not measured.
    if (error instanceof ProtocolError) return null
    throw error
  }
}

/** `boxes[i]` is the face of the RGB frame `frames[i]`, in shares of the picture. */
export function measureDepth(
  frames: readonly (Uint8Array | null)[],
  boxes: readonly (Box | null)[],
): DepthMeasures {
  const faces = frames.flatMap((frame, index) => {
    const box = boxes[index] ?? null
    return frame === null || box === null ? [] : [levelsIn(frame, box)]
  })
  const medians = faces.map((levels) => levels[Math.floor(levels.length / 2)] ?? 0)
  const spreads = faces.map(
    (levels) =>
      (levels[Math.floor(levels.length * 0.75)] ?? 0) -
      (levels[Math.floor(levels.length / 4)] ?? 0),
  )
  return {
    frames: frames.length,
    measured: faces.length,
    motion: faces.length === 0 ? null : Math.max(...medians) - Math.min(...medians),
    relief: faces.length === 0 ? null : median(spreads),
  }
}

function levelsIn(frame: Uint8Array, { x, y, width, height }: Box): Uint8Array {
  const clamp = (share: number) => Math.min(SIDE - 1, Math.max(0, Math.floor(share * SIDE)))
  const [left, right] = [clamp(x), clamp(x + width)]
  const [top, bottom] = [clamp(y), clamp(y + height)]
  const levels: number[] = []
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) levels.push(frame[row * SIDE + column] ?? 0)
  }
  return Uint8Array.from(levels).sort()
}
