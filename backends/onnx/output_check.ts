/** Checks shape, type and values of an output. At start a fault rejects the model, later the request. */
import type {
  ClassificationOutput,
  DetectionOutput,
  OnnxOutput,
} from '../../protocol/onnx_config.ts'

export interface ExpectedOutput {
  tensor: string
  output: OnnxOutput
  classes: number | null
  /** Origin of the count: `labels.txt`, `labels`, or the file's metadata. */
  classesFrom: string
  /** One extra class is often the background. */
  firstLabel: string
}

/** The message names the output, the expectation and the remedy. */
export class OutputFault extends Error {}

export interface OutputTensor {
  type: string
  dims: readonly number[]
  data: unknown
}

/** Scores of quantised and float16 models may slightly exceed 0 and 1. */
const SCORE_SLACK = 0.01

/** Values per picture and their shape without the batch axis. Throws OutputFault if type or shape do not fit. */
export function splitOutput(
  { type, dims, data }: OutputTensor,
  pictures: number,
  expected: ExpectedOutput,
): { rows: Float32Array[]; dims: readonly number[] } {
  if (type !== 'float32' || !(data instanceof Float32Array)) throw typeFault(expected.tensor, type)
  const fault =
    expected.output.type === 'classification'
      ? classificationFault(dims, pictures, expected, expected.output)
      : detectionFault(dims, pictures, expected, expected.output)
  if (fault !== null) throw new OutputFault(fault)
  const length = data.length / pictures
  const rows = Array.from({ length: pictures }, (_, index) =>
    data.subarray(index * length, (index + 1) * length),
  )
  return { rows, dims: dims.slice(1) }
}

export const typeFault = (tensor: string, type: string): OutputFault =>
  new OutputFault(
    `Output "${tensor}" is ${type}; runtime onnx reads float32 only. ${TYPE_HINTS[type] ?? ''}Export the model with a float32 output, or name another one in output.tensor.`,
  )

const CLASS_ALONE =
  'It seems to hold the class that was chosen, without the scores of all classes. '
const TYPE_HINTS: Record<string, string> = {
  int64: CLASS_ALONE,
  int32: CLASS_ALONE,
  string: CLASS_ALONE,
  'not a tensor': 'It is a list or a map, as scikit-learn writes without zipmap=False. ',
}

/** The first `NaN` or `Infinity`; null if all values are finite. */
export function firstNonFinite(values: Float32Array): string | null {
  for (const value of values) if (!Number.isFinite(value)) return String(value)
  return null
}

/** [Infinity, -Infinity] without values. */
export function rangeOf(values: Iterable<number>): [number, number] {
  let [least, greatest] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return [least, greatest]
}

export const isScore = (value: number): boolean => value >= -SCORE_SLACK && value <= 1 + SCORE_SLACK

/** Removes rounding errors from a score. */
export const clampScore = (value: number): number => Math.min(Math.max(value, 0), 1)

const shapeText = (dims: readonly (number | string)[]) => `[${dims.join(', ')}]`
const pictureText = (count: number) => (count === 1 ? 'one picture' : `${count} pictures`)

function shapeFault(
  { tensor, output }: ExpectedOutput,
  dims: readonly number[],
  pictures: number,
  expectedShape: string,
  remedy: string,
): string {
  return `Output "${tensor}" has the shape ${shapeText(dims)} for ${pictureText(pictures)}; output.type ${output.type} expects ${expectedShape}. ${remedy}`
}

/** Null if the shape is [pictures, classes], followed by axes of size 1. */
function classificationFault(
  dims: readonly number[],
  pictures: number,
  expected: ExpectedOutput,
  { activation }: ClassificationOutput,
): string | null {
  const { classes } = expected
  const fault = (remedy: string) =>
    shapeFault(expected, dims, pictures, shapeText([pictures, classes ?? 'classes']), remedy)
  const axes = dims.slice(1).filter((size) => size !== 1)
  if (axes.length > 1) {
    const detection = dims.length === 3 ? 'Set output.type: detection if it holds boxes. ' : ''
    return fault(
      `${detection}Maps (segmentation, depth) and features are not supported; if the model has an output with one value per class, name it in output.tensor.`,
    )
  }
  if (dims.length < 2 || dims[0] !== pictures) return fault(batchRemedy(dims, pictures))
  const count = axes[0] ?? 1
  // The softmax of a single value is always 1, and one score does not determine a second label.
  if (count === 1 && (activation === 'softmax' || (classes ?? 1) > 1)) {
    return fault(
      'There is one value for each picture. Export the model with one value per class, or remove all labels but one and set output.activation: none (or sigmoid) to get the value as the score of a single class.',
    )
  }
  return classes === null || count === classes ? null : countFault(expected, count, classes)
}

function batchRemedy(dims: readonly number[], pictures: number): string {
  const values = dims.reduce((product, size) => product * size, 1)
  if (pictures > 1 && values % pictures === 0) {
    return 'The values of all pictures are in one row. Set max_batch_size: 1, or export the model so that the first axis of the output is the batch.'
  }
  return 'The first axis must be the batch. Export the model without squeezing or folding it, or name another output in output.tensor.'
}

