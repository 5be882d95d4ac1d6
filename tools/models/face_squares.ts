/** Cuts faces out of @vladmandic/face-api's demo pictures with plain arithmetic: deterministic on every machine. */
import { join } from 'node:path'
import sharp from 'sharp'

/** In pixels; `angle` in radians, clockwise on the screen. */
export interface FaceSquare {
  centreX: number
  centreY: number
  side: number
  angle: number
}

/** RGB, row by row. */
export interface Picture {
  pixels: Uint8Array
  width: number
  height: number
}

/** `demo/sampleN.jpg`. */
export async function readPicture(rootDir: string, sample: number): Promise<Picture> {
  const path = join(rootDir, `node_modules/@vladmandic/face-api/demo/sample${sample}.jpg`)
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height }
}

/** The upright square as `size * size * 3` bytes. Beyond the picture its border is repeated. */
export function cutSquare(
  { pixels: source, width, height }: Picture,
  { centreX, centreY, side, angle }: FaceSquare,
  size: number,
): Uint8Array {
  const scale = side / size
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const pixels = new Uint8Array(size * size * 3)
  const sums = [0, 0, 0]
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sums.fill(0)
      // The mean of 3x3 points per target pixel prevents aliasing at these factors.
      for (let point = 0; point < 9; point++) {
        const dx = (x + ((point % 3) + 0.5) / 3 - size / 2) * scale
        const dy = (y + (Math.floor(point / 3) + 0.5) / 3 - size / 2) * scale
        const column = clamp(Math.floor(centreX + dx * cos - dy * sin), width - 1)
        const row = clamp(Math.floor(centreY + dx * sin + dy * cos), height - 1)
        const from = (row * width + column) * 3
        for (let channel = 0; channel < 3; channel++) {
          sums[channel] = (sums[channel] ?? 0) + (source[from + channel] ?? 0)
        }
      }
      const at = (y * size + x) * 3
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = Math.round((sums[channel] ?? 0) / 9)
      }
    }
  }
  return pixels
}

/** Crops to calibrate a quantized model, or to evaluate it. */
export type CropSet = 'calibration' | 'held_out'

/** 11 faces per set, each in `VARIANTS`; the sets share no picture. */
export async function faceCrops(
  rootDir: string,
  set: CropSet,
  size: number,
): Promise<Uint8Array[]> {
  const crops: Uint8Array[] = []
  for (const [sample, squares] of SQUARES[set]) {
    const picture = await readPicture(rootDir, sample)
    for (const [centreX, centreY, side, angle] of squares) {
      for (const { right, down, zoom, turn } of VARIANTS) {
        const moved = {
          centreX: centreX + right * side,
          centreY: centreY + down * side,
          side: side * zoom,
          angle: angle + turn,
        }
        crops.push(cutSquare(picture, moved, size))
      }
    }
  }
  return crops
}

/** As the faces pipeline finds them: the mesh's bounding square, rotated so that the eyes are level. */
const SQUARES: Record<CropSet, readonly [sample: number, squares: readonly Square[]][]> = {
  calibration: [
    [
      1,
      [
        [949, 547, 201, -0.52],
        [1569, 339, 200, 0.78],
        [509, 493, 208, 0.02],
      ],
    ],
    [
      3,
      [
        [1182, 378, 259, 0.2],
        [1586, 449, 244, -0.08],
        [696, 476, 244, 0.01],
      ],
    ],
    [
      5,
      [
        [482, 1033, 268, -0.12],
        [1520, 537, 243, -0.2],
        [680, 554, 219, 0],
        [1202, 330, 215, -0.02],
        [860, 228, 203, 0.17],
      ],
    ],
  ],
  held_out: [
    [
      2,
      [
        [1558, 289, 204, -0.31],
        [446, 280, 214, -0.06],
        [986, 363, 177, -0.02],
      ],
    ],
    [
      4,
      [
        [748, 204, 205, 0.5],
        [1355, 292, 207, 0.49],
        [341, 343, 201, -0.43],
        [1070, 316, 200, 0.1],
      ],
    ],
    [
      6,
      [
        [1584, 431, 257, 0.21],
        [360, 640, 244, -0.1],
        [780, 493, 257, -0.08],
        [1269, 464, 224, 0.02],
      ],
    ],
  ],
}
type Square = readonly [centreX: number, centreY: number, side: number, angle: number]

/** Shifted by shares of the side, widened, rotated, like detector jitter. */
const VARIANTS = [
  { right: 0, down: 0, zoom: 1, turn: 0 },
  { right: 0.08, down: -0.05, zoom: 1.15, turn: 0.1 },
  { right: -0.07, down: 0.06, zoom: 0.9, turn: -0.12 },
  { right: 0.03, down: 0.1, zoom: 1.3, turn: -0.05 },
  { right: -0.04, down: -0.08, zoom: 0.95, turn: 0.15 },
]

const clamp = (value: number, maximum: number) => Math.min(Math.max(value, 0), maximum)
