/** Encoded picture to faces: detector, mesh, gate. Shared by the face backends. */
import { z } from 'zod'
import { FACE_MODELS } from '../../files/builtin_models.ts'
import type { BackendContext } from '../base/backend.ts'
import type { DecodedImage } from '../base/image.ts'
import type { PixelSize, RawImage } from '../base/image_layout.ts'
import { CACHE_BYTES_MAX, ImageCache } from '../base/image_cache.ts'
import { suppress } from './anchors.ts'
import { detectFaces, detectUpsideDown, type Candidate } from './detector.ts'
import { areaOf, iouOf, type Box } from '../../protocol/box.ts'
import { boxAround, type Square } from './geometry.ts'
import { ImageModel } from './image_model.ts'
import { runMesh, squareOfDetection, squareOfMesh, type Mesh } from './mesh.ts'

/** Pipeline keys of `options`; backends add their own. */
export const faceOptionsShape = {
  min_detection_score: z
    .number()
    .min(0.05)
    .max(0.99)
    .default(0.5)
    .describe('Detector score from which a box becomes a candidate.'),
  face_gate: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe("The mesh model's certainty from which a candidate is a face."),
  max_faces: z
    .int()
    .min(1)
    .max(64)
    .default(16)
    .describe('Faces per picture at most; the largest are kept.'),
  small_faces: z
    .boolean()
    .default(true)
    .describe('Search large pictures a second time in tiles, for faces that are small in them.'),
}
export type FaceOptions = z.infer<z.ZodObject<typeof faceOptionsShape>>

/** A decoded picture. Coordinates are pixels of `image`. */
export interface PreparedPicture {
  image: DecodedImage
  /** Served from the image cache. */
  isCached: boolean
}

export interface FoundFace {
  /** From the mesh: the detector's box is unstable on small faces. */
  box: Box
  /** The detector's, in [0, 1]. */
  score: number
  isDoubtful: boolean
  mesh: Mesh
}

/** A face of a stream, to be looked for in the next frame. */
export interface FollowedFace {
  face: FoundFace
  image: PixelSize
  /** Frames since the detector found it. */
  age: number
}

export interface FoundFaces {
  faces: FoundFace[]
  rejected: { score: number; presence: number }[]
}

/** For doubtful candidates: in a tile, a cat's ear reached 0.75. */
const DOUBTFUL_GATE = 0.9

/** Frames without the detector at most: a second at 25 frames/s until a person who comes nearer is seen. */
const FOLLOWED_MAX = 25

/**
 * Share of the crop's side. A crop that lags behind the face makes the mesh noisy: in 75 frames that pan over a face
 * EAR varied by 0.020 without a second run, by 0.014 with it, and by 0.013 with the detector in each.
 */
const MOVED_SHARE = 0.01

const hasMoved = (from: Square, to: Square) =>
  Math.hypot(to.centre[0] - from.centre[0], to.centre[1] - from.centre[1]) >
    MOVED_SHARE * from.side || Math.abs(to.side / from.side - 1) > 2 * MOVED_SHARE

/** A box that jumps farther between two frames may hold half a face: the detector looks again. */
const FOLLOWED_IOU_MIN = 0.6

/** Tiles and mesh crops per run; more gains nothing on a CPU and costs memory. */
const DETECTOR_BATCH_MAX = 8
const MESH_BATCH_MAX = 16

/** Candidates per picture for the mesh, best first: bounds its work. */
const CANDIDATES_MAX = 64

const hasSureFace = (found: FoundFaces | undefined) =>
  found?.faces.some(({ isDoubtful, mesh }) => !isDoubtful && mesh.presence >= DOUBTFUL_GATE)

export class FacePipeline {
  readonly models: readonly ImageModel[]
  private readonly detector: ImageModel
  private readonly mesh: ImageModel
  private readonly images: ImageCache
  private readonly options: FaceOptions

  private constructor(
    { detector, mesh }: { detector: ImageModel; mesh: ImageModel },
    images: ImageCache,
    options: FaceOptions,
  ) {
    this.models = [detector, mesh]
    this.detector = detector
    this.mesh = mesh
    this.images = images
    this.options = options
  }

  static async open(context: BackendContext, options: FaceOptions): Promise<FacePipeline> {
    const detector = await ImageModel.open(context, FACE_MODELS.detector, DETECTOR_BATCH_MAX)
    const mesh = await ImageModel.open(context, FACE_MODELS.mesh, MESH_BATCH_MAX)
    const images = new ImageCache({ entriesMax: context.cacheSize, bytesMax: CACHE_BYTES_MAX })
    return new FacePipeline({ detector, mesh }, images, options)
  }

  /** `isAlone`: see DecodeOptions. Throws ProtocolError for anything that is not a picture. */
  prepare(bytes: Uint8Array, isAlone = false): Promise<PreparedPicture> {
    return this.images.get(bytes, isAlone)
  }

  async release(): Promise<void> {
    this.images.clear()
    for (const model of this.models) await model.release()
  }

