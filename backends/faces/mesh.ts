/** Face mesh of candidates: 468 points and the model's own probability of a face. */
import type { RawImage } from '../base/image_layout.ts'
import { KEYPOINT_NAMES, type Detection } from './anchors.ts'
import type { ImageModel } from './image_model.ts'
import { angleOf, fromSquare, squareAround, type Point, type Square } from './geometry.ts'
import { sampleSquare } from './sampler.ts'

const MESH_POINTS = 468

export interface Mesh {
  presence: number
  /** x, y in image pixels, in the order of the MediaPipe face mesh. */
  points: Point[]
  /** Depth of each point in image pixels, smaller is nearer; relative, not metric. */
  depths: Float32Array
}

export interface MeshRegion {
  image: RawImage
  square: Square
}

export async function runMesh(model: ImageModel, regions: readonly MeshRegion[]): Promise<Mesh[]> {
  const crops = regions.map(({ image, square }) => sampleSquare(image, square, model.size))
  const answers = await model.run(crops, ['mesh', 'faceflag'])
  return regions.map(({ square }, index) => {
    const answer = answers[index]
    if (!answer) throw new Error(`the mesh answered ${answers.length} of ${regions.length} crops`)
    return { presence: answer.faceflag[0] ?? 0, ...toPoints(answer.mesh, model.size, square) }
  })
}

/** Level eyes lift `presence` of turned faces in the samples (0.07 to 0.54, 0.26 to 0.73), not of false candidates. */
export function squareOfDetection({ box, keypoints }: Detection): Square {
  const [rightEye, leftEye] = keypoints
  return {
    centre: [box.x + box.width / 2, box.y + box.height / 2],
    side: Math.max(box.width, box.height) * CROP_MARGIN,
    angle: rightEye && leftEye ? angleOf(rightEye, leftEye) : 0,
  }
}

/**
 * A second run, as in MediaPipe, for 3 ms: the detector's box ends at the chin, so the first one misses open mouths.
 * Of 90 turned copies each it accepted 5 of a cat instead of 19, and 76 of a man looking aside instead of 69.
 */
export const squareOfMesh = (mesh: Mesh) => uprightSquare(mesh, CROP_MARGIN)

/** The face's square with level eyes, as the expression models expect. */
export function uprightSquare({ points }: Mesh, margin: number): Square {
  const right = points[OUTER_CORNER_RIGHT]
  const left = points[OUTER_CORNER_LEFT]
  return squareAround(points, right && left ? angleOf(right, left) : 0, margin)
}

export type KeypointName = (typeof KEYPOINT_NAMES)[number]

/** The detector's six keypoints from the more exact mesh. Left and right are the person's own. */
export function keypointsOf({ points }: Mesh): Record<KeypointName, Point> {
  const entries = KEYPOINT_NAMES.map((name) => [name, meanOf(points, KEYPOINT_MESH_POINTS[name])])
  return Object.fromEntries(entries) as Record<KeypointName, Point>
}

/** Mesh points whose mean is the keypoint: corners and lids of an eye, both lips, the edge before an ear. */
const KEYPOINT_MESH_POINTS: Record<KeypointName, readonly number[]> = {
  right_eye: [33, 133, 159, 145],
  left_eye: [263, 362, 386, 374],
  nose_tip: [1],
  mouth: [13, 14],
  right_ear: [234],
  left_ear: [454],
}

function meanOf(points: readonly Point[], indices: readonly number[]): Point {
  const chosen = indices.map((index) => points[index] ?? ([NaN, NaN] as const))
  const mean = (axis: 0 | 1) => chosen.reduce((sum, point) => sum + point[axis], 0) / chosen.length
  return [mean(0), mean(1)]
}

const OUTER_CORNER_RIGHT = 33
const OUTER_CORNER_LEFT = 263

/** Side of the mesh's crop in face sides; MediaPipe's value. */
const CROP_MARGIN = 1.5

/** Moves the model's x, y, z from crop pixels into the image. */
function toPoints(
  mesh: Float32Array,
  cropSize: number,
  square: Square,
): Pick<Mesh, 'points' | 'depths'> {
  const place = fromSquare(square)
  const points: Point[] = []
  const depths = new Float32Array(MESH_POINTS)
  for (let point = 0; point < MESH_POINTS; point++) {
    const [x = 0, y = 0, z = 0] = [mesh[3 * point], mesh[3 * point + 1], mesh[3 * point + 2]]
    points.push(place(x / cropSize, y / cropSize))
    depths[point] = (z / cropSize) * square.side
  }
  return { points, depths }
}
