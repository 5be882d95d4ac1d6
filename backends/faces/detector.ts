/** Finds face candidates with blazeface: over the whole picture, then in tiles where faces may be small. */
import type { RawImage } from '../base/image.ts'
import { decodeDetections, suppress, type Detection } from './anchors.ts'
import type { ImageModel } from './image_model.ts'
import { letterbox, tilesOf, toImage, type Letterbox } from './letterbox.ts'

/** An image on its way through the detector; `whole` is the letterbox of all of it. */
export interface DetectorInput {
  image: RawImage
  whole: Letterbox
}

export interface Candidate extends Detection {
  /** Found in a tile only: the detector saw it without its surroundings. */
  isFromTile: boolean
}

export interface DetectorOptions {
  scoreMin: number
  /** Look again in tiles of a large picture. */
  searchesTiles: boolean
}

/** Candidates of each image in pixels of `image`, best first, none twice. */
export async function detectFaces(
  model: ImageModel,
  inputs: readonly DetectorInput[],
  options: DetectorOptions,
): Promise<Candidate[][]> {
  const wholes = inputs.map(({ whole }) => whole)
  const found = await detectInLetterboxes(model, wholes, options.scoreMin)
  return Promise.all(
    inputs.map(async ({ image }, index) => {
      const first = (found[index] ?? []).map((detection): Candidate => ({
        ...detection,
        isFromTile: false,
      }))
      const distinct = suppress(first)
      if (!options.searchesTiles || !mayHideSmallFaces(image, distinct)) return distinct
      const tiles = await Promise.all(
        tilesOf(image, TILE_SHARE).map((region) => letterbox(image, region)),
      )
      const inTiles = (await detectInLetterboxes(model, tiles, options.scoreMin)).flat()
      const second = inTiles.map((detection): Candidate => ({ ...detection, isFromTile: true }))
      // What was seen in the whole picture goes first: a tile may cut through a face that it knows whole.
      return suppress([...distinct, ...second.sort((a, b) => b.score - a.score)])
    }),
  )
}

/** Side of a tile as a share of the longer side: faces look nearly twice as large in it. */
const TILE_SHARE = 0.55
/** A smaller picture gains no detail by enlarging its parts, and costs six more runs. */
const TILED_SIDE_MIN = 800
/** A face this large, as a share of the longer side, makes the picture a portrait. */
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
  const answers = await model.run(pictures, ['cls_16', 'cls_32', 'reg_16', 'reg_32'])
  return letterboxes.map((box, index) => {
    const answer = answers[index]
    return answer ? decodeDetections(answer, scoreMin).map((found) => toImage(found, box)) : []
  })
}