  /** Batches the detector over all pictures and the mesh over all candidates. */
  async find(pictures: readonly PreparedPicture[]): Promise<FoundFaces[]> {
    const { min_detection_score: scoreMin, small_faces: searchesTiles } = this.options
    const images = pictures.map(({ image }) => image)
    const upright = await detectFaces(this.detector, images, { scoreMin, searchesTiles })
    const found = await this.judge(images, upright)
    // Without a certain face, the picture may be upside down.
    const unsure = images.filter((_, index) => !hasSureFace(found[index]))
    if (unsure.length === 0) return found
    const turned = await detectUpsideDown(this.detector, unsure, scoreMin)
    const second = (await this.judge(unsure, turned)).values()
    return found.map((one) => {
      const other = hasSureFace(one) ? undefined : second.next().value
      return other !== undefined && other.faces.length > one.faces.length ? other : one
    })
  }

  /**
   * The largest face of each frame; null without one. Frames of one person, in order: the mesh of a frame shows where to
   * look in the next, as in MediaPipe, which saves the detector. `last` is the face of the frame before.
   */
  async follow(
    frames: readonly PreparedPicture[],
    last: FollowedFace | null = null,
  ): Promise<(FollowedFace | null)[]> {
    const seen: (FollowedFace | null)[] = []
    let known = last
    let searched = 1
    while (seen.length < frames.length) {
      const next = frames.slice(seen.length, seen.length + searched)
      const followed = known && next[0] ? await this.followOne(next[0], known) : null
      if (followed) seen.push(followed)
      else {
        for (const [index, { faces }] of (await this.find(next)).entries()) {
          const [face] = faces
          const image = next[index]?.image
          seen.push(face && image ? { face, image: sizeOf(image), age: 0 } : null)
        }
      }
      known = seen.at(-1) ?? null
      // Without a face, ever more frames share a run of the detector.
      searched = known ? 1 : Math.min(2 * searched, DETECTOR_BATCH_MAX)
    }
    return seen
  }

  private async followOne(
    { image }: PreparedPicture,
    { face, image: size, age }: FollowedFace,
  ): Promise<FollowedFace | null> {
    if (age >= FOLLOWED_MAX || image.width !== size.width || image.height !== size.height)
      return null
    const square = squareOfMesh(face.mesh)
    let [mesh] = await runMesh(this.mesh, [{ image, square }])
    const centred = mesh && squareOfMesh(mesh)
    if (centred && hasMoved(square, centred)) {
      ;[mesh] = await runMesh(this.mesh, [{ image, square: centred }])
    }
    if (mesh === undefined || mesh.presence < DOUBTFUL_GATE) return null
    const box = boxAround(mesh.points)
    if (iouOf(box, face.box) < FOLLOWED_IOU_MIN) return null
    return { face: { ...face, box, mesh }, image: size, age: age + 1 }
  }

  private async judge(
    images: readonly RawImage[],
    detections: readonly (readonly Candidate[])[],
  ): Promise<FoundFaces[]> {
    const candidates = detections.map((found) => found.slice(0, CANDIDATES_MAX))
    const rough = await this.runMeshes(images, candidates, squareOfDetection)
    const meshes = await this.runMeshes(images, rough, squareOfMesh)
    return candidates.map((found, index) => this.gate(found, meshes[index] ?? []))
  }

  /** Meshes of all regions, batched across pictures. */
  private async runMeshes<T>(
    images: readonly RawImage[],
    perPicture: readonly (readonly T[])[],
    squareOf: (item: T) => Square,
  ): Promise<Mesh[][]> {
    const regions = images.flatMap((image, index) =>
      (perPicture[index] ?? []).map((item) => ({ image, square: squareOf(item) })),
    )
    const meshes = await runMesh(this.mesh, regions)
    let next = 0
    return perPicture.map((items) => meshes.slice(next, (next += items.length)))
  }

  private gate(candidates: readonly Candidate[], meshes: readonly Mesh[]): FoundFaces {
    const { face_gate: gate, max_faces: facesMax } = this.options
    const seen = candidates.flatMap(({ score, isDoubtful }, index): FoundFace[] => {
      const mesh = meshes[index]
      return mesh ? [{ box: boxAround(mesh.points), score, isDoubtful, mesh }] : []
    })
    const isFace = ({ isDoubtful, mesh }: FoundFace) =>
      mesh.presence >= (isDoubtful ? Math.max(gate, DOUBTFUL_GATE) : gate)
    // Two poor boxes beside a small face may both lead the mesh to it.
    const faces = suppress(seen.filter(isFace))
      .sort((a, b) => areaOf(b.box) - areaOf(a.box))
      .slice(0, facesMax)
    const rejected = seen
      .filter((candidate) => !isFace(candidate))
      .map(({ score, mesh }) => ({ score, presence: mesh.presence }))
    return { faces, rejected }
  }
}

const sizeOf = ({ width, height }: PixelSize): PixelSize => ({ width, height })
