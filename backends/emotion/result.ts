import type { ModelFile } from '../../protocol/backend.ts'
import { message } from '../../protocol/messages.ts'
import type { EmotionResult, Face } from '../../protocol/results.ts'
import type { DecodedImage } from '../base/image.ts'
import { roundTo, shapeFoundFace, SHARE_DIGITS } from '../faces/face_reply.ts'
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
  sha256: Record<string, string>
  licence: string
  validated: false
  evaluation: string
}

/** What a client must know to interpret an emotion. */
export function modelBlock(files: readonly ModelFile[]): ModelBlock {
  return {
    name: 'mean of mini_xception and fa_expression',
    version: files.map(({ name, sha256 }) => `${name}@${sha256.slice(0, 8)}`).join(' '),
    sha256: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])),
    licence: [...new Set(files.map(({ licence }) => licence))].join(', '),
    validated: false,
    evaluation:
      'Accuracy not measured: no labelled data. About 66 % on FER2013 is quoted for the mini-XCEPTION architecture, nothing is published for fa_expression. Probabilities are not calibrated; an expression is not a felt emotion.',
  }
}

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
  face: FoundFace,
  { miniXception, faExpression }: Classified,
): ClassifiedFace {
  const probabilities = combine(miniXception, faExpression)
  const { prediction, confidence } = likeliest(probabilities)
  return {
    ...shapeFoundFace(image, face),
    prediction,
    confidence: roundTo(confidence, SHARE_DIGITS),
    probabilities: roundAll(Object.entries(probabilities)),
    raw: {
      mini_xception: named(MINI_XCEPTION_LABELS, miniXception),
      fa_expression: named(FA_EXPRESSION_LABELS, faExpression),
    },
  }
}

function reasonForNone({ rejected }: FoundFaces, options: FaceOptions): string {
  if (rejected.length === 0) {
    return message('reply.nothing_detected', { min: options.min_detection_score }).message
  }
  const list = (values: number[]) => values.map((value) => value.toFixed(2)).join(', ')
  return message('reply.below_gate', {
    count: rejected.length,
    scores: list(rejected.map(({ score }) => score)),
    presences: list(rejected.map(({ presence }) => presence)),
    gate: options.face_gate,
  }).message
}

const roundAll = (entries: readonly (readonly [string, number])[]) =>
  Object.fromEntries(entries.map(([label, value]) => [label, roundTo(value, SHARE_DIGITS)]))

const named = (labels: readonly string[], values: Float32Array) =>
  roundAll(labels.map((label, index) => [label, values[index] ?? 0] as const))
