/** One-stage detector output to boxes in the original picture. */
import { iouOf, type Box } from '../../protocol/box.ts'
import type { DetectionOutput } from '../../protocol/onnx_config.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { DecodedImage } from '../base/image.ts'
import type { RawImage } from '../base/image_layout.ts'
import { toPicture } from '../base/image_layout.ts'
import { clampScore, isScore } from './output_check.ts'
import type { InputSize } from './to_tensor.ts'

export interface Detected {
  box: Box
  score: number
  classIndex: number
}

/**
 * Best first, after class-wise non-maximum suppression. `values` is `[anchors, valuesEach]` or its transpose: 4 box
 * values in input pixels, optional objectness, class scores. Throws ProtocolError for scores outside 0 to 1.
 */
export function detectionsOf(
  values: Float32Array,
  dims: readonly [number, number],
  output: DetectionOutput,
  size: InputSize,
): Detected[] {
  const isLast = output.values_axis === 'last'
  const [anchors, each] = isLast ? dims : [dims[1], dims[0]]
  const at = (anchor: number, value: number) =>
    values[isLast ? anchor * each + value : value * anchors + anchor] as number
  const firstClass = output.objectness ? 5 : 4
  const found: Detected[] = []
  for (let anchor = 0; anchor < anchors; anchor++) {
    const objectness = output.objectness ? at(anchor, 4) : 1
    if (objectness < output.score_threshold) continue
    let classIndex = 0
    let best = -Infinity
    for (let value = firstClass; value < each; value++) {
      if (at(anchor, value) > best) {
        best = at(anchor, value)
        classIndex = value - firstClass
      }
    }
    // A single-class detector may have only the objectness.
    const score = each > firstClass ? best * objectness : objectness
    if (score < output.score_threshold) continue
    if (!isScore(score)) throw scoreFault(score)
    found.push({
      box: boxOf(
        [0, 1, 2, 3].map((value) => at(anchor, value)),
        output,
        size,
      ),
      score: clampScore(score),
      classIndex,
    })
  }
  return suppress(found, output)
}

const scoreFault = (score: number) =>
  new ProtocolError('internal', message('output.score', { score }))

function boxOf(four: number[], { boxes, units }: DetectionOutput, size: InputSize): Box {
  const [a = 0, b = 0, c = 0, d = 0] = four
  const [x, y, width, height] =
    boxes === 'xyxy' ? [a, b, c - a, d - b] : [a - c / 2, b - d / 2, c, d]
  const [across, down] = units === 'shares' ? [size.width, size.height] : [1, 1]
  return { x: x * across, y: y * down, width: width * across, height: height * down }
}

function suppress(found: Detected[], { iou_threshold, detections_max }: DetectionOutput) {
  const kept: Detected[] = []
  for (const candidate of found.sort((a, b) => b.score - a.score)) {
    if (kept.length >= detections_max) break
    const isCovered = kept.some(
      ({ classIndex, box }) =>
        classIndex === candidate.classIndex && iouOf(box, candidate.box) > iou_threshold,
    )
    if (!isCovered) kept.push(candidate)
  }
  return kept
}

/** In pixels of the sent picture, clipped to it. */
export function toOriginal(
  { x, y, width, height }: Box,
  { mapping, originalWidth, originalHeight }: Omit<DecodedImage, keyof RawImage>,
): Box {
  const corner = (at: [number, number]) => {
    const [across, down] = toPicture(mapping, at)
    return [clamp(across, originalWidth), clamp(down, originalHeight)] as const
  }
  const [left, top] = corner([x, y])
  const [right, bottom] = corner([x + width, y + height])
  return {
    x: rounded(left),
    y: rounded(top),
    width: rounded(right - left),
    height: rounded(bottom - top),
  }
}

const clamp = (value: number, limit: number) => Math.min(Math.max(value, 0), limit)
const rounded = (value: number) => Math.round(value * 10) / 10
