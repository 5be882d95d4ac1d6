/** Warm-up runs on varied pictures check the settings before any client's request. */
import type { ClassificationOutput, DetectionOutput } from '../../protocol/onnx_config.ts'
import { type Message, message } from '../../protocol/messages.ts'
import {
  END_TO_END,
  firstNonFinite,
  isScore,
  OutputFault,
  rangeOf,
  type ExpectedOutput,
} from './output_check.ts'
import type { InputSize } from './to_tensor.ts'

/** RGB noise, gradient and black: a constant picture hides some faults, and some models divide by contrast. */
export function warmUpPictures({ width, height }: InputSize): Uint8Array[] {
  const length = width * height * 3
  // Numerical Recipes' generator: deterministic noise.
  let state = 1
  const noise = Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
  const gradient = Uint8Array.from({ length }, (_, at) => {
    const pixel = Math.floor(at / 3)
    const [across, down] = [(pixel % width) / width, Math.floor(pixel / width) / height]
    return 255 * ([across, down, 1 - across][at % 3] ?? 0)
  })
  return [noise, gradient, new Uint8Array(length)]
}

export interface WarmUpRow {
  values: Float32Array
  dims: readonly number[]
}

/** Rows of finite numbers. Throws OutputFault if there are none: a model may fail on a black picture. */
export function finiteRows(rows: readonly WarmUpRow[], tensor: string): WarmUpRow[] {
  const finite = rows.filter(({ values }) => firstNonFinite(values) === null)
  const [first] = rows
  if (finite.length === 0 && first !== undefined) {
    const value = firstNonFinite(first.values) ?? 'NaN'
    throw new OutputFault(message('load.not_finite', { value, tensor }))
  }
  return finite
}

/** Rounding and batch-dependent quantisation change a row by less than this share of picture differences. */
const MIXED_SHARE_MIN = 0.5
const MIXED_MIN = 1e-3

/** Throws OutputFault if a picture's row differs between batch and single run: rows of other requests leak in. */
export function checkRowsApart(
  singles: readonly WarmUpRow[],
  batch: readonly WarmUpRow[],
  tensor: string,
): void {
  const spread = Math.max(
    ...singles.map((one) => distance(one.values, singles[0]?.values ?? one.values)),
  )
  const isMixed = batch.some(({ values }, index) => {
    const alone = singles[index % singles.length]?.values ?? values
    const change = distance(values, alone)
    return change > MIXED_MIN && change > spread * MIXED_SHARE_MIN
  })
  if (!isMixed) return
  throw new OutputFault(message('load.mixed_rows', { tensor, batch: batch.length }))
}

function distance(a: Float32Array, b: Float32Array): number {
  let largest = 0
  for (const [at, value] of a.entries()) {
    const change = Math.abs(value - (b[at] ?? 0))
    if (change > largest) largest = change
  }
  return largest
}

/** Slack for sums of probabilities in float32, quantised and float16 models. */
const SUM_SLACK = 1e-3
const SUM_SLACK_OF_SOFTMAX = 0.05

export interface ChosenActivation {
  activation: ClassificationOutput['activation']
  /** Rows sum to one: a distribution over classes. */
  isDistribution: boolean
  /** All warm-up values lie within 0 and 1, like independent classes without activation. */
  isDoubtful: boolean
}

/**
 * `none` if the graph ends in a softmax or sigmoid, or each warm-up row sums to 1: a second softmax would turn 0.997
 * into 0.575. `operator` is the last one, null if unknown. Throws OutputFault if no activation fits.
 */
export function chooseActivation(
  rows: readonly WarmUpRow[],
  operator: string | null,
  { tensor, output }: ExpectedOutput & { output: ClassificationOutput },
): ChosenActivation {
  const all = rows.map(({ values }) => values)
  const isInRange = all.every((values) => values.every(isScore))
  const sumsToOne = (slack: number) =>
    isInRange && all.every((values) => Math.abs(values.reduce((a, b) => a + b, 0) - 1) <= slack)
  if (operator === 'Softmax' && !sumsToOne(SUM_SLACK_OF_SOFTMAX)) {
    throw new OutputFault(message('load.softmax_sum', { tensor }))
  }
  if (operator === 'Softmax' && all.every(({ length }) => length === 1)) {
    throw new OutputFault(message('load.softmax_single', { tensor }))
  }
  if (operator === 'LogSoftmax') {
    return { activation: 'softmax', isDistribution: true, isDoubtful: false }
  }
  const isActivated = (operator === 'Sigmoid' || operator === 'HardSigmoid') && isInRange
  const isDistribution = sumsToOne(operator === 'Softmax' ? SUM_SLACK_OF_SOFTMAX : SUM_SLACK)
  if (isActivated || isDistribution) {
    return { activation: 'none', isDistribution, isDoubtful: false }
  }
  if (output.activation === 'none' && !isInRange) {
    const [least, greatest] = rangeOf(all.flatMap((values) => [...values]))
    throw new OutputFault(
      message('load.not_probabilities', {
        tensor,
        least: rounded(least),
        greatest: rounded(greatest),
      }),
    )
  }
  const { activation } = output
  return { activation, isDistribution: false, isDoubtful: activation !== 'none' && isInRange }
}