function countFault(
  { tensor, classesFrom, firstLabel }: ExpectedOutput,
  count: number,
  classes: number,
): string {
  const background = /^_*background_*$/i.test(firstLabel)
  const hint =
    classes === count + 1
      ? background
        ? ` The first label is "${firstLabel}", which the model may not have: remove it.`
        : ' Check whether one label, such as a background class, does not belong to the model.'
      : classes === count - 1
        ? ' Check whether the model has a background class, whose label is missing.'
        : ''
  return `Output "${tensor}" has ${count} classes, and ${classesFrom} has ${classes}. Correct labels: one for each class, in the order of the model.${hint}`
}

/** Null if the shape is [pictures, boxes, values] or its transpose, per the settings, with a plausible value count. */
function detectionFault(
  dims: readonly number[],
  pictures: number,
  expected: ExpectedOutput,
  output: DetectionOutput,
): string | null {
  const { classes } = expected
  const values = classes === null ? 'values' : firstClassOf(output) + classes
  const shape = output.values_axis === 'last' ? ['boxes', values] : [values, 'boxes']
  const fault = (remedy: string) =>
    shapeFault(expected, dims, pictures, shapeText([pictures, ...shape]), remedy)
  if (dims.length !== 3) return fault(rankRemedy(dims))
  if (dims[0] !== pictures) return fault(batchRemedy(dims, pictures))
  const each = valuesOf(dims, output)
  if (fits(each, output, classes) && !isTransposed(dims, expected, output)) return null
  return fault(valuesRemedy(dims, expected, output))
}

/** Class scores of a checked output; `dims` is without the batch axis. */
export function classesIn(dims: readonly number[], output: OnnxOutput): number {
  if (output.type === 'classification') return dims.reduce((product, size) => product * size, 1)
  return Math.max(valuesOf([1, ...dims], output) - firstClassOf(output), 1)
}

const firstClassOf = ({ objectness }: DetectionOutput): number => (objectness ? 5 : 4)

/** Values per box; `dims` has the batch axis. */
const valuesOf = (dims: readonly number[], { values_axis: axis }: DetectionOutput): number =>
  (axis === 'last' ? dims[2] : dims[1]) ?? 0

/** True if this many values are a box and its class scores. Single-class detectors may have only the objectness. */
function fits(each: number, output: DetectionOutput, classes: number | null): boolean {
  const first = firstClassOf(output)
  const isOneClass = output.objectness && each === first && (classes ?? 1) === 1
  return isOneClass || (classes === null ? each > first : each === first + classes)
}

/** Without a class count, compare the axes: there are more boxes than values. */
function isTransposed(
  dims: readonly number[],
  { classes }: ExpectedOutput,
  output: DetectionOutput,
): boolean {
  const boxes = valuesOf(dims, turned(output))
  return classes === null && boxes < valuesOf(dims, output) && fits(boxes, output, null)
}

const turned = (output: DetectionOutput): DetectionOutput => ({
  ...output,
  values_axis: output.values_axis === 'last' ? 'middle' : 'last',
})

function rankRemedy(dims: readonly number[]): string {
  const last = dims.at(-1) ?? 0
  if (dims.length === 2 && last !== 6 && last !== 7) {
    return 'For one value per class, set output.type: classification.'
  }
  if (dims.length === 2) return END_TO_END
  return 'Maps, masks and the raw outputs of detection heads are not supported; export the model with decoded boxes, or name another output in output.tensor.'
}

export const END_TO_END =
  'Its rows look like box, score and class after non-maximum suppression inside the model, which is not supported: export it without (for Ultralytics nms=False, end2end=False).'

function valuesRemedy(
  dims: readonly number[],
  expected: ExpectedOutput,
  output: DetectionOutput,
): string {
  const { classes, classesFrom, tensor } = expected
  const each = valuesOf(dims, output)
  const settings = fittingSettings(dims, expected, output)
  if (settings !== null) return settings
  if (each === 6 || each === 7) return END_TO_END
  const least = firstClassOf(output)
  if (each <= least) {
    return `Output "${tensor}" has ${each} values for each box, and no class scores; outputs with boxes and scores apart are not supported.`
  }
  if (classes === null) return 'Set labels, so that the number of classes is known.'
  const extra = each - least - classes
  const more = `Each box has ${each} values: ${least} and ${each - least} class scores, and ${classesFrom} has ${classes}.`
  return extra < 0
    ? `${more} Correct labels: one for each class, in the order of the model.`
    : `${more} Correct labels if the model has ${each - least} classes; mask coefficients, keypoints or an angle behind the class scores (segmentation, pose, oriented boxes) are not supported. An objectness in front of them needs output.objectness: true.`
}

function fittingSettings(
  dims: readonly number[],
  expected: ExpectedOutput,
  output: DetectionOutput,
): string | null {
  const choices = [output, turned(output)].flatMap((one) => [
    one,
    { ...one, objectness: !one.objectness },
  ])
  const fitting = choices.find(
    (one) =>
      fits(valuesOf(dims, one), one, expected.classes) &&
      (expected.classes === null
        ? one.objectness === output.objectness && valuesOf(dims, one) <= valuesOf(dims, turned(one))
        : // One extra value per row may also be the angle of an oriented box.
          !one.objectness || output.objectness || one.values_axis === 'last'),
  )
  if (fitting === undefined) return null
  const keys = [
    ...(fitting.values_axis === output.values_axis
      ? []
      : [`output.values_axis: ${fitting.values_axis}`]),
    ...(fitting.objectness === output.objectness
      ? []
      : [`output.objectness: ${String(fitting.objectness)}`]),
  ]
  const unsure = expected.classes === null ? ', or labels if the boxes are on that axis' : ''
  return `Set ${keys.join(' and ')}${unsure}.`
}
