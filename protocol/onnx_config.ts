/** Section of a `runtime: onnx` backend: preprocessing of a picture, and interpretation of the output. */
import { z } from 'zod'
import { message, MESSAGES } from './messages.ts'

/**
 * `linear` is OpenCV's INTER_LINEAR, which does not average when it shrinks (Ultralytics). The others are Pillow's
 * (torchvision, timm, Hugging Face): they widen with the reduction, except `nearest`.
 */
export const RESIZE_FILTERS = ['linear', 'bilinear', 'bicubic', 'lanczos', 'nearest'] as const
export type ResizeFilter = (typeof RESIZE_FILTERS)[number]

const divisor = z.number().refine((value) => value !== 0, {
  error: MESSAGES['rule.not_zero'],
  params: { remedy: message('fix.divisor') },
})
const channelValues = z.union([z.number(), z.array(z.number()).length(3)])

export const preprocessSchema = z.strictObject({
  /** Width and height of the model's input in pixels. Default: from the model file. */
  size: z.tuple([z.int().min(1).max(4096), z.int().min(1).max(4096)]).optional(),
  /** `stretch` ignores the aspect ratio; `cover` crops the rest; `letterbox` pads with grey. */
  fit: z.enum(['stretch', 'cover', 'letterbox']).default('stretch'),
  /** Default: `bilinear` for a classification, `linear` for a detection. */
  resize: z.enum(RESIZE_FILTERS).optional(),
  colour: z.enum(['rgb', 'bgr', 'grey']).default('rgb'),
  layout: z.enum(['nchw', 'nhwc']).default('nchw'),
  /** First step: 255 gives [0, 1]. Ignored for uint8 inputs. */
  divide_by: z.number().positive(MESSAGES['rule.positive']).default(255),
  /** Then subtract `mean` and divide by `std`; one number, or one per channel. */
  mean: channelValues.default(0),
  std: z.union([divisor, z.array(divisor).length(3)]).default(1),
})
export type Preprocess = z.infer<typeof preprocessSchema>

const classCount = z.int().min(1).max(1_000_000)

export const classificationOutputSchema = z.strictObject({
  type: z.literal('classification'),
  /** Output tensor `[N, classes]`. Required if the model has several. */
  tensor: z.string().optional(),
  /** Turns the output into probabilities. Skipped if the warm-up shows that it already holds some. */
  activation: z.enum(['softmax', 'sigmoid', 'none']).default('softmax'),
  /** Expected class count without labels, to check the output. */
  classes: classCount.optional(),
  top: z.int().min(1).max(1000).default(5),
})

export const detectionOutputSchema = z.strictObject({
  type: z.literal('detection'),
  /** Output `[N, anchors, values]` or `[N, values, anchors]`. Required if the model has several. */
  tensor: z.string().optional(),
  /** Whether the values of an anchor are contiguous (`last`, YOLOv5) or strided (`middle`, YOLOv8). */
  values_axis: z.enum(['last', 'middle']).default('middle'),
  boxes: z.enum(['cxcywh', 'xyxy']).default('cxcywh'),
  /** Boxes in pixels of the model's input, or relative to it. */
  units: z.enum(['pixels', 'shares']).default('pixels'),
  /** Expected class count without labels, to check the output. */
  classes: classCount.optional(),
  /** The fifth value is an objectness that scales the class scores (YOLOv5). */
  objectness: z.boolean().default(false),
  score_threshold: z.number().min(0).max(1).default(0.25),
  iou_threshold: z.number().min(0).max(1).default(0.45),
  detections_max: z.int().min(1).max(1000).default(100),
})

export const outputSchema = z.discriminatedUnion('type', [
  classificationOutputSchema,
  detectionOutputSchema,
])
export type OnnxOutput = z.infer<typeof outputSchema>
export type ClassificationOutput = z.infer<typeof classificationOutputSchema>
export type DetectionOutput = z.infer<typeof detectionOutputSchema>

export interface OnnxSettings {
  model: string
  preprocess: Preprocess
  labels: string[] | string | undefined
  output: OnnxOutput
}
