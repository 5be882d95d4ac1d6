/** Every converted model: source, inputs and outputs. */
import type { Precision } from '../../protocol/config.ts'
import { expressionNet, landmark68Net, tinyDetectorNet, type FaceApiNet } from './faceapi_nets.ts'

/** Maps RGB bytes to the network's training range; becomes part of the graph. */
export type Normalisation =
  /** `x * scale + offset` for R, G, B in 0..255. */
  | { kind: 'channels'; scale: readonly number[]; offset: readonly number[] }
  /** One channel: the weighted sum of R, G, B in 0..255, plus `offset`. */
  | { kind: 'grey'; weights: readonly number[]; offset: number }

export type ModelSource =
  | { kind: 'tfjs_graph'; package: string; graph: string }
  | { kind: 'face_api'; package: string; manifest: string; net: FaceApiNet }

export interface ModelOutput {
  name: string
  /** Node of the source graph; unused for face-api's networks, which have one output. */
  node: string
  /** Without the batch axis, as in the source graph. */
  shape: readonly number[]
  /** Every n-th value is stored as reference; coprime to the last axis, so that each column is covered. */
  referenceEvery: number
}

export interface ModelRow {
  name: string
  /** The ONNX file, relative to the checkout. Its `.json` description is next to it. */
  file: string
  source: ModelSource
  /** Height and width in pixels. */
  inputSize: number
  /** Side of the square around reference faces, in face sizes: detectors need room. */
  referenceMargin: 1 | 3
  normalisation: Normalisation
  outputs: readonly ModelOutput[]
  /** Also written with integer weights; see quantise.ts. Worthwhile for classifiers, not for the detector and the mesh. */
  hasInt8?: true
  licence: string
  /** For the model card and NOTICE. */
  origin: string
}

const HUMAN = '@vladmandic/human'
const FACE_API = '@vladmandic/face-api'

/** src/tfjs/constants.ts of human: `rgb`, its weights of red, green and blue. */
const GREY = [0.2989, 0.587, 0.114]
/** src/faceFeatureExtractor/FaceFeatureExtractor.ts */
const FEATURE_MEAN = [122.782, 117.001, 104.298]
/** src/tinyFaceDetector/const.ts */
const TINY_DETECTOR_MEAN = [117.001, 114.697, 97.404]

const same = (value: number) => [value, value, value]
/** `(x - mean) / 255` */
const centred = (mean: readonly number[]): Normalisation => ({
  kind: 'channels',
  scale: same(1 / 255),
  offset: mean.map((value) => -value / 255),
})
const unitRange: Normalisation = { kind: 'channels', scale: same(1 / 255), offset: same(0) }

