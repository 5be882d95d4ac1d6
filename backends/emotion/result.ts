/** Turns found and classified faces into the fields of the reply. Pure. */
import type { EmotionResult, Face, ModelFile } from '../../protocol/backend.ts'
import type { DecodedImage } from '../base/image.ts'
import type { Box, Point } from '../faces/geometry.ts'
import { keypointsOf } from '../faces/mesh.ts'
import type { FaceOptions, FoundFace, FoundFaces } from '../faces/pipeline.ts'
import { combine, FA_EXPRESSION_LABELS, likeliest, MINI_XCEPTION_LABELS } from './labels.ts'

/** Outputs of both classifiers for one face, in the models' own order. */
export interface Classified {
  miniXception: Float32Array
  faExpression: Float32Array
}

export interface ModelBlock {
  name: string
  version: string
  licence: string
  validated: false
  evaluation: string
}

/** What a client must know before it believes an emotion. */
export function modelBlock(files: readonly ModelFile[]): ModelBlock {
  return {
    name: 'mean of mini_xception and fa_expression',
    version: files.map(({ name, sha256 }) => `${name}@${sha256.slice(0, 8)}`).join(' '),
    licence: [...new Set(files.map(({ licence }) => licence))].join(', '),
    validated: false,
    evaluation:
      'Accuracy not measured: no labelled data. About 66 % on FER2013 is quoted for the mini-XCEPTION architecture, nothing is published for fa_expression. Probabilities are not calibrated; an expression is not a felt emotion.',
  }
}

/** The reply for one picture. `classified` belongs to `found.faces`, one each. */
export function shapeResult(
  image: DecodedImage,
  found: FoundFaces,
  classified: readonly Classified[],
  options: FaceOptions,
): EmotionResult {
  const faces = found.faces.flatMap((face, index) => {
    const outputs = classified[index]
    return outputs ? [shapeFace(image, face, outputs)] : []
  })
  const [largest] = faces
  const size = { width: image.originalWidth, height: image.originalHeight }
  if (!largest) {
    const nothing = { prediction: null, confidence: 0, probabilities: null, faces: [] }
    return { ...nothing, reason: reasonForNone(found, options), image: size }
  }
  const { prediction, confidence, probabilities } = largest
  return { prediction, confidence, probabilities, faces, image: size }
}

interface ClassifiedFace extends Face {
  prediction: string
  confidence: number
  probabilities: Record<string, number>
}

function shapeFace(
  image: DecodedImage,
  { box, score, mesh }: FoundFace,
  { miniXception, faExpression }: Classified,
): ClassifiedFace {
  const toOriginal = ([x, y]: Point): [number, number] => [
    round(x / image.scale, PIXEL_DIGITS),
    round(y / image.scale, PIXEL_DIGITS),
  ]
  const probabilities = combine(miniXception, faExpression)
  const { prediction, confidence } = likeliest(probabilities)
  const keypoints = Object.entries(keypointsOf(mesh)).map(([name, at]) => [name, toOriginal(at)])
  return {
    box: clampedBox(box, image),
    score: round(score, SHARE_DIGITS),
    presence: round(mesh.presence, SHARE_DIGITS),
    keypoints: Object.fromEntries(keypoints) as Face['keypoints'],
    landmarks: mesh.points.map(toOriginal),
    prediction,
    confidence: round(confidence, SHARE_DIGITS),
    probabilities: roundAll(Object.entries(probabilities)),
    raw: {
      mini_xception: named(MINI_XCEPTION_LABELS, miniXception),
      fa_expression: named(FA_EXPRESSION_LABELS, faExpression),
    },
  }
}

/** Original pixels, inside the image. Landmarks may lie outside: a cut-off face goes on beyond the border. */
function clampedBox({ x, y, width, height }: Box, image: DecodedImage): Face['box'] {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  const right = Math.min(image.width, x + width)
  const bottom = Math.min(image.height, y + height)
  const original = (value: number) => round(value / image.scale, PIXEL_DIGITS)
  return {
    x: original(left),
    y: original(top),
    width: original(Math.max(0, right - left)),
    height: original(Math.max(0, bottom - top)),
  }
}

function reasonForNone({ rejected }: FoundFaces, options: FaceOptions): string {
  if (rejected.length === 0) {
    return `no face: the detector saw nothing with a score of ${options.min_detection_score} or more`
  }
  const list = (values: number[]) => values.map((value) => value.toFixed(2)).join(', ')
  const count = rejected.length === 1 ? '1 candidate was' : `${rejected.length} candidates were`
  const scores = list(rejected.map(({ score }) => score))
  const presences = list(rejected.map(({ presence }) => presence))
  return `no face: ${count} seen (detector score ${scores}), but the mesh model's certainty of a face was ${presences}, below the gate of ${options.face_gate}`
}

/** A tenth of a pixel is finer than the mesh is exact. */
const PIXEL_DIGITS = 1
const SHARE_DIGITS = 4

const round = (value: number, digits: number) => Number(value.toFixed(digits))

const roundAll = (entries: readonly (readonly [string, number])[]) =>
  Object.fromEntries(entries.map(([label, value]) => [label, round(value, SHARE_DIGITS)]))

const named = (labels: readonly string[], values: Float32Array) =>
  roundAll(labels.map((label, index) => [label, values[index] ?? 0] as const))
