/** Face candidates from blazeface: over the whole picture, then in tiles for small faces. */
import type { RawImage } from '../base/image_layout.ts'
import { decodeDetections, suppress, type Detection } from './anchors.ts'
import type { ImageModel } from './image_model.ts'
import {
  letterbox,
  tilesOf,
  toImage,
  turnBack,
  upsideDown,
  wholeLetterbox,
  type Letterbox,
} from './letterbox.ts'

export interface Candidate extends Detection {
  /** Found only in a tile or upside down: needs a higher mesh presence. */
  isDoubtful: boolean
}

export interface DetectorOptions {
  scoreMin: number
  searchesTiles: boolean
}

/** Candidates in pixels of `image`, best first, deduplicated. */
export async function detectFaces(
  model: ImageModel,
  images: readonly RawImage[],
  options: DetectorOptions,
): Promise<Candidate[][]> {
  const found = await detectInLetterboxes(model, images.map(wholeLetterbox), options.scoreMin)
  return Promise.all(
    images.map(async (image, index) => {
      const first = (found[index] ?? []).map((detection): Candidate => ({
        ...detection,
        isDoubtful: false,
      }))
      const distinct = suppress(first)
      if (!options.searchesTiles || !mayHideSmallFaces(image, distinct)) return distinct
      const tiles = tilesOf(image, TILE_SHARE).map((region) => letterbox(image, region))
      const inTiles = (await detectInLetterboxes(model, tiles, options.scoreMin)).flat()
      const second = inTiles.map((detection): Candidate => ({ ...detection, isDoubtful: true }))
      // Whole-picture results win: a tile may cut through a face.
      return suppress([...distinct, ...second.sort((a, b) => b.score - a.score)])
    }),
  )
}

/** Searches pictures turned by 180 degrees, without tiles; the detector misses upside-down faces. */
export async function detectUpsideDown(
  model: ImageModel,
  images: readonly RawImage[],
  scoreMin: number,
): Promise<Candidate[][]> {
  const wholes = images.map(wholeLetterbox)
  const turned = wholes.map(({ picture }) => upsideDown(picture))
  const found = await decodedRuns(model, turned, scoreMin)
  return wholes.map((whole, index) =>
    suppress(
      (found[index] ?? []).map((detection) => ({
        ...toImage(turnBack(detection), whole),
        isDoubtful: true,
      })),
    ),
  )
}

/** Share of the longer side: faces look nearly twice as large in a tile. */
const TILE_SHARE = 0.55
/** Smaller pictures gain no detail from tiles, which cost six more runs. */
const TILED_SIDE_MIN = 800
/** A face of this share of the longer side makes the picture a portrait. */
const PORTRAIT_SHARE = 0.2

function mayHideSmallFaces({ width, height }: RawImage, found: readonly Detection[]): boolean {
  const side = Math.max(width, height)
  return side >= TILED_SIDE_MIN && found.every(({ box }) => box.width < PORTRAIT_SHARE * side)
}

async function detectInLetterboxes(
  model: ImageModel,
  letterboxes: readonly Letterbox[],
  scoreMin: number,
): Promise<Detection[][]> {
  const pictures = letterboxes.map(({ picture }) => picture)
  const found = await decodedRuns(model, pictures, scoreMin)
  return letterboxes.map((box, index) => (found[index] ?? []).map((one) => toImage(one, box)))
}

/** Detections in pixels of the detector's input. */
async function decodedRuns(
  model: ImageModel,
  pictures: readonly Uint8Array[],
  scoreMin: number,
): Promise<Detection[][]> {
  const answers = await model.run(pictures, ['cls_16', 'cls_32', 'reg_16', 'reg_32'])
  return answers.map((answer) => decodeDetections(answer, scoreMin))
}