export const MODELS: readonly ModelRow[] = [
  {
    name: 'blazeface',
    file: 'backends/faces/model/blazeface.onnx',
    source: { kind: 'tfjs_graph', package: HUMAN, graph: 'models/blazeface.json' },
    inputSize: 256,
    referenceMargin: 3,
    // src/face/blazeface.ts: x / 127.5 - 1
    normalisation: { kind: 'channels', scale: same(1 / 127.5), offset: same(-1) },
    outputs: [
      { name: 'cls_16', node: 'Identity', shape: [512, 1], referenceEvery: 1 },
      { name: 'cls_32', node: 'Identity_1', shape: [384, 1], referenceEvery: 1 },
      { name: 'reg_16', node: 'Identity_2', shape: [512, 16], referenceEvery: 5 },
      { name: 'reg_32', node: 'Identity_3', shape: [384, 16], referenceEvery: 5 },
    ],
    licence: 'Apache-2.0',
    origin: 'MediaPipe BlazeFace ("back" variant), Google',
  },
  {
    name: 'facemesh',
    file: 'backends/faces/model/facemesh.onnx',
    source: { kind: 'tfjs_graph', package: HUMAN, graph: 'models/facemesh.json' },
    inputSize: 192,
    referenceMargin: 1,
    normalisation: unitRange,
    outputs: [
      { name: 'mesh', node: 'Identity_2', shape: [1404], referenceEvery: 1 },
      { name: 'faceflag', node: 'Identity_1', shape: [1], referenceEvery: 1 },
      { name: 'contours', node: 'Identity', shape: [266], referenceEvery: 1 },
    ],
    licence: 'Apache-2.0',
    origin: 'MediaPipe Face Mesh, Google',
  },
  {
    name: 'iris',
    file: 'backends/faces/model/iris.onnx',
    source: { kind: 'tfjs_graph', package: HUMAN, graph: 'models/iris.json' },
    inputSize: 64,
    referenceMargin: 1,
    normalisation: unitRange,
    outputs: [{ name: 'points', node: 'Identity', shape: [1, 1, 228], referenceEvery: 1 }],
    licence: 'Apache-2.0',
    origin: 'MediaPipe Iris, Google',
  },
  {
    name: 'mini_xception',
    file: 'backends/emotion/model/mini_xception.onnx',
    source: { kind: 'tfjs_graph', package: HUMAN, graph: 'models/emotion.json' },
    inputSize: 64,
    referenceMargin: 1,
    // src/gear/emotion.ts: (grey of x/255 - 0.5) * 2
    normalisation: { kind: 'grey', weights: GREY.map((weight) => (weight * 2) / 255), offset: -1 },
    outputs: [{ name: 'probabilities', node: 'Identity', shape: [7], referenceEvery: 1 }],
    hasInt8: true,
    licence: 'MIT',
    origin: 'oarriaga/face_classification, mini-XCEPTION trained on FER2013',
  },
  {
    name: 'fa_expression',
    file: 'backends/emotion/model/fa_expression.onnx',
    source: {
      kind: 'face_api',
      package: FACE_API,
      manifest: 'model/face_expression_model-weights_manifest.json',
      net: expressionNet,
    },
    inputSize: 112,
    referenceMargin: 1,
    normalisation: centred(FEATURE_MEAN),
    outputs: [{ name: 'probabilities', node: '', shape: [7], referenceEvery: 1 }],
    hasInt8: true,
    licence: 'MIT',
    origin: 'face-api.js expression model (public datasets and images from the web)',
  },
  {
    name: 'fa_landmark68',
    file: 'backends/faces/model/fa_landmark68.onnx',
    source: {
      kind: 'face_api',
      package: FACE_API,
      manifest: 'model/face_landmark_68_model-weights_manifest.json',
      net: landmark68Net,
    },
    inputSize: 112,
    referenceMargin: 1,
    normalisation: centred(FEATURE_MEAN),
    outputs: [{ name: 'points', node: '', shape: [136], referenceEvery: 1 }],
    licence: 'MIT',
    origin: 'face-api.js 68 landmark model (about 35,000 faces)',
  },
  {
    name: 'fa_tinydet',
    file: 'backends/faces/model/fa_tinydet.onnx',
    source: {
      kind: 'face_api',
      package: FACE_API,
      manifest: 'model/tiny_face_detector_model-weights_manifest.json',
      net: tinyDetectorNet,
    },
    inputSize: 416,
    referenceMargin: 3,
    normalisation: centred(TINY_DETECTOR_MEAN),
    outputs: [{ name: 'grid', node: '', shape: [13, 13, 25], referenceEvery: 2 }],
    licence: 'MIT',
    origin: 'face-api.js tiny face detector (about 14,000 images)',
  },
]

export interface ModelTarget {
  row: ModelRow
  file: string
  precision: Precision
}

/** Each model, and its INT8 copy if it has one. */
export const MODEL_TARGETS: readonly ModelTarget[] = MODELS.flatMap((row) => [
  { row, file: row.file, precision: 'fp32' as const },
  ...(row.hasInt8 ? [{ row, file: int8FileOf(row.file), precision: 'int8' as const }] : []),
])

function int8FileOf(file: string): string {
  return file.replace(/\.onnx$/, '.int8.onnx')
}
