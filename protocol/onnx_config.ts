/** The declarative section of a `runtime: onnx` backend: how a picture becomes the model's input, and its output an answer. */
import { z } from 'zod'
import { message, MESSAGES } from './messages.ts'

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
  colour: z.enum(['rgb', 'bgr', 'grey']).default('rgb'),
  layout: z.enum(['nchw', 'nhwc']).default('nchw'),
  /** Every value is divided by this first: 255 gives [0, 1]. A uint8 input takes the bytes as they are. */
  divide_by: z.number().positive(MESSAGES['rule.positive']).default(255),
  /** Then `mean` is subtracted and the rest divided by `std`; one number, or one for each channel. */
  mean: channelValues.default(0),
  std: z.union([divisor, z.array(divisor).length(3)]).default(1),
})
export type Preprocess = z.infer<typeof preprocessSchema>

const classCount = z.int().min(1).max(1_000_000)

export const classificationOutputSchema = z.strictObject({
  type: z.literal('classification'),
  /** Name of the output tensor `[N, classes]`. Needed when the model has several. */
  tensor: z.string().optional(),
  /** What makes probabilities of the output. Not applied when the output already holds some: the warm-up run shows it. */
  activation: z.enum(['softmax', 'sigmoid', 'none']).default('softmax'),
  /** How many there are, where there are no labels: the output is compared with it. */
  classes: classCount.optional(),
  /** Classes in `top`, best first. */
  top: z.int().min(1).max(1000).default(5),
})

export const detectionOutputSchema = z.strictObject({
  type: z.literal('detection'),
  /** Name of the output `[N, anchors, values]` or `[N, values, anchors]`. Needed when the model has several. */
  tensor: z.string().optional(),
  /** Whether the values of one anchor lie together (`last`, YOLOv5) or each value is a row (`middle`, YOLOv8). */
  values_axis: z.enum(['last', 'middle']).default('middle'),
  boxes: z.enum(['cxcywh', 'xyxy']).default('cxcywh'),
  /** Whether boxes are pixels of the model's input or shares of it. */
  units: z.enum(['pixels', 'shares']).default('pixels'),
  /** How many there are, where there are no labels: the output is compared with it. */
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

/** Sent to the backend process; part of the backend's config section. */
export interface OnnxSettings {
  model: string
  preprocess: Preprocess
  labels: string[] | string | undefined
  output: OnnxOutput
}
