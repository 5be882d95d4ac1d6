/** Finds face candidates with blazeface: over the whole picture, then in tiles where faces may be small. */
import type { RawImage } from '../base/image.ts'
import { decodeDetections, suppress, type Detection } from './anchors.ts'
import type { ImageModel } from './image_model.ts'
import { letterbox, tilesOf, toImage, turnBack, upsideDown, type Letterbox } from './letterbox.ts'

/** An image on its way through the detector; `whole` is the letterbox of all of it. */
export interface DetectorInput {
  image: RawImage
  whole: Letterbox
}

export interface Candidate extends Detection {
  /** Found at a second look only, in a tile or upside down: it must convince the mesh fully. */
  isDoubtful: boolean
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
        isDoubtful: false,
      }))
      const distinct = suppress(first)
      if (!options.searchesTiles || !mayHideSmallFaces(image, distinct)) return distinct
      const tiles = await Promise.all(
        tilesOf(image, TILE_SHARE).map((region) => letterbox(image, region)),
      )
      const inTiles = (await detectInLetterboxes(model, tiles, options.scoreMin)).flat()
      const second = inTiles.map((detection): Candidate => ({ ...detection, isDoubtful: true }))
      // What was seen in the whole picture goes first: a tile may cut through a face that it knows whole.
      return suppress([...distinct, ...second.sort((a, b) => b.score - a.score)])
    }),
  )
}

/** The same in the pictures turned by 180 degrees, without tiles; the detector knows no face that stands on its head. */
export async function detectUpsideDown(
  model: ImageModel,
  inputs: readonly DetectorInput[],
  scoreMin: number,
): Promise<Candidate[][]> {
  const turned = inputs.map(({ whole }) => upsideDown(whole.picture))
  const found = await decodedRuns(model, turned, scoreMin)
  return inputs.map(({ whole }, index) =>
    suppress(
      (found[index] ?? []).map((detection) => ({
        ...toImage(turnBack(detection), whole),
        isDoubtful: true,
      })),
    ),
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
  const found = await decodedRuns(model, pictures, scoreMin)
  return letterboxes.map((box, index) => (found[index] ?? []).map((one) => toImage(one, box)))
}

/** Detections of each picture in pixels of the detector's input. */
async function decodedRuns(
  model: ImageModel,
  pictures: readonly Uint8Array[],
  scoreMin: number,
): Promise<Detection[][]> {
  const answers = await model.run(pictures, ['cls_16', 'cls_32', 'reg_16', 'reg_32'])
  return answers.map((answer) => decodeDetections(answer, scoreMin))
}