const rounded = (value: number) => Number(value.toPrecision(3))

/** Throws OutputFault for scores outside 0 to 1, or boxes in another form. */
export function checkDetections(
  rows: readonly WarmUpRow[],
  { tensor, output }: ExpectedOutput & { output: DetectionOutput },
  { size, hasNms }: { size: InputSize; hasNms: boolean },
): void {
  const views = rows.map((row) => viewOf(row, output))
  if (views.every((view) => isEndToEnd(view, hasNms))) {
    throw new OutputFault(message('load.score_and_class', { tensor, remedy: END_TO_END }))
  }
  const [least, greatest] = rangeOf(views.flatMap((view) => rangeOf(valuesFrom(view, 4))))
  if (!isScore(least) || !isScore(greatest)) {
    throw new OutputFault(
      message('load.scores', { tensor, least: rounded(least), greatest: rounded(greatest) }),
    )
  }
  const fault = coordinatesFault(views, output, size) ?? edgesFault(views, output)
  if (fault !== null) throw new OutputFault(message('load.output', { tensor, fault }))
}

/** Boxes of one picture, independent of the axis order. */
interface BoxView {
  count: number
  each: number
  at(box: number, value: number): number
}

function viewOf({ values, dims }: WarmUpRow, { values_axis: axis }: DetectionOutput): BoxView {
  const isLast = axis === 'last'
  const [count = 0, each = 0] = isLast ? dims : dims.toReversed()
  return {
    count,
    each,
    at: (box, value) => values[isLast ? box * each + value : value * count + box] ?? 0,
  }
}

/** Values `first` up to (excluding) `end` of each box. */
function* valuesFrom({ count, each, at }: BoxView, first: number, end = each): Generator<number> {
  for (let value = first; value < end; value++) {
    for (let box = 0; box < count; box++) yield at(box, value)
  }
}

/** [x, y, x, y, score, class] rows, best first: unlike scores, the classes are all whole numbers. */
function isEndToEnd({ count, each, at }: BoxView, hasNms: boolean): boolean {
  if (each !== 6 || count < 2) return false
  for (let box = 0; box < count; box++) {
    const isSorted = box === 0 || at(box, 4) <= at(box - 1, 4)
    if (!isSorted || !Number.isInteger(at(box, 5))) return false
  }
  // All-zero scores prove nothing: quantised models return them for noise.
  return hasNms || at(0, 4) > at(count - 1, 4)
}

/** Relative boxes exceed the input by no more than this. */
const SHARE_MAX = 2
/** With a smaller input, boxes may be relative or in pixels. */
const SIDE_MIN = 16

function coordinatesFault(
  views: readonly BoxView[],
  { units }: DetectionOutput,
  { width, height }: InputSize,
): Message | null {
  const sizes = views.flatMap((view) => [...valuesFrom(view, 0, 4)]).map(Math.abs)
  const sorted = sizes.toSorted((a, b) => a - b)
  const [middle = 0, greatest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  if (units === 'pixels' && greatest > 0 && greatest <= SHARE_MAX) {
    if (Math.min(width, height) < SIDE_MIN) return null
    return message('load.shares', { greatest: rounded(greatest), width, height })
  }
  if (units === 'shares' && middle > SHARE_MAX) {
    return message('load.pixels', { middle: rounded(middle) })
  }
  return null
}

/** Rounding may reverse a few boxes. */
const REVERSED_SHARE_MAX = 0.05

function edgesFault(views: readonly BoxView[], { boxes }: DetectionOutput): Message | null {
  if (boxes !== 'xyxy') return null
  const reversed = views.map(
    ({ count, at }) =>
      Array.from({ length: count }, (_, box) => box).filter(
        (box) => at(box, 2) < at(box, 0) || at(box, 3) < at(box, 1),
      ).length,
  )
  const all = views.reduce((sum, { count }) => sum + count, 0)
  const count = reversed.reduce((a, b) => a + b, 0)
  if (count <= all * REVERSED_SHARE_MAX) return null
  return message('load.reversed', { reversed: count, all })
}
