/** Checks shape, type and values of an output. At start a fault rejects the model, later the request. */
import { MessageError } from '../../protocol/errors.ts'
import { joined, message, type Message, quoted } from '../../protocol/messages.ts'
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
  classesFrom: Message
  /** One extra class is often the background. */
  firstLabel: string
}

/** The message names the output, the expectation and the remedy. */
export class OutputFault extends MessageError {}

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
    joined(
      message('load.output_type', { tensor, type }),
      TYPE_HINTS[type] ?? null,
      message('load.export_float32'),
    ),
  )

const CLASS_ALONE = message('load.class_alone')
const TYPE_HINTS: Record<string, Message> = {
  int64: CLASS_ALONE,
  int32: CLASS_ALONE,
  string: CLASS_ALONE,
  'not a tensor': message('load.list'),
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

function shapeFault(
  { tensor, output }: ExpectedOutput,
  dims: readonly number[],
  pictures: number,
  expectedShape: string,
  remedy: Message,
): Message {
  const values = { tensor, shape: shapeText(dims), count: pictures, type: output.type }
  return message('load.shape', { ...values, expected: expectedShape, remedy })
}

/** Null if the shape is [pictures, classes], followed by axes of size 1. */
function classificationFault(
  dims: readonly number[],
  pictures: number,
  expected: ExpectedOutput,
  { activation }: ClassificationOutput,
): Message | null {
  const { classes } = expected
  const fault = (remedy: Message) =>
    shapeFault(expected, dims, pictures, shapeText([pictures, classes ?? 'classes']), remedy)
  const axes = dims.slice(1).filter((size) => size !== 1)
  if (axes.length > 1) {
    const maps = message('load.maps')
    return fault(dims.length === 3 ? joined(message('load.if_boxes'), maps) : maps)
  }
  if (dims.length < 2 || dims[0] !== pictures) return fault(batchRemedy(dims, pictures))
  const count = axes[0] ?? 1
  // The softmax of a single value is always 1, and one score does not determine a second label.
  if (count === 1 && (activation === 'softmax' || (classes ?? 1) > 1)) {
    return fault(message('load.one_value'))
  }
  return classes === null || count === classes ? null : countFault(expected, count, classes)
}

function batchRemedy(dims: readonly number[], pictures: number): Message {
  const values = dims.reduce((product, size) => product * size, 1)
  if (pictures > 1 && values % pictures === 0) {
    return message('load.one_row')
  }
  return message('load.first_axis')
}

function countFault(
  { tensor, classesFrom, firstLabel }: ExpectedOutput,
  count: number,
  classes: number,
): Message {
  const background = /^_*background_*$/i.test(firstLabel)
  const hint =
    classes === count + 1
      ? background
        ? message('load.background', { label: firstLabel })
        : message('load.extra_label')
      : classes === count - 1
        ? message('load.missing_label')
        : null
  const values = { tensor, found: count, source: classesFrom, classes }
  return joined(message('load.class_count', values), message('load.labels'), hint)
}

/** Null if the shape is [pictures, boxes, values] or its transpose, per the settings, with a plausible value count. */
function detectionFault(
  dims: readonly number[],
  pictures: number,
  expected: ExpectedOutput,
  output: DetectionOutput,
): Message | null {
  const { classes } = expected
  const values = classes === null ? 'values' : firstClassOf(output) + classes
  const shape = output.values_axis === 'last' ? ['boxes', values] : [values, 'boxes']
  const fault = (remedy: Message) =>
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

function rankRemedy(dims: readonly number[]): Message {
  const last = dims.at(-1) ?? 0
  if (dims.length === 2 && last !== 6 && last !== 7) {
    return message('load.classification')
  }
  if (dims.length === 2) return END_TO_END
  return message('load.raw_heads')
}

export const END_TO_END = message('load.nms')

function valuesRemedy(
  dims: readonly number[],
  expected: ExpectedOutput,
  output: DetectionOutput,
): Message {
  const { classes, classesFrom, tensor } = expected
  const each = valuesOf(dims, output)
  const settings = fittingSettings(dims, expected, output)
  if (settings !== null) return settings
  if (each === 6 || each === 7) return END_TO_END
  const least = firstClassOf(output)
  if (each <= least) {
    return message('load.no_scores', { tensor, values: each })
  }
  if (classes === null) return message('load.set_labels')
  const extra = each - least - classes
  const scores = each - least
  return joined(
    message('load.box_values', { values: each, least, scores, source: classesFrom, classes }),
    extra < 0 ? message('load.labels') : message('load.labels_if', { classes: scores }),
  )
}

function fittingSettings(
  dims: readonly number[],
  expected: ExpectedOutput,
  output: DetectionOutput,
): Message | null {
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
  const set = keys.map(quoted).reduce((first, second) => message('both', { first, second }))
  return message(expected.classes === null ? 'load.set_or_labels' : 'load.set', { keys: set })
}
