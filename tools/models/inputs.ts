/** Pictures to compare converted models with their originals: generated ones, and faces of a demo folder. */
import { createHash } from 'node:crypto'
import { cutSquare, readPicture } from './face_squares.ts'

/** RGB bytes, `size * size * 3`, row by row. */
export interface ReferenceInput {
  id: string
  pixels: Uint8Array
}

/** Squares around one face each, in pixels of @vladmandic/face-api/demo/sampleN.jpg. */
const FACES = [
  { sample: 1, centreX: 1600, centreY: 345, side: 300 },
  { sample: 3, centreX: 1185, centreY: 440, side: 300 },
  { sample: 5, centreX: 1505, centreY: 530, side: 340 },
  { sample: 6, centreX: 1605, centreY: 380, side: 300 },
] as const
const SEEDS = [1, 2]

/**
 * `margin` widens the face squares: 1 fills the picture with the face, 3 leaves room for a detector. Deterministic on
 * every machine: sharp only decodes, and scaling is plain arithmetic.
 */
export async function referenceInputs(
  rootDir: string,
  size: number,
  margin: number,
): Promise<ReferenceInput[]> {
  const drawn = SEEDS.map((seed) => ({ id: `smooth-${seed}`, pixels: smoothPicture(seed, size) }))
  const faces = await Promise.all(
    FACES.map(async (face) => ({
      id: `face-${face.sample}`,
      pixels: cutSquare(
        await readPicture(rootDir, face.sample),
        { ...face, side: face.side * margin, angle: 0 },
        size,
      ),
    })),
  )
  return [...drawn, ...faces]
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Bilinear noise of two grids: slow color changes with a finer layer. */
export function smoothPicture(seed: number, size: number): Uint8Array {
  const random = mulberry32(seed)
  const coarse = noiseGrid(5, random)
  const fine = noiseGrid(17, random)
  const pixels = new Uint8Array(size * size * 3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const value =
          0.7 * coarse(x / size, y / size, channel) + 0.3 * fine(x / size, y / size, channel)
        pixels[(y * size + x) * 3 + channel] = Math.floor(value * 256)
      }
    }
  }
  return pixels
}

/** Random values at `cells` x `cells` points, interpolated at u, v in [0, 1). */
function noiseGrid(cells: number, random: () => number) {
  const values = Array.from({ length: cells * cells * 3 }, random)
  const at = (x: number, y: number, channel: number) => values[(y * cells + x) * 3 + channel] ?? 0
  return (u: number, v: number, channel: number): number => {
    const x = Math.floor(u * (cells - 1))
    const y = Math.floor(v * (cells - 1))
    const right = u * (cells - 1) - x
    const down = v * (cells - 1) - y
    const top = at(x, y, channel) * (1 - right) + at(x + 1, y, channel) * right
    const bottom = at(x, y + 1, channel) * (1 - right) + at(x + 1, y + 1, channel) * right
    return top * (1 - down) + bottom * down
  }
}

/** Tommy Ettinger's mulberry32, deterministic per seed, in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
