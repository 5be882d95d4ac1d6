/** Decodes blazeface's outputs: boxes and keypoints around fixed anchors, then non-maximum suppression. */
import { areaOf, intersectionOf, iouOf, type Box } from '../../protocol/box.ts'
import type { Point } from './geometry.ts'

export const DETECTOR_SIZE = 256

export const KEYPOINT_NAMES = [
  'right_eye',
  'left_eye',
  'nose_tip',
  'mouth',
  'right_ear',
  'left_ear',
] as const

export interface Detection {
  box: Box
  /** In [0, 1]. */
  score: number
  keypoints: Point[]
}

/** Outputs of one picture: logits, and 16 numbers per anchor. */
export interface DetectorOutput {
  cls_16: Float32Array
  cls_32: Float32Array
  reg_16: Float32Array
  reg_32: Float32Array
}

/** Anchors with at least `scoreMin`, in pixels of the 256 x 256 input, best first, before suppression. */
export function decodeDetections(output: DetectorOutput, scoreMin: number): Detection[] {
  const logitMin = Math.log(scoreMin / (1 - scoreMin))
  const found: Detection[] = []
  for (const { cls, reg, anchors } of LEVELS) {
    for (const [index, logit] of output[cls].entries()) {
      const anchor = anchors[index]
      if (logit < logitMin || anchor === undefined) continue
      const from = index * VALUES_PER_ANCHOR
      const values = output[reg].subarray(from, from + VALUES_PER_ANCHOR)
      found.push({ ...decodeBox(values, anchor), score: sigmoid(logit) })
    }
  }
  return found.sort((a, b) => b.score - a.score)
}

/** Nested boxes count as the same face too: tiles cut a large face into smaller boxes. */
export function suppress<T extends { box: Box }>(bestFirst: readonly T[]): T[] {
  const kept: T[] = []
  for (const candidate of bestFirst) {
    const isTaken = kept.some(
      ({ box }) => iouOf(box, candidate.box) > IOU_MAX || isInside(box, candidate.box),
    )
    if (!isTaken) kept.push(candidate)
  }
  return kept
}

/** As in MediaPipe's and human's detectors. */
const IOU_MAX = 0.3
/** Share of the smaller box inside the other from which both show one face. */
const INSIDE_SHARE = 0.7
const isInside = (a: Box, b: Box) =>
  intersectionOf(a, b) > INSIDE_SHARE * Math.min(areaOf(a), areaOf(b))

/** Centre, size, then six keypoints: x and y each, relative to the anchor, in pixels. */
const VALUES_PER_ANCHOR = 16

function decodeBox(values: Float32Array, [anchorX, anchorY]: Point) {
  const [offsetX = 0, offsetY = 0, width = 0, height = 0] = values
  const centreX = anchorX + offsetX
  const centreY = anchorY + offsetY
  return {
    box: { x: centreX - width / 2, y: centreY - height / 2, width, height },
    keypoints: KEYPOINT_NAMES.map((_, index): Point => [
      anchorX + (values[4 + 2 * index] ?? 0),
      anchorY + (values[5 + 2 * index] ?? 0),
    ]),
  }
}

/** human's `generateAnchors`: cells of 16 pixels with 2 anchors each, then cells of 32 pixels with 6. */
const LEVELS = [
  { cls: 'cls_16', reg: 'reg_16', anchors: anchorsOf(16, 2) },
  { cls: 'cls_32', reg: 'reg_32', anchors: anchorsOf(32, 6) },
] as const

/** Cell centres, row by row, each `perCell` times. */
function anchorsOf(stride: number, perCell: number): Point[] {
  const cells = DETECTOR_SIZE / stride
  return Array.from({ length: cells * cells * perCell }, (_, index): Point => {
    const cell = Math.floor(index / perCell)
    return [((cell % cells) + 0.5) * stride, (Math.floor(cell / cells) + 0.5) * stride]
  })
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit))
